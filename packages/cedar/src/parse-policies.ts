import { policySetTextToParts, policyToJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import { CedarError } from './cedar-error.ts'
import { toFinding } from './findings.ts'

/** A policy as it stands in a text. `offset` is where it begins, in UTF-16 units. */
export interface ParsedPolicy {
  readonly text: string
  readonly offset: number
  readonly effect: 'permit' | 'forbid'
  /** Annotation values by key; an annotation without a value has the empty string. */
  readonly annotations: Readonly<Record<string, string>>
  /** The policy in Cedar's JSON form, in which layout and comments make no difference. */
  readonly json: PolicyJson
}

/**
 * Splits a text of Cedar policies into its policies, in the order in which they stand.
 * @throws CedarError when the text does not parse, or holds a template (templates need links, which a text cannot carry).
 */
export function parsePolicies(text: string): ParsedPolicy[] {
  const parts = policySetTextToParts(text)
  if (parts.type === 'failure') throw new CedarError(parts.errors.map((error) => toFinding(error, text, null)))
  const template = parts.policy_templates[0]
  if (template !== undefined) {
    const start = text.indexOf(template)
    throw new CedarError([
      {
        message: 'a policy template needs links, which a policy text cannot give',
        help: 'replace the slot by an entity',
        policy: null,
        start,
        end: start + template.length,
      },
    ])
  }
  return inPlace(text, parts.policies).map(({ policy, offset }) => {
    const json = policyToJson(policy)
    if (json.type === 'failure') throw new CedarError(json.errors.map((error) => toFinding(error, policy, null)))
    const annotations = Object.fromEntries(Object.entries(json.json.annotations ?? {}).map(([key, value]) => [key, value ?? '']))
    return { text: policy, offset, effect: json.json.effect, annotations, json: json.json }
  })
}

/** Blanks and comments between policies. */
const between = /(?:[\s\u0085]|\/\/[^\n\r]*)*/y

/** The policies in the order of the text. The parser gives them in the order of the ids `policy0`, `policy1`, …, where `policy10` comes before `policy2`. */
function inPlace(text: string, policies: readonly string[]): { policy: string; offset: number }[] {
  const ids = policies.map((_, index) => `policy${index}`).sort()
  const rest = new Map(policies.map((policy, index) => [ids[index] as string, policy]))
  const pattern = new RegExp(between)
  return policies.map((_, index) => {
    const policy = rest.get(`policy${index}`) as string
    pattern.test(text)
    const offset = pattern.lastIndex
    if (!text.startsWith(policy, offset)) throw new Error(`the policy at offset ${offset} is not the one that the parser names`)
    pattern.lastIndex = offset + policy.length
    return { policy, offset }
  })
}
