import { isJsonObject } from '../../model/json.ts'
import type { JsonObject } from '../../model/json.ts'

/** A server as a configuration means it, whatever its client's way of writing it. Holds secrets: nothing of it is shown but by {@link shownServer}. */
export interface ServerEntry {
  readonly name: string
  readonly command: string | null
  readonly args: readonly string[]
  readonly url: string | null
  readonly given: readonly string[]
  readonly disabled: boolean
}

/** Reads the servers of a configuration, in each form that a known client writes them in. */
export function serverEntries(value: unknown): readonly ServerEntry[] {
  if (!isJsonObject(value)) return []
  const found: ServerEntry[] = []
  for (const group of groupsOf(value)) {
    const named: [string, unknown][] = Array.isArray(group)
      ? (group as readonly unknown[]).map((one, index) => [nameIn(one) ?? `server ${index + 1}`, one])
      : isJsonObject(group)
        ? Object.entries(group)
        : []
    for (const [name, entry] of named) {
      const read = serverEntry(name, entry)
      if (read !== null) found.push(read)
    }
  }
  return found
}

/** The maps and lists of servers: at the top, within settings, and for each project of Claude Code. */
function groupsOf(value: JsonObject): readonly unknown[] {
  const at = (...path: readonly string[]): unknown =>
    path.reduce<unknown>((node, key) => (isJsonObject(node) ? node[key] : undefined), value)
  const projects = at('projects')
  return [
    value['mcpServers'],
    value['servers'],
    value['mcp_servers'],
    value['context_servers'],
    value['extensions'],
    at('mcp', 'servers') ?? value['mcp'],
    value['mcp.servers'],
    at('experimental', 'modelContextProtocolServers'),
    ...(isJsonObject(projects) ? Object.values(projects).map((one) => (isJsonObject(one) ? one['mcpServers'] : undefined)) : []),
  ]
}

function serverEntry(name: string, entry: unknown): ServerEntry | null {
  if (!isJsonObject(entry)) return null
  const nested = isJsonObject(entry['transport']) ? entry['transport'] : isJsonObject(entry['command']) ? entry['command'] : {}
  const one: JsonObject = { ...nested, ...entry, ...(isJsonObject(entry['command']) ? { command: nested['path'] ?? null } : {}) }
  const words = Array.isArray(one['command']) ? (one['command'] as readonly unknown[]).filter((word) => typeof word === 'string') : null
  const command = words === null ? (textAt(one, 'command') ?? textAt(one, 'cmd')) : (words[0] ?? null)
  const url = ['url', 'serverUrl', 'httpUrl', 'uri'].map((key) => textAt(one, key)).find((text) => text !== null) ?? null
  if (command === null && url === null) return null
  const args = Array.isArray(one['args']) ? (one['args'] as readonly unknown[]).filter((word) => typeof word === 'string') : []
  const given = ['env', 'envs', 'environment', 'headers', 'http_headers'].flatMap((key) =>
    isJsonObject(one[key]) ? Object.keys(one[key]) : [],
  )
  return {
    name,
    command,
    args: words === null ? args : words.slice(1),
    url: command === null ? url : null,
    given,
    disabled: one['disabled'] === true || one['enabled'] === false,
  }
}

function nameIn(entry: unknown): string | null {
  return isJsonObject(entry) ? textAt(entry, 'name') : null
}

function textAt(entry: JsonObject, key: string): string | null {
  const value = Object.hasOwn(entry, key) ? entry[key] : null
  return typeof value === 'string' && value !== '' ? value : null
}

const launchers = new Set([
  'npx',
  'bunx',
  'uvx',
  'pnpx',
  'node',
  'bun',
  'deno',
  'python',
  'python3',
  'tsx',
  'uv',
  'npm',
  'pnpm',
  'yarn',
  'pipx',
])
const subcommands = new Set(['run', 'exec', 'dlx', 'x', 'tool', 'start', '--'])
const programLike = /^(?:@[\w.-]+\/)?[\w./\\:~-]{1,200}(?:@[\w.^~-]{1,40})?$/

/** What a server runs, without anything that may be a secret: the program, and for a launcher the package or script; or the origin of an address. */
export function shownServer({ command, args, url }: ServerEntry): string {
  if (command === null) return url !== null && URL.canParse(url) ? new URL(url).origin : 'an address'
  const program = programLike.test(command) ? baseName(command) : 'a command'
  if (!launchers.has(program.replace(/\.(exe|cmd)$/, ''))) return program
  const at = args.findIndex((word) => !harmless(word))
  const target = args[at]
  // Behind any other flag may stand its value.
  const plain = target !== undefined && !target.startsWith('-') && programLike.test(target) && !secretLike.test(target)
  return plain ? `${program} ${target}` : program
}

function harmless(word: string): boolean {
  return subcommands.has(word) || /^(?:-y|-s|-q|-m|-u|--yes|--silent|--quiet|--conditions=[\w@/-]+)$/.test(word)
}

/** Long runs of letters and digits: no name of a package or script that a person gave. */
const secretLike = /[A-Za-z0-9]{24,}|^(?:sk|pk|gh[a-z]|xox[a-z]|glpat|npm|hf)[-_]/

/** Whether a server is `bailiwick mcp`, started by nothing but a launcher; and for which agent. */
export function gatewayAgent({ command, args }: ServerEntry): { readonly agent: string | null } | null {
  if (command === null) return null
  const words = [command, ...args]
  const at = words.findIndex((word) =>
    /(?:^|[/\\])bailiwick(?:@[^/\\]*)?(?:\.(?:js|ts|cmd|exe))?$|[/\\]bailiwick[/\\](?:src|dist)[/\\]cli[/\\]main\.[jt]s$/.test(word),
  )
  if (at === -1) return null
  const before = words.slice(0, at)
  const plain = before.every((word, index) => (index === 0 ? launchers.has(baseName(word).replace(/\.(exe|cmd)$/, '')) : harmless(word)))
  const rest = words.slice(at + 1).filter((word) => word !== '--')
  if (!plain || rest[0] !== 'mcp') return null
  const flag = rest.indexOf('--agent')
  const joined = rest.find((word) => word.startsWith('--agent='))
  return { agent: joined?.slice('--agent='.length) ?? (flag === -1 ? null : (rest[flag + 1] ?? null)) }
}

function baseName(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path
}
