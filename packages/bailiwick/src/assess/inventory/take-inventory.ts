import { existsSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Lock } from '../../model/lock.ts'
import type { Manifest } from '../../model/manifest.ts'
import type { History } from '../history.ts'
import { clientPlaces } from './client-places.ts'
import type { Surroundings } from './client-places.ts'
import { declared } from './declared.ts'
import type { Declared } from './declared.ts'
import { driftFrom } from './drift.ts'
import type { ConfiguredServer, FoundFramework, Inventory, InventoryAgent, InventoryFinding } from './inventory.ts'
import { frameworksIn, isDependencyFile } from './read-dependencies.ts'
import { readStructured } from './read-structured.ts'
import { gatewayAgent, serverEntries, shownServer } from './server-entry.ts'
import type { ServerEntry } from './server-entry.ts'
import { filesIn } from './walk-project.ts'

export interface InventorySources {
  /** Path of the manifest; there need be none. */
  readonly manifest: string
  /** Null when there is none that can be read. */
  readonly lock: Lock | null
  readonly surroundings: Surroundings
  /** Null when there is no ledger. */
  readonly history: History | null
  /** The items of the inventory that was recorded last; null when none was. */
  readonly before: Readonly<Record<string, string>> | null
  /** How long a privilege may go unused, in milliseconds. */
  readonly unused: number
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Takes the inventory: what is declared, configured, depended on and recorded, and what does not fit together. Starts nothing. */
export function takeInventory(sources: InventorySources): Inventory {
  const known = declared(sources.manifest, sources.lock, sources.history)
  const { servers, problems } = configuredServers(sources.surroundings, known.manifest)
  const { frameworks, problems: unread } = foundFrameworks(sources.surroundings)
  const agents = withPlaces([...known.agents, ...undeclaredAgents(known, servers, sources.history)], servers, sources.history)
  const inventory: Inventory = {
    taken: new Date(sources.now).toISOString(),
    trustDomain: known.manifest?.trustDomain ?? null,
    agents,
    tools: known.tools,
    servers,
    frameworks,
    delegated: (sources.history?.delegated ?? []).filter(({ state }) => state === 'active' || state === 'paused'),
    findings: [],
  }
  const findings = [
    ...agents.filter((agent) => !agent.declared).map(shadowFinding),
    ...servers.flatMap((server) => bypassFinding(server)),
    ...frameworks.flatMap((framework) => frameworkFinding(framework, sources)),
    ...known.findings,
    ...changedFindings(sources.history),
    ...unusedFindings(known.agents, sources),
    ...(sources.before === null ? [] : driftFrom(sources.before, inventory)),
    ...problems,
    ...unread,
  ]
  return { ...inventory, findings }
}

function configuredServers(
  surroundings: Surroundings,
  manifest: Manifest | null,
): { readonly servers: readonly ConfiguredServer[]; readonly problems: readonly InventoryFinding[] } {
  const servers: ConfiguredServer[] = []
  const problems: InventoryFinding[] = []
  const seen = new Set<string>()
  for (const { client, file } of clientPlaces(surroundings)) {
    const read = readStructured(file)
    if (read === null) continue
    const real = realpathSync(file)
    if (seen.has(real)) continue
    seen.add(real)
    if ('problem' in read) {
      problems.push(unreadable(file, `the configuration of ${client}`, read.problem))
      continue
    }
    for (const entry of serverEntries(read.value)) servers.push(configured(entry, client, file, manifest))
  }
  return { servers, problems }
}

function configured(entry: ServerEntry, client: string, file: string, manifest: Manifest | null): ConfiguredServer {
  const gateway = gatewayAgent(entry) ?? (isServedHere(entry, manifest) ? { agent: null } : null)
  return {
    client,
    file,
    name: entry.name,
    runs: shownServer(entry),
    given: entry.given,
    disabled: entry.disabled,
    via: gateway === null ? 'direct' : 'gateway',
    agent: gateway?.agent ?? null,
    toolbox: gateway === null ? toolboxOf(entry, manifest) : null,
  }
}

/** The address that `bailiwick up` serves. */
function isServedHere({ url }: ServerEntry, manifest: Manifest | null): boolean {
  if (url === null || manifest === null || !URL.canParse(url)) return false
  const { hostname, port, pathname } = new URL(url)
  return ['127.0.0.1', 'localhost', '[::1]'].includes(hostname) && port === String(manifest.http.port) && pathname === '/mcp'
}

function toolboxOf({ command, args, url }: ServerEntry, manifest: Manifest | null): string | null {
  const same = Object.entries(manifest?.toolboxes ?? {}).find(([, { mcp }]) =>
    url === null ? mcp.command === command && JSON.stringify(mcp.args ?? []) === JSON.stringify(args) : mcp.url === url,
  )
  return same?.[0] ?? null
}

function foundFrameworks({ projects }: Surroundings): {
  readonly frameworks: readonly FoundFramework[]
  readonly problems: readonly InventoryFinding[]
} {
  const frameworks: FoundFramework[] = []
  const problems: InventoryFinding[] = []
  const files = new Set(projects.flatMap((project) => filesIn(project, isDependencyFile)))
  for (const file of files) {
    const found = frameworksIn(file)
    if ('problem' in found) problems.push(unreadable(file, 'the dependency file', found.problem))
    else frameworks.push(...found)
  }
  return { frameworks, problems }
}

/** Agents that somebody configured or that were seen, and that nobody declared. A client with servers past the gateway is one. */
function undeclaredAgents({ agents }: Declared, servers: readonly ConfiguredServer[], history: History | null): InventoryAgent[] {
  const names = new Set(agents.map(({ name }) => name))
  const clients = servers.filter(({ via, disabled }) => via === 'direct' && !disabled).map(({ client, file }) => `${client} (${file})`)
  const named = servers.flatMap(({ agent, disabled }) => (agent === null || disabled || names.has(agent) ? [] : [agent]))
  const recorded = [...(history?.agents.keys() ?? [])].filter((name) => !names.has(name))
  return [...new Set([...clients, ...named, ...recorded])].map((name) => ({
    name,
    declared: false,
    id: null,
    owner: null,
    model: null,
    version: null,
    purpose: null,
    mode: null,
    goals: [],
    grants: [],
    data: [],
    places: [],
  }))
}

function withPlaces(
  agents: readonly InventoryAgent[],
  servers: readonly ConfiguredServer[],
  history: History | null,
): readonly InventoryAgent[] {
  return agents.map((agent) => {
    const files = servers
      .filter(({ agent: named, client, file, via }) => named === agent.name || (via === 'direct' && agent.name === `${client} (${file})`))
      .map(({ file }) => file)
    const seen = history?.agents.has(agent.name) === true ? ['ledger'] : []
    return { ...agent, places: [...new Set([...agent.places, ...files, ...seen])] }
  })
}

function shadowFinding({ name, places }: InventoryAgent): InventoryFinding {
  const seen = places.includes('ledger')
  return {
    kind: 'shadow',
    subject: name,
    message: seen
      ? `the agent \`${name}\` has sessions in the ledger, and the manifest does not declare it`
      : `\`${name}\` is an agent that nobody declared`,
    mend: 'declare it under `agents` and put `bailiwick mcp` in the place of its servers (`bailiwick init` does), or remove it',
    place: places[0] ?? null,
  }
}

function bypassFinding({ name, runs, file, via, disabled, toolbox, client }: ConfiguredServer): InventoryFinding[] {
  if (via === 'gateway' || disabled) return []
  const what = toolbox === null ? `\`${name}\` (${runs})` : `the toolbox \`${toolbox}\`, as \`${name}\``
  return [
    {
      kind: 'bypass',
      subject: name,
      message: `${client} reaches ${what} past the gateway: nothing decides on its calls, and nothing records them`,
      mend: 'put `bailiwick mcp` in its place',
      place: file,
    },
  ]
}

/** A project with a framework and no manifest at or above it. */
function frameworkFinding(
  { framework, package: name, file }: FoundFramework,
  { manifest, surroundings }: InventorySources,
): InventoryFinding[] {
  const roots = new Set([dirname(resolve(manifest)), ...surroundings.projects])
  let folder = dirname(file)
  for (;;) {
    if (existsSync(join(folder, 'bailiwick.yaml')) || folder === dirname(resolve(manifest))) return []
    if (roots.has(folder) || dirname(folder) === folder) break
    folder = dirname(folder)
  }
  return [
    {
      kind: 'shadow',
      subject: `${framework} in ${dirname(file)}`,
      message: `a project builds agents with ${framework} (\`${name}\`), and no manifest governs it`,
      mend: 'declare its agents in a `bailiwick.yaml` there, and give them their tools through the gateway',
      place: file,
    },
  ]
}

function changedFindings(history: History | null): InventoryFinding[] {
  const withheld = new Set([...(history?.agents.values() ?? [])].flatMap((agent) => [...agent.withheld]))
  return [...withheld].map((tool) => ({
    kind: 'changed',
    subject: tool,
    message: `the gateway has withheld \`${tool}\`: its server no longer offered what was pinned`,
    mend: `run \`bailiwick pin ${tool.split('.')[0]}\` to see what it offers now`,
    place: 'ledger',
  }))
}

function unusedFindings(agents: readonly InventoryAgent[], { history, unused, now }: InventorySources): InventoryFinding[] {
  if (history === null || history.since === null) return []
  const days = (milliseconds: number): string => `${Math.floor(milliseconds / 86_400_000)} days`
  const reach = now - history.since
  return agents.flatMap(({ name, grants, places }) =>
    grants
      .filter(({ lastUsed }) => lastUsed === null || now - Date.parse(lastUsed) > unused)
      .map(({ tool, lastUsed }) => ({
        kind: 'unused' as const,
        subject: `${name} ${tool}`,
        message:
          lastUsed === null
            ? `\`${name}\` has never used \`${tool}\` (the ledger goes back ${days(reach)})`
            : `\`${name}\` last used \`${tool}\` ${days(now - Date.parse(lastUsed))} ago`,
        mend: 'take it out of the contract if it is not needed',
        place: places[0] ?? null,
      })),
  )
}

function unreadable(file: string, what: string, problem: string): InventoryFinding {
  return {
    kind: 'unreadable',
    subject: file,
    message: `${what} cannot be looked into: ${problem}`,
    mend: 'mend or remove it; what it holds is not in the inventory',
    place: file,
  }
}
