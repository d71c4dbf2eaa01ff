import { isTold } from './cedar-schema.ts'
import type { Fact } from './fact.ts'
import type { Tool } from './ruleset.ts'
import { shapeAt } from './shape-at.ts'
import { pathText } from './value-path.ts'

/** How to mend what Cedar's validator finds wrong with a policy that reads facts; null when it is about something else. */
export function factHelp(message: string, facts: ReadonlyMap<string, Fact>, tools: ReadonlyMap<string, Tool>): string | null {
  if (/expected Long but saw decimal/.test(message) && [...facts.values()].some(({ type }) => type === 'decimal'))
    return 'a sum that may have a fraction is a decimal, which is compared like `context.facts.spent.greaterThan(decimal("100.0"))`'
  const [, name = '', key = ''] = /attribute `facts\.(\w+)` in context for Action::"([^"]+)" not found/.exec(message) ?? []
  const fact = facts.get(name)
  const tool = tools.get(key)
  if (fact === undefined || tool === undefined || isTold(fact, tool)) return null
  const missing = fact.patterns
    .flatMap(({ same }) => same.map(({ present }) => present))
    .find((present) => present.of === 'input' && shapeAt(tool, present.names) === null)
  return missing === undefined
    ? null
    : `\`${name}\` compares with \`${pathText(missing)}\`, which calls of \`${key}\` do not have; name other actions, or write \`context.facts has ${name} && …\``
}
