import { PassThrough } from 'node:stream'
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import type { Server } from '@modelcontextprotocol/server'
import { serverWatcher, sessionServer } from './session-server.ts'
import { followListening } from './listen-requests.ts'
import type { SessionGateway } from './session-gateway.ts'
import { longestLine, StrictLines } from './strict-lines.ts'

export interface StdioStreams {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}

/** Serves one session to one client on standard input and output. Resolves when the client is gone or `signal` is aborted, with everything shut down. */
export async function serveSessionOnStdio(gateway: SessionGateway, streams: StdioStreams, signal: AbortSignal): Promise<void> {
  const { report } = gateway.governed.runtime
  const refused = (reason: string): void => {
    report(`client: ${reason}`)
    gateway.governed.note('refused', 'message', reason).catch((error: unknown) => report(String(error)))
  }
  const listening = (message: unknown): void => {
    followListening(gateway, message, () => gateway.credential({})).catch((error: unknown) => report(`client: ${String(error)}`))
  }
  // The transport hangs a listener on its stream for each message that has to wait; here none has to.
  const output = new PassThrough({ highWaterMark: Number.MAX_SAFE_INTEGER })
  output.pipe(streams.output, { end: false })
  const lines = new StrictLines(output, listening, refused)
  streams.input.pipe(lines)
  const transport = new StdioServerTransport(lines, output, { maxBufferSize: longestLine + 1024 })
  const ended = new Promise<void>((resolve) => {
    lines.once('end', resolve)
    lines.once('close', resolve)
    // A client that died takes no more, and asks for no more either.
    streams.output.once('error', () => resolve())
    signal.addEventListener('abort', () => resolve())
    if (signal.aborted) resolve()
  })
  const unwatch: (() => void)[] = []
  const handle = serveStdio(
    () => {
      const server: Server = sessionServer(gateway)
      unwatch.push(gateway.watch(serverWatcher(server, gateway)))
      return server
    },
    { transport, onerror: (error) => report(`client: ${error.message}`) },
  )
  await ended
  for (const stop of unwatch) stop()
  await handle.close()
  await gateway.close()
}
