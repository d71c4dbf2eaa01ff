import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/**
 * A `node:http` listener over a fetch-style handler. Response headers leave at once, before the first body byte, so that
 * an event stream that stays silent still opens. A client that goes away cancels the response body and aborts
 * `request.signal`. A handler that rejects is answered with 500 and reported.
 */
export function webListener(handler: (request: Request) => Promise<Response>, report: (error: unknown) => void): RequestListener {
  return (incoming, outgoing) => {
    answer(handler, incoming, outgoing).catch((error: unknown) => {
      if (outgoing.closed) return
      report(error)
      if (outgoing.headersSent) outgoing.destroy()
      else outgoing.writeHead(500).end()
    })
  }
}

async function answer(
  handler: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort()
  })
  const response = await handler(toWebRequest(incoming, gone.signal))
  outgoing.writeHead(response.status, [...response.headers].flat())
  outgoing.flushHeaders()
  if (response.body) await pipeline(Readable.fromWeb(response.body), outgoing)
  else outgoing.end()
}

function toWebRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const headers = new Headers()
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value)
  }
  const method = incoming.method ?? 'GET'
  const body = method === 'GET' || method === 'HEAD' ? null : Readable.toWeb(incoming)
  // The Host header may be hostile, so it takes no part in the URL; handlers read it from the headers.
  return new Request(new URL(incoming.url ?? '/', 'http://localhost'), {
    method,
    headers,
    body,
    signal,
    duplex: 'half',
  })
}
