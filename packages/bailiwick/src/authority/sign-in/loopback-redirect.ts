import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BailiwickError } from '../../model/bailiwick-error.ts'

const path = '/callback'
const longestQuery = 8192

/** Where the browser comes back to, once: an address of this machine that nothing from another one reaches (RFC 8252, section 7.3). */
export interface LoopbackRedirect {
  readonly url: string
  /** What the browser brings, when it brings the state. @throws BailiwickError `SIGN_IN_FAILED` when it does not come in time */
  readonly answer: Promise<URLSearchParams>
  close(): void
}

/**
 * Listens for the way back from the provider. A request without the state that was sent there is somebody else's, and is sent
 * away without ending the wait.
 * @param port 0 for any that is free
 * @param patience milliseconds until the person is given up
 * @throws BailiwickError `PORT_IN_USE`
 */
export async function loopbackRedirect(state: string, port: number, patience: number): Promise<LoopbackRedirect> {
  const { promise: answer, resolve, reject } = Promise.withResolvers<URLSearchParams>()
  const server = createServer((request, response) => {
    const say = (status: number, text: string): void => {
      response.writeHead(status, {
        'content-type': 'text/plain; charset=utf-8',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'content-security-policy': "default-src 'none'",
        connection: 'close',
      })
      response.end(`${text}\n`)
    }
    const { port: own } = server.address() as AddressInfo
    if (request.method !== 'GET' || request.headers.host !== `127.0.0.1:${own}` || (request.url ?? '').length > longestQuery)
      return say(400, 'This is not the way back from a sign-in.')
    const url = new URL(request.url ?? '/', `http://127.0.0.1:${own}`)
    if (url.pathname !== path || url.searchParams.getAll('state').join() !== state)
      return say(400, 'This is not the way back from the sign-in that was begun here.')
    say(200, 'You can close this page; the rest is on the command line.')
    return resolve(url.searchParams)
  })
  await new Promise<void>((listening, failed) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      failed(
        error.code === 'EADDRINUSE'
          ? new BailiwickError('PORT_IN_USE', `the port ${port} is taken`, { mend: 'name another with `--port`' })
          : error,
      ),
    )
    server.listen(port, '127.0.0.1', listening)
  })
  const timer = setTimeout(() => reject(new BailiwickError('SIGN_IN_FAILED', 'nobody signed in', { mend: 'begin again' })), patience)
  // Whoever closes first need not ask for the answer.
  answer.catch(() => {})
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    answer,
    close: () => {
      clearTimeout(timer)
      server.close()
      server.closeIdleConnections()
    },
  }
}
