import { checkParsePolicySet, policyToJson, templateToJson } from '#cedar-wasm'
import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { CedarFinding } from './cedar-error.ts'
import { withExactLiterals } from './exact-literals.ts'
import { toFinding } from './findings.ts'
import { splitPolicies } from './parse-policies.ts'

/** Policies and templates by id, or one text whose policies get the ids `policy0`, `policy1`, … as in Cedar's own tools. */
export type PolicySource = string | Readonly<Record<string, string>>

/** A policy or template that has been parsed. */
export interface ReadPolicy {
  readonly text: string
  readonly isTemplate: boolean
  /** Its JSON form, with integers beyond 2^53 as bigints. */
  readonly json: PolicyJson
}

/** Parses all policies, in their order. Those that do not parse are missing, and in the findings. */
export function readPolicies(source: PolicySource): {
  readonly policies: ReadonlyMap<string, ReadPolicy>
  readonly findings: CedarFinding[]
} {
  const texts =
    typeof source === 'string' ? splitPolicies(source).map(({ text }, index) => [`policy${index}`, text] as const) : Object.entries(source)
  const policies = new Map<string, ReadPolicy>()
  const findings: CedarFinding[] = []
  for (const [id, text] of texts) {
    const policy = readPolicy(text)
    if (policy !== null) policies.set(id, policy)
    else findings.push(...findingsOf(id, text))
  }
  return { policies, findings }
}

function readPolicy(text: string): ReadPolicy | null {
  const policy = policyToJson(text)
  if (policy.type === 'success') return { text, isTemplate: false, json: withExactLiterals(text, policy.json, false) }
  const template = templateToJson(text)
  return template.type === 'success' ? { text, isTemplate: true, json: withExactLiterals(text, template.json, true) } : null
}

function findingsOf(id: string, text: string): CedarFinding[] {
  const parsed = checkParsePolicySet({ staticPolicies: { [id]: text } })
  if (parsed.type === 'failure') return parsed.errors.map((error) => toFinding(error, text, id))
  return [
    { message: `\`${id}\` is not exactly one policy`, help: 'give each policy an id of its own', policy: id, start: 0, end: text.length },
  ]
}
