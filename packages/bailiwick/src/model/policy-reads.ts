import { isJsonObject } from './json.ts'
import type { Json } from './json.ts'

/** Whether a policy, in Cedar's JSON form, looks at a fact. One that handles `context.facts` as a whole looks at every fact. */
export function reads(policy: unknown, fact: string): boolean {
  return looksAt((policy as { readonly conditions?: Json }).conditions ?? [], fact)
}

function looksAt(node: Json, fact: string): boolean {
  if (Array.isArray(node)) return (node as readonly Json[]).some((item) => looksAt(item, fact))
  if (!isJsonObject(node)) return false
  if (isVariable(node, 'context')) return true
  for (const operator of ['.', 'has'] as const) {
    const access = node[operator]
    if (!isJsonObject(access)) continue
    const { left, attr } = access
    if (isVariable(left, 'context')) return attr === 'facts' && operator === '.'
    if (isJsonObject(left) && isJsonObject(left['.']) && left['.']['attr'] === 'facts' && isVariable(left['.']['left'], 'context'))
      return attr === fact
  }
  return Object.values(node).some((inner) => looksAt(inner, fact))
}

function isVariable(node: Json | undefined, name: string): boolean {
  return isJsonObject(node) && node['Var'] === name
}
