import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { Transport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import type { Bench } from './measurement.ts'
import { quantile, time } from './measurement.ts'

const echo = fileURLToPath(new URL('echo-server.ts', import.meta.url))
const program = ['--conditions=@bailiwick/source', fileURLToPath(new URL('../packages/bailiwick/src/cli/main.ts', import.meta.url))]
const opening = ['--agent', 'bench', '--goal', 'echo']
const rounds = 6
const calls = 300

/** The same call made directly and through the gateway, over stdio and HTTP, one and sixteen at a time, in turns. */
export const mcpBench: Bench = async (report) => {
  const upstream = spawn(process.execPath, [echo], { stdio: ['ignore', 'pipe', 'inherit'] })
  const { url } = JSON.parse(await firstLine(upstream.stdout)) as { url: string }
  try {
    for (const place of ['stdio', 'http'] as const) {
      const folder = mkdtempSync(join(tmpdir(), 'bench-mcp-'))
      const gateway = await startGateway(folder, place, url)
      const direct = await connect(place === 'stdio' ? stdio([echo, '--stdio'], folder) : new StreamableHTTPClientTransport(new URL(url)))
      const governed = await connect(gateway.transport)
      for (const width of [1, 16]) {
        const samples: { direct: number[]; governed: number[] } = { direct: [], governed: [] }
        const call = (client: Client, name: string) => (index: number) => client.callTool({ name, arguments: { text: `call ${index}` } })
        for (let round = 0; round <= rounds; round += 1) {
          const plain = await time(calls, width, call(direct, 'echo'))
          const through = await time(calls, width, call(governed, 'echo__echo'))
          // The first round only warms up.
          if (round > 0) {
            samples.direct.push(...plain)
            samples.governed.push(...through)
          }
        }
        const name = `${place}, ${width} at a time`
        for (const [subject, found] of [
          ['direct', samples.direct],
          ['bailiwick', samples.governed],
        ] as const) {
          report({ case: name, subject, metric: 'median', unit: 'ms', value: quantile(found, 0.5) })
          report({ case: name, subject, metric: 'p99', unit: 'ms', value: quantile(found, 0.99) })
        }
        // With many at a time a call waits for the others, so what one call costs is the difference divided by the width.
        const added = (quantile(samples.governed, 0.5) - quantile(samples.direct, 0.5)) / width
        report({ case: name, subject: 'bailiwick', metric: 'added per call', unit: 'ms', value: added })
        report({
          case: name,
          subject: 'bailiwick',
          metric: 'ratio',
          unit: '×',
          value: quantile(samples.governed, 0.5) / quantile(samples.direct, 0.5),
        })
      }
      await direct.close()
      await governed.close()
      await gateway.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  } finally {
    upstream.kill()
  }
}

async function startGateway(
  folder: string,
  place: 'stdio' | 'http',
  url: string,
): Promise<{ transport: Transport; stop: () => Promise<void> }> {
  const manifest = {
    trustDomain: 'bench.example',
    agents: { bench: { owner: 'bench@bench.example', goals: ['echo'] } },
    toolboxes: {
      echo: {
        mcp: place === 'stdio' ? { command: process.execPath, args: [echo, '--stdio'] } : { url },
        tools: { echo: { effect: 'read' } },
      },
    },
    goals: { echo: { tools: { 'echo.echo': {} }, limits: { repeats: 20 } } },
  }
  writeFileSync(join(folder, 'bailiwick.yaml'), JSON.stringify(manifest, null, 2))
  execFileSync(process.execPath, [...program, 'pin', '--yes'], { cwd: folder, stdio: 'ignore' })
  if (place === 'stdio') return { transport: stdio([...program, 'mcp', ...opening], folder), stop: async () => {} }
  const { token } = JSON.parse(
    execFileSync(process.execPath, [...program, 'sessions', 'open', ...opening, '--json'], { cwd: folder, encoding: 'utf8' }),
  ) as { token: string }
  const gateway = spawn(process.execPath, [...program, 'up', '--port', '0', '--json'], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] })
  const exited = once(gateway, 'exit')
  const { url: own } = JSON.parse(await firstLine(gateway.stdout)) as { url: string }
  const transport = new StreamableHTTPClientTransport(new URL(own), { requestInit: { headers: { authorization: `Bearer ${token}` } } })
  return {
    transport,
    stop: async () => {
      gateway.kill()
      await exited
    },
  }
}

function stdio(args: readonly string[], cwd: string): Transport {
  return new StdioClientTransport({ command: process.execPath, args: [...args], cwd, stderr: 'ignore' })
}

async function connect(transport: Transport): Promise<Client> {
  const client = new Client({ name: 'bench', version: '1.0.0' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
  await client.connect(transport)
  return client
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  const [line] = (await once(createInterface(stream), 'line')) as [string]
  return line
}
