import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { agentId } from '../../model/agent-id.ts'
import { isJsonObject } from '../../model/json.ts'
import { lockFile } from '../../model/lock.ts'
import type { Lock } from '../../model/lock.ts'
import type { Manifest } from '../../model/manifest.ts'
import { manifestSchema } from '../../model/manifest-schema.ts'
import { pinOf } from '../../model/pin.ts'
import { isBuiltInRead } from '../../model/vocabulary.ts'
import { YamlSource } from '../../model/yaml-source.ts'
import type { YamlPath } from '../../model/yaml-source.ts'
import type { History } from '../history.ts'
import type { Grant, InventoryAgent, InventoryFinding, InventoryTool } from './inventory.ts'

export interface Declared {
  readonly manifest: Manifest | null
  readonly agents: readonly InventoryAgent[]
  readonly tools: readonly InventoryTool[]
  readonly findings: readonly InventoryFinding[]
}

const nobody = /^(?:\?|-|n\/?a|none|nobody|unknown|tbd|todo|owner|me)$/i

/** What the manifest declares, also where it does not compile: tools without pins and agents without owners are findings, not faults. */
export function declared(path: string, lock: Lock | null, history: History | null): Declared {
  if (!existsSync(path)) return { manifest: null, agents: [], tools: [], findings: [] }
  const yaml = new YamlSource(basename(path), readFileSync(path, 'utf8'))
  const place = (at: YamlPath): string => {
    const { file, line } = yaml.finding('MANIFEST_TYPE', at, '', '', 'key')
    return `${file}:${line}`
  }
  const [syntax] = yaml.syntaxFindings()
  const { value, ownerless } = syntax === undefined ? withOwners(yaml.value()) : { value: null, ownerless: [] }
  const parsed = manifestSchema.safeParse(value)
  if (!parsed.success) {
    const at = syntax === undefined ? place((parsed.error.issues[0]?.path ?? []) as YamlPath) : `${syntax.file}:${syntax.line}`
    const finding: InventoryFinding = {
      kind: 'unreadable',
      subject: basename(path),
      message: 'the manifest cannot be read, so that nothing counts as declared',
      mend: 'see `bailiwick check`',
      place: at,
    }
    return { manifest: null, agents: [], tools: [], findings: [finding] }
  }
  const manifest = parsed.data
  const tools = Object.entries(manifest.toolboxes).flatMap(([toolbox, box]) =>
    Object.entries(box.tools).map(([name, tool]): InventoryTool => ({
      tool: `${toolbox}.${name}`,
      effect: tool.effect,
      labels: tool.labels,
      sinks: tool.sinks,
      pin: tool.pin ?? null,
      place: place(['toolboxes', toolbox, 'tools', name]),
    })),
  )
  const agents = Object.entries(manifest.agents).map(([name, agent]): InventoryAgent => {
    const grants = grantsOf(manifest, agent.goals, history?.agents.get(name)?.lastUse ?? new Map())
    const reached = tools.filter(({ tool }) => grants.some((grant) => grant.tool === tool))
    return {
      name,
      declared: true,
      id: agentId(manifest.trustDomain, name),
      owner: ownerless.includes(name) || nobody.test(agent.owner.trim()) ? null : agent.owner,
      model: agent.model ?? null,
      version: agent.version ?? null,
      purpose: agent.purpose ?? null,
      mode: agent.mode,
      goals: agent.goals,
      grants,
      data: [...new Set(reached.flatMap(({ labels }) => labels))].sort(),
      places: [place(['agents', name])],
    }
  })
  const findings = [
    ...agents.filter(({ owner }) => owner === null).map(ownerlessFinding),
    ...tools.flatMap((tool) => unpinnedFinding(tool, lock) ?? []),
  ]
  return { manifest, agents, tools, findings }
}

/** The manifest's value with somebody in the place of each owner that is missing, so that the rest can be read. */
function withOwners(value: unknown): { readonly value: unknown; readonly ownerless: readonly string[] } {
  if (!isJsonObject(value) || !isJsonObject(value['agents'])) return { value, ownerless: [] }
  const ownerless = Object.entries(value['agents']).flatMap(([name, agent]) =>
    isJsonObject(agent) && (agent['owner'] === undefined || agent['owner'] === null || agent['owner'] === '') ? [name] : [],
  )
  const agents = Object.fromEntries(
    Object.entries(value['agents']).map(([name, agent]) => [name, ownerless.includes(name) ? { ...(agent as object), owner: '?' } : agent]),
  )
  return { value: { ...value, agents }, ownerless }
}

function grantsOf(manifest: Manifest, goals: readonly string[], lastUse: ReadonlyMap<string, number>): Grant[] {
  const byTool = new Map<string, string[]>()
  for (const goal of goals)
    for (const tool of Object.keys(manifest.goals[goal]?.tools ?? {})) byTool.set(tool, [...(byTool.get(tool) ?? []), goal])
  return [...byTool].map(([tool, of]) => {
    const used = lastUse.get(tool)
    return {
      tool,
      goals: of,
      confirmed: of.every((goal) => manifest.goals[goal]?.confirm.includes(tool) === true),
      lastUsed: used === undefined ? null : new Date(used).toISOString(),
    }
  })
}

function ownerlessFinding({ name, places }: InventoryAgent): InventoryFinding {
  return {
    kind: 'ownerless',
    subject: name,
    message: `nobody answers for the agent \`${name}\``,
    mend: 'name a person or a team under `owner`',
    place: places[0] ?? null,
  }
}

function unpinnedFinding({ tool, pin, place }: InventoryTool, lock: Lock | null): InventoryFinding | null {
  const [toolbox, name] = [tool.slice(0, tool.indexOf('.')), tool.slice(tool.indexOf('.') + 1)]
  if (isBuiltInRead(name)) return null
  const definition = lock?.toolboxes[toolbox]?.[name]
  const mend = `run \`bailiwick pin ${toolbox}\`, and read what it shows`
  if (pin === null) return { kind: 'unpinned', subject: tool, message: `the tool \`${tool}\` is not pinned`, mend, place }
  if (definition === undefined)
    return { kind: 'unpinned', subject: tool, message: `the definition of \`${tool}\` is not in ${lockFile}`, mend, place }
  if (pinOf(definition) === pin) return null
  return { kind: 'changed', subject: tool, message: `the pin of \`${tool}\` does not fit its definition in ${lockFile}`, mend, place }
}
