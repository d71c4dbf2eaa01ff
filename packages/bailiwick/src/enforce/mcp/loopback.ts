import type { AddressInfo } from 'node:net'
import type { createAdaptorServer } from '@hono/node-server'
import { BailiwickError } from '../../model/bailiwick-error.ts'

const loopback = '127.0.0.1'

/** A server that listens on this machine alone. */
export interface LoopbackServer {
  /** `http://127.0.0.1:7420`, without a path. */
  readonly origin: string
  /** Takes no new connections from now on. */
  readonly refuse: () => void
  /** Ends every connection. */
  readonly close: () => Promise<void>
}

/** Has a server listen on 127.0.0.1; port 0 takes any that is free. @throws BailiwickError `PORT_IN_USE` */
export async function listenOnLoopback(server: ReturnType<typeof createAdaptorServer>, port: number): Promise<LoopbackServer> {
  const found = await new Promise<number>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new BailiwickError('PORT_IN_USE', `port ${port} of ${loopback} is taken`, {
              mend: 'choose another with `--port`, or stop what listens there',
            })
          : error,
      )
    })
    server.listen(port, loopback, () => resolve((server.address() as AddressInfo).port))
  })
  let closed: Promise<unknown> | null = null
  const refuse = (): Promise<unknown> => (closed ??= new Promise((resolve) => server.close(resolve)))
  return {
    origin: `http://${loopback}:${found}`,
    refuse: () => void refuse(),
    close: async () => {
      const ended = refuse()
      if ('closeAllConnections' in server) server.closeAllConnections()
      await ended
    },
  }
}
