import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { buildFixtureServer } from './fixture-factory.ts'
import { startFixtureHttp } from './fixture-http.ts'
import { createWatchedResource } from './watched-resource.ts'

const usage = 'usage: fixture-server.ts --stdio | --port <number, 0 for any free port>'

if (import.meta.main) await main(process.argv.slice(2))

/** Serves the fixture until SIGTERM or SIGINT, and over stdio also until stdin ends. */
async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { stdio: { type: 'boolean' }, port: { type: 'string' } },
  })
  if (values.stdio === true) await overStdio()
  else if (values.port !== undefined && /^\d{1,5}$/.test(values.port)) await overHttp(Number(values.port))
  else throw new Error(usage)
}

async function overStdio(): Promise<void> {
  const watched = createWatchedResource()
  const handle = serveStdio(({ era }) => buildFixtureServer(watched, era === 'legacy' ? 'to-subscribers' : 'always'), {
    onerror: (error) => console.error(error),
  })
  await Promise.race([stopSignal(), once(process.stdin, 'end')])
  await handle.close()
  process.stdin.destroy()
}

async function overHttp(port: number): Promise<void> {
  const fixture = await startFixtureHttp(port)
  console.log(JSON.stringify({ url: fixture.url }))
  await stopSignal()
  await fixture.close()
}

async function stopSignal(): Promise<void> {
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
}
