import type { RulesetSources } from '../../model/compile-ruleset.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Manifest, ToolDeclaration } from '../../model/manifest.ts'
import { pinOf } from '../../model/pin.ts'
import type { ToolDefinition } from '../../model/pin.ts'

/** What an agent can be supposed to be able to do besides what its contracts say. */
export const capabilities = ['shell', 'browser', 'memory', 'sub-agent', 'compromised'] as const
export type Capability = (typeof capabilities)[number]

interface AssumedTool extends Omit<ToolDeclaration, 'pin'> {
  readonly takes: readonly string[]
}

/** The tools that a capability comes to. `compromised` adds none: the agent does what an attacker wants. */
const assumed: Readonly<Record<Exclude<Capability, 'compromised'>, Readonly<Record<string, AssumedTool>>>> = {
  shell: { run: { effect: 'destructive', labels: ['untrusted'], sinks: { command: 'command' }, takes: ['command'] } },
  browser: { open: { effect: 'external', labels: ['untrusted'], sinks: { url: 'url' }, takes: ['url'] } },
  memory: {
    remember: { effect: 'write', labels: [], sinks: { text: 'content' }, takes: ['text'] },
    recall: { effect: 'read', labels: [], sinks: {}, takes: [] },
  },
  'sub-agent': { delegate: { effect: 'external', labels: ['untrusted'], sinks: { task: 'content' }, takes: ['task'] } },
}

/**
 * The sources of a ruleset as if the goals of these agents had a capability: tools of a toolbox of its own, in every contract, with
 * no frames. What stands against them is policies alone.
 */
export function withCapability(sources: RulesetSources, capability: Capability, agents: readonly string[]): RulesetSources {
  if (capability === 'compromised') return sources
  const { manifest, lock } = sources
  const toolbox = freeName(`assumed-${capability}`, manifest)
  const definitions: Record<string, ToolDefinition> = {}
  const tools: Record<string, ToolDeclaration> = {}
  const frames: Record<string, Record<string, never>> = {}
  for (const [name, { takes, ...declaration }] of Object.entries(assumed[capability])) {
    const inputSchema: JsonObject = {
      type: 'object',
      properties: Object.fromEntries(takes.map((one) => [one, { type: 'string' }])),
      required: takes,
    }
    const definition = { name, description: `assumed: ${capability}`, inputSchema }
    definitions[name] = definition
    tools[name] = { ...declaration, pin: pinOf(definition) }
    frames[`${toolbox}.${name}`] = {}
  }
  const widened = new Set(agents.flatMap((agent) => manifest.agents[agent]?.goals ?? []))
  const goals = Object.fromEntries(
    Object.entries(manifest.goals).map(([name, goal]) => [
      name,
      widened.has(name) ? { ...goal, tools: { ...goal.tools, ...frames } } : goal,
    ]),
  )
  return {
    ...sources,
    manifest: {
      ...manifest,
      goals,
      toolboxes: { ...manifest.toolboxes, [toolbox]: { mcp: { command: 'assumed', timeout: '60s' }, names: 'prefixed', tools } },
    },
    lock: { ...lock, toolboxes: { ...lock.toolboxes, [toolbox]: definitions } },
  }
}

function freeName(wanted: string, { toolboxes }: Manifest): string {
  let name = wanted
  for (let count = 2; Object.hasOwn(toolboxes, name); count += 1) name = `${wanted}-${count}`
  return name
}
