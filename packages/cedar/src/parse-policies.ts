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
  let from = 0
  return parts.policies.map((policy) => {
    const offset = text.indexOf(policy, from)
    from = offset + policy.length
    const json = policyToJson(policy)
    if (json.type === 'failure') throw new CedarError(json.errors.map((error) => toFinding(error, policy, null)))
    const annotations = Object.fromEntries(Object.entries(json.json.annotations ?? {}).map(([key, value]) => [key, value ?? '']))
    return { text: policy, offset, effect: json.json.effect, annotations, json: json.json }
  })
}
