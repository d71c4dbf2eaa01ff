import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer as createSecureServer } from 'node:tls'
import { onTestFinished } from 'vitest'

/** The certificate of `localhost` that the tests' receiver has, and nobody else uses. */
export const certificate: string = readFileSync(new URL('tls-cert.pem', import.meta.url), 'utf8')
const key = readFileSync(new URL('tls-key.pem', import.meta.url), 'utf8')

export interface SyslogReceiver {
  readonly url: string
  /** Messages as they came, without their frames. */
  readonly messages: Buffer[]
  /** Cuts every connection. */
  readonly cut: () => void
}

export async function datagramReceiver(): Promise<SyslogReceiver> {
  const messages: Buffer[] = []
  const socket = createSocket('udp4', (message) => messages.push(message))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return { url: `udp://127.0.0.1:${socket.address().port}`, messages, cut: () => {} }
}

export async function streamReceiver(secure: boolean): Promise<SyslogReceiver> {
  const messages: Buffer[] = []
  const sockets = new Set<Socket>()
  const serve = (socket: Socket): void => {
    sockets.add(socket)
    let kept = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      kept = Buffer.concat([kept, chunk])
      for (let space = kept.indexOf(' '); space > 0; space = kept.indexOf(' ')) {
        const length = kept.subarray(0, space).toString()
        if (!/^[1-9]\d*$/.test(length)) throw new Error(`no frame begins with ${length}`)
        const end = space + 1 + Number(length)
        if (kept.length < end) return
        messages.push(kept.subarray(space + 1, end))
        kept = kept.subarray(end)
      }
    })
  }
  const server: Server = secure ? createSecureServer({ cert: certificate, key }, serve) : createServer(serve)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  onTestFinished(() => {
    cut()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: secure ? `tls://localhost:${port}` : `tcp://127.0.0.1:${port}`, messages, cut }
}
