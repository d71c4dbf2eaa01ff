import type { Goal, Ruleset, Tool } from '../../model/ruleset.ts'
import type { Sink } from '../../model/vocabulary.ts'

/** What a tool can be in an attack. One tool can be several. */
export type Role = 'source' | 'sensitive' | 'outside' | 'address' | 'keeps' | 'recalls' | 'destroys' | 'commands'

/** Labels that mark data as sensitive: all but `untrusted`, which marks where it came from. */
export function sensitiveLabels({ declaration }: Tool): readonly string[] {
  return declaration.labels.filter((label) => label !== 'untrusted')
}

export function rolesOf(tool: Tool): ReadonlySet<Role> {
  const { effect, labels } = tool.declaration
  const found = new Set<Role>()
  if (labels.includes('untrusted') || hasSink(tool, 'url')) found.add('source')
  if (sensitiveLabels(tool).length > 0) found.add('sensitive')
  if (effect === 'external') found.add('outside')
  if (effect !== 'external' && hasSink(tool, 'url', 'query', 'recipient')) found.add('address')
  if (effect === 'write') found.add('keeps')
  if (effect === 'read') found.add('recalls')
  if (effect === 'destructive') found.add('destroys')
  if (hasSink(tool, 'command')) found.add('commands')
  return found
}

function hasSink({ declaration }: Tool, ...wanted: readonly Sink[]): boolean {
  return Object.values(declaration.sinks).some((sink) => wanted.includes(sink))
}

/** The tools of a goal's contract that have a role, in the order of the contract. */
export function toolsWith(ruleset: Ruleset, goal: Goal, role: Role): readonly Tool[] {
  return contracted(ruleset, goal).filter((tool) => rolesOf(tool).has(role))
}

/** The tools of a goal's contract. */
export function contracted(ruleset: Ruleset, goal: Goal): readonly Tool[] {
  return [...goal.contract.keys()].flatMap((key) => ruleset.tools.get(key) ?? [])
}
