import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { fixtureServerPath } from './fixture-process.ts'

/** A running gateway with the fixture behind it, and a session that may use all of it. */
export interface GovernedFixture {
  /** The gateway's own MCP endpoint, which wants the token. */
  readonly url: string
  readonly token: string
  readonly folder: string
  /** Starts a command of `bailiwick` on this installation and resolves to what it printed. Rejects when it fails. */
  readonly bailiwick: (...args: string[]) => Promise<string>
  /** Arguments for Node that serve a new session on standard input and output. */
  readonly stdio: readonly string[]
  readonly stop: () => Promise<void>
}

const main = fileURLToPath(new URL('../../packages/bailiwick/src/cli/main.ts', import.meta.url))
const command = ['--conditions=@bailiwick/source', main]

const tools = [
  'test_simple_text', 'test_image_content', 'test_audio_content', 'test_embedded_resource', 'test_multiple_content_types', 'test_error_handling',
  'json_schema_2020_12_tool', 'test_tool_with_logging', 'test_tool_with_progress', 'test_reconnection', 'test_sampling', 'test_elicitation',
  'test_elicitation_sep1034_defaults', 'test_elicitation_sep1330_enums', 'test_touch_watched_resource',
] // prettier-ignore

/** Where the gateway finds the fixture: started by it over stdio, or running already at a URL. */
export type FixturePlace = 'stdio' | { readonly url: string }

/** Writes an installation for the fixture into a new folder, pins its tools, and starts `bailiwick up` on a free port. */
export async function startGovernedFixture(place: FixturePlace): Promise<GovernedFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'governed-fixture-'))
  await writeFile(join(folder, 'bailiwick.yaml'), manifestFor(place))
  const bailiwick = (...args: string[]): Promise<string> => run(args, folder)
  await bailiwick('pin', '--yes')
  const opening = ['--agent', 'conformance', '--goal', 'conform']
  const { token } = JSON.parse(await bailiwick('sessions', 'open', ...opening, '--json')) as { token: string }
  const gateway = spawn(process.execPath, [...command, 'up', '--port', '0', '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', process.env['SHOW_GATEWAY'] ? 'inherit' : 'ignore'],
  })
  const exited = once(gateway, 'exit')
  const [line] = (await once(createInterface(gateway.stdout), 'line')) as [string]
  return {
    url: (JSON.parse(line) as { url: string }).url,
    token,
    folder,
    bailiwick,
    stdio: [...command, 'mcp', '--manifest', join(folder, 'bailiwick.yaml'), ...opening],
    stop: async () => {
      gateway.kill('SIGTERM')
      await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function manifestFor(place: FixturePlace): string {
  const server = place === 'stdio' ? { command: process.execPath, args: [fixtureServerPath, '--stdio'] } : { url: place.url }
  const inventory = Object.fromEntries([...tools, 'resources/read', 'prompts/get'].map((name) => [name, { effect: 'read' }]))
  const contract = Object.fromEntries(Object.keys(inventory).map((name) => [`fixture.${name}`, {}]))
  // JSON is YAML.
  return JSON.stringify(
    {
      trustDomain: 'conformance.example',
      agents: { conformance: { owner: 'tests@conformance.example', goals: ['conform'] } },
      toolboxes: { fixture: { mcp: server, names: 'plain', tools: inventory } },
      goals: {
        conform: { tools: contract, allow: ['sampling', 'elicitation', 'logging', 'completion', 'subscriptions'], limits: { repeats: 20 } },
      },
    },
    null,
    2,
  )
}

async function run(args: readonly string[], cwd: string): Promise<string> {
  const child = spawn(process.execPath, [...command, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const chunks: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`\`bailiwick ${args.join(' ')}\` ended with ${code}: ${Buffer.concat(errors).toString('utf8')}`)
  return Buffer.concat(chunks).toString('utf8')
}
