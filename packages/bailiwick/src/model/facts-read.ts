import type { CompiledPolicies } from './policy-source.ts'
import { isTold } from './cedar-schema.ts'
import type { Diagnostic } from './diagnostic.ts'
import type { EventPattern, Fact } from './fact.ts'
import type { PolicyRule, Tool } from './ruleset.ts'
import type { YamlSource } from './yaml-source.ts'

/** The facts that other facts look up in past calls, by tool. */
export function factsLookedUpByTool(
  tools: ReadonlyMap<string, Tool>,
  facts: ReadonlyMap<string, Fact>,
): ReadonlyMap<string, readonly string[]> {
  const later = [...facts.values()].flatMap((fact) =>
    fact.patterns.flatMap((pattern) => lookedUp(pattern).map((name) => ({ name, about: pattern.tools }))),
  )
  return new Map(
    [...tools.keys()].map((tool) => [tool, [...new Set(later.filter(({ about }) => about.has(tool)).map(({ name }) => name))]]),
  )
}

function lookedUp({ where, same, by }: EventPattern): string[] {
  return [...where.map(({ path }) => path), ...same.map(({ past }) => past), by].flatMap((path) =>
    path?.of === 'facts' ? [path.names[0]] : [],
  )
}

/** The facts that must be known for a call of each tool: those that its policies read, and those that other facts look up in it later. */
export function factsReadByTool(
  tools: ReadonlyMap<string, Tool>,
  facts: ReadonlyMap<string, Fact>,
  later: ReadonlyMap<string, readonly string[]>,
  { rules, canonical }: CompiledPolicies,
): ReadonlyMap<string, readonly Fact[]> {
  return new Map(
    [...tools.values()].map((tool) => {
      const read = new Set(later.get(tool.key))
      for (const rule of rules.values())
        if (rule.facts.length > 0 && canApply(canonical[rule.id], tool)) for (const name of rule.facts) read.add(name)
      return [tool.key, [...facts.values()].filter((fact) => read.has(fact.name) && isTold(fact, tool))]
    }),
  )
}

/** Whether a policy's head leaves room for calls of a tool. */
function canApply(policy: unknown, { key, declaration }: Tool): boolean {
  const { action } = policy as {
    readonly action: {
      readonly op: string
      readonly entity?: { readonly id: string }
      readonly entities?: readonly { readonly id: string }[]
    }
  }
  if (action.op === 'All') return true
  const groups = action.op === 'in' ? [key, declaration.effect, 'call_tool'] : [key]
  return [action.entity, ...(action.entities ?? [])].some((entity) => entity !== undefined && groups.includes(entity.id))
}

/** A fact that nothing reads costs and does nothing: probably it is misspelt somewhere, or was left behind. */
export function unreadFacts(yaml: YamlSource, facts: ReadonlyMap<string, Fact>, rules: ReadonlyMap<string, PolicyRule>): Diagnostic[] {
  const read = new Set([...rules.values()].flatMap((rule) => rule.facts))
  for (const fact of facts.values()) for (const name of fact.patterns.flatMap(lookedUp)) read.add(name)
  return [...facts.keys()]
    .filter((name) => !read.has(name))
    .map((name) =>
      yaml.finding(
        'MANIFEST_REFERENCE',
        ['facts', name],
        `no policy reads the fact \`${name}\``,
        `use \`context.facts.${name}\` in a policy, or remove it`,
        'key',
        'warning',
      ),
    )
}
