import { stricter } from '../model/vocabulary.ts'
import type { AdmittedInput } from './decision-input.ts'
import { policyVerdict } from './t2-policy.ts'
import type { PolicyVerdict } from './t2-policy.ts'

/**
 * T2 of a session and of each that it was delegated from, as if that made the call itself: the strictest verdict counts, the outermost of several. So what
 * policies keep from an agent, it cannot have done by another.
 */
export function policyVerdictOfAll(input: AdmittedInput): PolicyVerdict {
  const own = policyVerdict(input)
  const { ancestors = [] } = input
  if (ancestors.length === 0) return own
  const all = [...ancestors.map((one) => policyVerdict({ ...input, ...one })), own]
  const worst = all.reduce((a, b) => (stricter(a.verdict.response, b.verdict.response) === a.verdict.response ? a : b))
  // A verdict that sanitises, if there is one, is what is left once a person has agreed.
  const left = all.map(({ agreed, verdict }) => agreed ?? (verdict.response === 'sanitize' ? verdict : null))
  return {
    verdict: worst.verdict,
    policies: unique(all.flatMap(({ policies }) => policies)),
    severity: worst.severity,
    controls: unique(all.flatMap(({ controls }) => controls)),
    redactions: all.flatMap(({ redactions }) => redactions),
    agreed: worst.verdict.response === 'ask' ? (left.find((verdict) => verdict !== null) ?? null) : null,
  }
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)]
}
