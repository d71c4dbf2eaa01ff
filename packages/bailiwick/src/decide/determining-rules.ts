import { unitedRedactions } from '../model/redaction.ts'
import type { Redaction } from '../model/redaction.ts'
import type { PolicyRule } from '../model/ruleset.ts'
import { stricter } from '../model/vocabulary.ts'
import type { Verdict } from '../model/decision.ts'

/** What several policies that determine one answer amount to together. */
export interface Combined {
  /** The one with the strictest response, the first of them; null when there is none. */
  readonly strictest: PolicyRule | null
  /** What all that sanitise want taken out. */
  readonly redactions: readonly Redaction[]
  /** What is left when a person has agreed to what the strictest asks: that the call is sanitised; null when nothing is. */
  readonly sanitising: Verdict | null
}

/** Combines the forbids that determine an answer: the strictest response wins, and what is to be taken out adds up. */
export function combineForbids(forbids: readonly PolicyRule[]): Combined {
  const strictest = forbids.reduce<PolicyRule | null>(
    (worst, rule) => (worst === null || stricter(worst.response, rule.response) !== worst.response ? rule : worst),
    null,
  )
  const sanitisers = forbids.filter((rule) => rule.response === 'sanitize')
  const first = sanitisers[0]
  return {
    strictest,
    redactions: strictest?.response === 'deny' ? [] : unitedRedactions(sanitisers.map((rule) => rule.redactions)),
    sanitising: first === undefined ? null : { tier: 'T2', response: 'sanitize', rule: first.id, reason: reasonOf(first) },
  }
}

/** What an agent is told about a forbid that determined its answer. */
export function reasonOf(rule: PolicyRule): string {
  return (
    rule.message ?? (rule.response === 'sanitize' ? `the policy \`${rule.id}\` has it sanitised` : `the policy \`${rule.id}\` forbids it`)
  )
}

/** The controls of policies, each once, in order. */
export function controlsOf(rules: readonly PolicyRule[]): readonly string[] {
  return [...new Set(rules.flatMap((rule) => rule.controls))].sort()
}
