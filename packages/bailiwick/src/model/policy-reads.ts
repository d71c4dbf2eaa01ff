import { isJsonObject } from './json.ts'
import type { Json } from './json.ts'

/** The facts that a policy, in Cedar's JSON form, looks at, in the order of `facts`. One that handles `context.facts` as a whole looks at all. */
export function factsReadBy(policy: unknown, facts: readonly string[]): readonly string[] {
  const found = new Set<string>()
  const whole = collect((policy as { readonly conditions?: Json }).conditions ?? [], found)
  return whole ? facts : facts.filter((fact) => found.has(fact))
}

/** Adds the facts that are named below a node; true when `context` or `context.facts` is used as a whole. */
function collect(node: Json, found: Set<string>): boolean {
  if (Array.isArray(node)) return (node as readonly Json[]).map((item) => collect(item, found)).includes(true)
  if (!isJsonObject(node)) return false
  if (isContext(node)) return true
  for (const operator of ['.', 'has'] as const) {
    const access = node[operator]
    if (!isJsonObject(access)) continue
    const { left, attr } = access
    if (isContext(left)) return attr === 'facts' && operator === '.'
    if (isJsonObject(left) && isJsonObject(left['.']) && left['.']['attr'] === 'facts' && isContext(left['.']['left'])) {
      if (typeof attr === 'string') found.add(attr)
      return false
    }
  }
  return Object.values(node)
    .map((inner) => collect(inner, found))
    .includes(true)
}

function isContext(node: Json | undefined): boolean {
  return isJsonObject(node) && node['Var'] === 'context'
}
