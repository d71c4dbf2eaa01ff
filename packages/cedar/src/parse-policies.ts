import { policySetTextToParts, policyToJson } from '#cedar-wasm'
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
  const pieces = splitPolicies(text)
  const template = pieces.find((piece) => piece.isTemplate)
  if (template !== undefined)
    throw new CedarError([
      {
        message: 'a policy template needs links, which a policy text cannot give',
        help: 'replace the slot by an entity',
        policy: null,
        start: template.offset,
        end: template.offset + template.text.length,
      },
    ])
  return pieces.map(({ text: policy, offset }) => {
    const json = policyToJson(policy)
    if (json.type === 'failure') throw new CedarError(json.errors.map((error) => toFinding(error, policy, null)))
    const annotations = Object.fromEntries(Object.entries(json.json.annotations ?? {}).map(([key, value]) => [key, value ?? '']))
    return { text: policy, offset, effect: json.json.effect, annotations, json: json.json }
  })
}

/** A policy or template as it stands in a text. */
export interface PolicyPiece {
  readonly text: string
  readonly offset: number
  readonly isTemplate: boolean
}

/** Blanks and comments between policies. */
const between = /(?:[\s\u0085]|\/\/[^\n\r]*)*/y

/** Splits a text into policies and templates, in the order in which they stand. @throws CedarError when the text does not parse. */
export function splitPolicies(text: string): PolicyPiece[] {
  const parts = policySetTextToParts(text)
  if (parts.type === 'failure') throw new CedarError(parts.errors.map((error) => toFinding(error, text, null)))
  // The parser gives them in the order of the ids `policy0`, `policy1`, …, where `policy10` comes before `policy2`.
  const rest = [
    ...inOrderOfIds(parts.policies).map((policy) => ({ text: policy, isTemplate: false })),
    ...inOrderOfIds(parts.policy_templates).map((template) => ({ text: template, isTemplate: true })),
  ]
  const pattern = new RegExp(between)
  const pieces: PolicyPiece[] = []
  while (rest.length > 0) {
    pattern.test(text)
    const offset = pattern.lastIndex
    // With policies alone the first is the next. Among templates too, at most one of those left can stand here.
    const found = rest.findIndex((piece) => text.startsWith(piece.text, offset))
    const [piece] = found === -1 ? [] : rest.splice(found, 1)
    if (piece === undefined) throw new Error(`the policy at offset ${offset} is not one that the parser names`)
    pattern.lastIndex = offset + piece.text.length
    pieces.push({ ...piece, offset })
  }
  return pieces
}

/** The texts as they were numbered, from the order in which their numbered ids sort as texts. */
function inOrderOfIds(texts: readonly string[]): string[] {
  const ids = texts.map((_, index) => `policy${index}`).sort()
  const byId = new Map(texts.map((text, index) => [ids[index] as string, text]))
  return texts.map((_, index) => byId.get(`policy${index}`) as string)
}
