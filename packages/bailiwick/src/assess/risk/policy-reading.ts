import { isJsonObject } from '../../model/json.ts'
import type { Json } from '../../model/json.ts'
import type { PolicyRule, Tool } from '../../model/ruleset.ts'

/**
 * What a policy surely does, read from its text alone. Everything here errs on one side: a policy that might not apply,
 * or whose condition is not understood, is taken for one that does nothing.
 */

/** Whether the head of a policy covers every call that an agent makes of a tool. */
export function covers({ json }: PolicyRule, agent: string, tool: Tool): boolean {
  if (json === null) return false
  return principalCovers(json.principal, agent) && actionCovers(json.action, tool) && resourceCovers(json.resource, tool)
}

/** Whether a policy has no condition. */
export function isUnconditional({ json }: PolicyRule): boolean {
  return json !== null && conditionsOf(json.conditions).length === 0
}

/** Whether a policy applies whenever the session has met a label. */
export function appliesAfterLabel({ json }: PolicyRule, label: string): boolean {
  return json !== null && conditionsOf(json.conditions).every((one) => one['kind'] === 'when' && impliedByLabel(one['body'] ?? null, label))
}

/** Whether a policy applies from some number of denied calls on, ten at most. */
export function appliesAfterDenials({ json }: PolicyRule): boolean {
  return json !== null && conditionsOf(json.conditions).every((one) => one['kind'] === 'when' && impliedByDenials(one['body'] ?? null))
}

const mostDenials = 10

function principalCovers(scope: unknown, agent: string): boolean {
  if (!isJsonObject(scope)) return false
  if (scope['op'] === 'All') return true
  if (scope['op'] === '==') return idOf(scope['entity']) === agent
  return scope['op'] === 'is' && scope['entity_type'] === 'Agent' && scope['in'] === undefined
}

function actionCovers(scope: unknown, { key, declaration }: Tool): boolean {
  if (!isJsonObject(scope)) return false
  if (scope['op'] === 'All') return true
  const named = new Set([scope['entity'], ...((scope['entities'] as readonly Json[] | undefined) ?? [])].map(idOf))
  return named.has(key) || (scope['op'] === 'in' && (named.has(declaration.effect) || named.has('call_tool')))
}

function resourceCovers(scope: unknown, { key, toolbox }: Tool): boolean {
  if (!isJsonObject(scope)) return false
  if (scope['op'] === 'All') return true
  if (scope['op'] === '==') return idOf(scope['entity']) === key
  return scope['op'] === 'in' && [toolbox, key].includes(idOf(scope['entity']) ?? '')
}

function idOf(entity: unknown): string | null {
  return isJsonObject(entity) && typeof entity['id'] === 'string' ? entity['id'] : null
}

function conditionsOf(conditions: unknown): readonly Readonly<Record<string, Json>>[] {
  return Array.isArray(conditions) ? (conditions as readonly Readonly<Record<string, Json>>[]) : []
}

function impliedByLabel(body: Json, label: string): boolean {
  const either = operands(body, '||')
  if (either !== null) return either.some((one) => impliedByLabel(one, label))
  const one = operands(body, 'contains')
  if (one !== null) return isContext(one[0], ['labels']) && literalOf(one[1]) === label
  const any = operands(body, 'containsAny')
  if (any === null || !isContext(any[0], ['labels']) || !isJsonObject(any[1])) return false
  const set = any[1]['Set']
  return Array.isArray(set) && (set as readonly Json[]).some((item) => literalOf(item) === label)
}

function impliedByDenials(body: Json): boolean {
  const either = operands(body, '||')
  if (either !== null) return either.some(impliedByDenials)
  const path = ['session', 'denied']
  return (['>=', '>'] as const).some((operator) => {
    const compared = operands(body, operator)
    if (compared === null || !isContext(compared[0], path)) return false
    const bound = literalOf(compared[1])
    return typeof bound === 'number' && bound + (operator === '>' ? 1 : 0) <= mostDenials
  })
}

function operands(node: Json, operator: string): readonly [Json, Json] | null {
  const found = isJsonObject(node) ? node[operator] : undefined
  return isJsonObject(found) && found['left'] !== undefined && found['right'] !== undefined ? [found['left'], found['right']] : null
}

function isContext(node: Json, path: readonly string[]): boolean {
  if (!isJsonObject(node)) return false
  const last = path.at(-1)
  if (last === undefined) return node['Var'] === 'context'
  const access = node['.']
  return isJsonObject(access) && access['attr'] === last && isContext(access['left'] ?? null, path.slice(0, -1))
}

function literalOf(node: Json): Json | undefined {
  return isJsonObject(node) ? node['Value'] : undefined
}
