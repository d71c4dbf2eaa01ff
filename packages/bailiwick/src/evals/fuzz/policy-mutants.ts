import { CedarError, formatPolicy, parsePolicies } from '@bailiwick/cedar'
import type { ParsedPolicy } from '@bailiwick/cedar'
import type { RulesetSources } from '../../model/compile-ruleset.ts'
import { canonicalJson } from '../../model/json.ts'
import type { PolicyFile } from '../../model/policy-source.ts'
import type { Mutant } from './mutant.ts'

type PolicyJson = ParsedPolicy['json']

/** An expression of a policy in Cedar's JSON form. */
type Node = null | boolean | number | string | readonly Node[] | { readonly [key: string]: Node }

interface Changed {
  readonly what: string
  /** Null takes the policy out. */
  readonly json: PolicyJson | null
}

/** Every small change of every policy that leaves another policy: what is the same in Cedar's JSON form, or has been made before, is left out. */
export function* policyMutants(sources: RulesetSources): Generator<Mutant> {
  for (const file of sources.policies)
    for (const [index, policy] of parsePolicies(file.text).entries()) {
      const id = policy.annotations['id'] ?? `${file.name}#${index}`
      const seen = new Set([canonicalJson(policy.json)])
      for (const { what, json } of changesOf(policy)) {
        const text = json === null ? '' : textOf(json)
        if (text === null) continue
        const form = json === null ? 'gone' : canonicalJson(parsePolicies(text)[0]?.json)
        if (seen.has(form)) continue
        seen.add(form)
        const policies = sources.policies.map((other) => (other === file ? withText(file, policy, text) : other))
        yield {
          what: `in \`${id}\`: ${what}`,
          place: { file: file.file, line: file.text.slice(0, policy.offset).split('\n').length, column: 1 },
          policy: id,
          sources: { ...sources, policies },
        }
      }
    }
}

/** Null for what Cedar's own printer does not take. */
function textOf(json: PolicyJson): string | null {
  try {
    return formatPolicy(json)
  } catch (error) {
    if (error instanceof CedarError) return null
    throw error
  }
}

function withText(file: PolicyFile, policy: ParsedPolicy, text: string): PolicyFile {
  return { ...file, text: `${file.text.slice(0, policy.offset)}${text}${file.text.slice(policy.offset + policy.text.length)}` }
}

function* changesOf({ effect, annotations, json }: ParsedPolicy): Generator<Changed> {
  yield { what: `the ${effect} is taken out`, json: null }
  if (effect === 'forbid') yield* responseChanges(annotations, json)
  for (const [index, clause] of json.conditions.entries()) {
    const replaced = (body: unknown): PolicyJson =>
      ({ ...json, conditions: json.conditions.map((one, at) => (at === index ? { ...one, body } : one)) }) as PolicyJson
    yield { what: `the \`${clause.kind}\` is taken out`, json: { ...json, conditions: json.conditions.filter((_, at) => at !== index) } }
    yield {
      what: `the \`${clause.kind}\` says the opposite`,
      json: {
        ...json,
        conditions: json.conditions.map((one, at) => (at === index ? { ...one, kind: one.kind === 'when' ? 'unless' : 'when' } : one)),
      },
    }
    for (const { what, node } of nodeChanges(clause.body as unknown as Node))
      yield { what: `${what} in its \`${clause.kind}\``, json: replaced(node) }
  }
  const { action } = json
  if (action.op === 'in' && 'entities' in action && action.entities.length > 1)
    for (const [index, entity] of action.entities.entries())
      yield {
        what: `it no longer speaks of \`${JSON.stringify(entity)}\``,
        json: { ...json, action: { ...action, entities: action.entities.filter((_, at) => at !== index) } },
      }
}

function* responseChanges(annotations: Readonly<Record<string, string>>, json: PolicyJson): Generator<Changed> {
  const { response = 'deny', redact } = annotations
  if (response === 'deny')
    yield { what: 'it asks a person instead of denying', json: { ...json, annotations: { ...annotations, response: 'ask' } } }
  if (response === 'ask')
    yield {
      what: 'it takes secrets out instead of asking a person',
      json: { ...json, annotations: { ...annotations, response: 'sanitize', redact: 'output:secret' } },
    }
  if (redact === undefined) return
  const parts = redact.split(',').map((part) => part.trim())
  for (const [index, part] of parts.entries()) {
    const others = parts.filter((_, at) => at !== index)
    if (others.length > 0)
      yield { what: `it no longer takes out \`${part}\``, json: { ...json, annotations: { ...annotations, redact: others.join(', ') } } }
    const [path, kind] = part.split(':')
    if (kind === 'pii')
      yield {
        what: `it takes out \`${path}:email\` instead of \`${part}\``,
        json: { ...json, annotations: { ...annotations, redact: [...others, `${path}:email`].join(', ') } },
      }
  }
}

