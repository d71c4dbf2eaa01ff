import { policyToText } from '#cedar-wasm'
import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import { CedarError } from './cedar-error.ts'
import { toFinding } from './findings.ts'

/** The text of a policy in Cedar's JSON form, its annotations with it. @throws CedarError when it is not of that form */
export function formatPolicy(json: PolicyJson): string {
  const answer = policyToText(json)
  if (answer.type === 'failure') throw new CedarError(answer.errors.map((error) => toFinding(error, '', null)))
  return answer.text
}
