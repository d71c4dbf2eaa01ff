import type { PolicyJson } from './policy-json.ts'
import type { Tool } from './ruleset.ts'

interface EntityUid {
  readonly type: string
  readonly id: string
}

/** The tools that a policy can apply to, by the action in its head. */
export function toolsInScope({ action }: PolicyJson, tools: ReadonlyMap<string, Tool>): readonly Tool[] {
  const { op, entity, entities } = action as { op: string; entity?: EntityUid; entities?: readonly EntityUid[] }
  const all = [...tools.values()]
  if (op === 'All') return all
  const named = new Set((entities ?? (entity === undefined ? [] : [entity])).map(({ id }) => id))
  if (op === '==') return all.filter((tool) => named.has(tool.key))
  return all.filter((tool) => named.has(tool.key) || named.has(tool.declaration.effect) || named.has('call_tool'))
}