const flipped: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '==': ['!='],
  '!=': ['=='],
  '&&': ['||'],
  '||': ['&&'],
  containsAll: ['containsAny'],
  containsAny: ['containsAll'],
  lessThan: ['lessThanOrEqual', 'greaterThanOrEqual'],
  lessThanOrEqual: ['lessThan', 'greaterThan'],
  greaterThan: ['greaterThanOrEqual', 'lessThanOrEqual'],
  greaterThanOrEqual: ['greaterThan', 'lessThan'],
}

/** Every change of one place in an expression. */
function* nodeChanges(node: Node): Generator<{ readonly what: string; readonly node: Node }> {
  if (typeof node !== 'object' || node === null) return
  if (Array.isArray(node)) {
    const list: readonly Node[] = node
    for (const [index, inner] of list.entries())
      for (const change of nodeChanges(inner)) yield { ...change, node: list.map((one, at) => (at === index ? change.node : one)) }
    return
  }
  const object = node as { readonly [key: string]: Node }
  for (const [key, inner] of Object.entries(object)) {
    for (const other of flipped[key] ?? []) yield { what: `\`${key}\` is \`${other}\``, node: { [other]: inner } }
    if (key === '&&' || key === '||') {
      const { left, right } = inner as { readonly left: Node; readonly right: Node }
      // Where one side guards an attribute of the other, what is left does not fit the schema, and the mutant is refused.
      yield { what: `what stands left of \`${key}\` is gone`, node: right }
      yield { what: `what stands right of \`${key}\` is gone`, node: left }
    }
    if (key === '==') {
      const { left, right } = inner as { readonly left: Node; readonly right: Node }
      const text = (right as { readonly Value?: Node } | null)?.Value
      if (typeof text === 'string') yield { what: '`==` is `like "*"`', node: { like: { left, pattern: ['Wildcard'] } } }
    }
    if (key === 'like') {
      const { left, pattern } = inner as { readonly left: Node; readonly pattern: readonly Node[] }
      yield { what: 'the pattern of `like` is `"*"`', node: { like: { left, pattern: ['Wildcard'] } } }
      if (pattern.at(-1) !== 'Wildcard')
        yield { what: 'the pattern of `like` is open at its end', node: { like: { left, pattern: [...pattern, 'Wildcard'] } } }
      if (pattern[0] !== 'Wildcard')
        yield { what: 'the pattern of `like` is open at its beginning', node: { like: { left, pattern: ['Wildcard', ...pattern] } } }
    }
    if (key === '!') yield { what: '`!` is gone', node: (inner as { readonly arg: Node }).arg }
    if (key === 'Value' && typeof inner === 'number') {
      yield { what: `${inner} is ${inner + 1}`, node: { Value: inner + 1 } }
      yield { what: `${inner} is ${inner - 1}`, node: { Value: inner - 1 } }
    }
    if (key === 'Value' && typeof inner === 'string')
      yield { what: `${JSON.stringify(inner)} is ${JSON.stringify(`${inner}x`)}`, node: { Value: `${inner}x` } }
    if (key === 'Set' && Array.isArray(inner) && inner.length > 1)
      for (const [index, one] of (inner as readonly Node[]).entries())
        yield {
          what: `${JSON.stringify(one)} is not in the set`,
          node: { Set: (inner as readonly Node[]).filter((_, at) => at !== index) },
        }
    if (key === 'decimal') {
      const [constant] = inner as readonly { readonly Value?: Node }[]
      const value = Number(constant?.Value)
      if (typeof constant?.Value === 'string' && Number.isFinite(value))
        for (const by of [1, -1])
          yield { what: `${constant.Value} is ${(value + by).toFixed(4)}`, node: { decimal: [{ Value: (value + by).toFixed(4) }] } }
      continue
    }
    if (key === 'Value' && typeof inner === 'boolean') yield { what: `\`${inner}\` is \`${!inner}\``, node: { Value: !inner } }
    // Patterns of `like` and constants have no expressions in them.
    if (key === 'like') {
      const { left, ...rest } = inner as { readonly left: Node; readonly [key: string]: Node }
      for (const change of nodeChanges(left)) yield { ...change, node: { like: { ...rest, left: change.node } } }
    } else if (key !== 'Value') for (const change of nodeChanges(inner)) yield { ...change, node: { ...object, [key]: change.node } }
  }
}
