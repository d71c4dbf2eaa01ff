import { once } from 'node:events'
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'

export interface ForwarderOptions {
  /** Where requests go; `http:` only. Its path is used in the forwarder's own URL, not put before request paths. */
  target: URL
  /** Added to every request, in place of a header of the same name. */
  headers: Record<string, string>
}

export interface Forwarder {
  /** The target's path on the forwarder's own address. */
  url: string
  close: () => Promise<void>
}

const hopByHop = new Set(['connection', 'expect', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade'])

/**
 * An HTTP forwarder on 127.0.0.1 that adds headers. Method, path and body pass unchanged, and bodies stream both ways. Host
 * and Origin pass unchanged too, unless they name the forwarder itself; then they name the target. Whichever side breaks
 * off, the other side's connection is broken off as well. A target that cannot be reached gives 502.
 */
export async function startForwarder({ target, headers }: ForwarderOptions): Promise<Forwarder> {
  if (target.protocol !== 'http:') throw new Error(`cannot forward to \`${target.href}\`: give an \`http:\` URL`)
  const agent = new Agent({ keepAlive: false })
  const server = createServer((incoming, outgoing) => {
    const own = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const onward = request({
      agent,
      host: target.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: target.port || 80,
      method: incoming.method,
      path: incoming.url,
      headers: onwardHeaders(incoming, own, target, headers),
      setHost: false,
    })
    forward(incoming, onward, outgoing)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${target.pathname}${target.search}`,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      agent.destroy()
      await closed
    },
  }
}

function forward(incoming: IncomingMessage, onward: ReturnType<typeof request>, outgoing: ServerResponse): void {
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) onward.destroy()
  })
  onward.once('response', (response) => {
    outgoing.writeHead(response.statusCode ?? 502, response.statusMessage, endToEnd(response.rawHeaders).flat())
    outgoing.flushHeaders()
    // A failure here is one side breaking off; pipeline has then destroyed the other side too, which is the contract.
    pipeline(response, outgoing).catch(() => outgoing.destroy())
  })
  onward.once('error', (error) => {
    if (outgoing.headersSent) outgoing.destroy()
    else outgoing.writeHead(502, { 'content-type': 'text/plain' }).end(`cannot forward: ${error.message}\n`)
  })
  onward.flushHeaders()
  incoming.pipe(onward)
}

function onwardHeaders(
  incoming: IncomingMessage,
  own: string,
  target: URL,
  added: Record<string, string>,
): Record<string, string | string[]> {
  const result: Record<string, string | string[]> = {}
  for (const [name, value] of endToEnd(incoming.rawHeaders)) {
    const key = name.toLowerCase()
    const earlier = result[key]
    result[key] = earlier === undefined ? value : [earlier, value].flat()
  }
  if (result['host'] === own) result['host'] = target.host
  if (result['origin'] === `http://${own}`) result['origin'] = target.origin
  for (const [name, value] of Object.entries(added)) result[name.toLowerCase()] = value
  return result
}

function endToEnd(rawHeaders: string[]): [name: string, value: string][] {
  const pairs: [string, string][] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = [rawHeaders[at], rawHeaders[at + 1]]
    if (!hopByHop.has(name.toLowerCase())) pairs.push([name, value])
  }
  return pairs
}
