import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The fixture server's entry point: run it with Node and `--stdio` or `--port <number>`. */
export const fixtureServerPath: string = fileURLToPath(new URL('fixture-server.ts', import.meta.url))

/**
 * Starts the fixture over HTTP in a process of its own, on a free port. `stop` sends SIGTERM and resolves to the exit code,
 * or null if a signal killed the process. Rejects if the process ends before it gives its URL; its stderr is passed on.
 */
export async function startFixtureProcess(): Promise<{ url: string; stop: () => Promise<number | null> }> {
  const child = spawn(process.execPath, [fixtureServerPath, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([text]) => String(text)),
    exit.then((code) => {
      throw new Error(`the fixture ended with exit code \`${code}\` before it gave its URL`)
    }),
  ])
  const { url } = JSON.parse(line) as { url: string }
  return {
    url,
    stop: () => {
      child.kill('SIGTERM')
      return exit
    },
  }
}
