import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { hostname } from 'node:os'
import { connect as connectSecurely } from 'node:tls'
import { framed, syslogMessage } from '../../ledger/export/syslog-message.ts'
import type { Sink } from '../../ledger/export/sink.ts'

/** What receivers should take at least: RFC 5424 section 6.1 over UDP, RFC 5425 section 4.3.1 over a stream. */
const longest = { datagram: 2048, stream: 8192 } as const
const ports: Readonly<Record<string, number>> = { 'udp:': 514, 'tcp:': 601, 'tls:': 6514 }

/** Sends records by syslog to `udp://`, `tcp://` or `tls://`. No receiver acknowledges: what the network has taken counts as sent. */
export function syslogSink(url: string): Sink {
  const { protocol, hostname: host, port } = new URL(url)
  const target = { host: host.replace(/^\[|\]$/g, ''), port: port === '' ? (ports[protocol] as number) : Number(port) }
  return protocol === 'udp:' ? datagrams(target) : stream(target, protocol === 'tls:')
}

interface Target {
  readonly host: string
  readonly port: number
}

function datagrams({ host, port }: Target): Sink {
  return {
    batch: 32,
    send: async (records) => {
      const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
      try {
        for (const record of records)
          await new Promise<void>((resolve, reject) =>
            socket.send(syslogMessage(record, hostname(), longest.datagram), port, host, (error) =>
              error === null ? resolve() : reject(error),
            ),
          )
      } finally {
        socket.close()
      }
    },
    close: async () => {},
  }
}

function stream(target: Target, secure: boolean): Sink {
  let socket: Socket | null = null
  return {
    batch: 32,
    send: async (records, signal) => {
      if (socket === null || socket.destroyed || !socket.writable) socket = await open(target, secure, signal)
      const bytes = Buffer.concat(records.map((record) => framed(syslogMessage(record, hostname(), longest.stream))))
      try {
        await written(socket, bytes, signal)
      } catch (error) {
        // What was half sent must not be gone on with.
        socket.destroy()
        throw error
      }
    },
    close: async () => {
      if (socket === null || socket.destroyed) return
      const closed = once(socket, 'close')
      socket.end()
      socket.setTimeout(1000, () => socket?.destroy())
      await closed
    },
  }
}

async function open(target: Target, secure: boolean, signal: AbortSignal): Promise<Socket> {
  const socket = secure ? connectSecurely({ ...target, servername: target.host, minVersion: 'TLSv1.2' }) : connect(target)
  try {
    await once(socket, secure ? 'secureConnect' : 'connect', { signal })
  } catch (error) {
    socket.destroy()
    throw error
  }
  // A receiver has nothing to say; that it went away is seen when there is something to send.
  socket.resume()
  socket.on('error', () => socket.destroy())
  socket.on('end', () => socket.destroy())
  socket.unref()
  return socket
}

function written(socket: Socket, bytes: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(new Error('the receiver closed the connection'))
    const late = (): void => reject(new Error('the receiver does not take what it is sent'))
    socket.once('close', gone)
    signal.addEventListener('abort', late, { once: true })
    socket.write(bytes, (error) => {
      socket.off('close', gone)
      signal.removeEventListener('abort', late)
      if (error instanceof Error) reject(error)
      else resolve()
    })
  })
}
