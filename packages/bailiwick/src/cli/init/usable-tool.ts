import { compileRuleset } from '../../model/compile-ruleset.ts'
import { formatLock, parseLock } from '../../model/lock.ts'
import type { Lock } from '../../model/lock.ts'
import { manifestSchema } from '../../model/manifest-schema.ts'
import { pinOf } from '../../model/pin.ts'
import type { ToolDefinition } from '../../model/pin.ts'
import { isBuiltInRead } from '../../model/vocabulary.ts'
import { YamlSource } from '../../model/yaml-source.ts'
import type { Proposal } from './propose-tool.ts'

const toolName = /^[A-Za-z0-9_./-]{1,128}$/

/** Why a tool cannot be in a manifest, whatever else is in it; null when it can. */
export function unusable(toolbox: string, definition: ToolDefinition, proposal: Proposal): string | null {
  const { name } = definition
  if (!toolName.test(name) || name === '__proto__') return 'its name has characters that a manifest does not allow'
  if (isBuiltInRead(name)) return 'it takes the name of a governed read'
  const lock = parseLock(formatLock({ version: 1, toolboxes: { [toolbox]: { [name]: definition } } }))
  if (lock === null) return 'its definition is not of the form that MCP describes'
  const yaml = new YamlSource('bailiwick.yaml', '')
  const { diagnostics } = compileRuleset({
    yaml,
    manifest: alone(toolbox, definition, proposal),
    lock: lock satisfies Lock,
    policies: [],
    base: '/',
  })
  return diagnostics.find((finding) => finding.severity === 'error')?.message ?? null
}

function alone(toolbox: string, definition: ToolDefinition, { effect, labels, sinks }: Proposal): ReturnType<typeof manifestSchema.parse> {
  const tool = { effect, labels: [...labels.keys()], sinks: Object.fromEntries(sinks), pin: pinOf(definition) }
  return manifestSchema.parse({
    trustDomain: 'localhost',
    agents: { a: { owner: 'o', goals: ['g'] } },
    toolboxes: { [toolbox]: { mcp: { command: 'x' }, tools: { [definition.name]: tool } } },
    goals: { g: { tools: { [`${toolbox}.${definition.name}`]: {} } } },
  })
}
