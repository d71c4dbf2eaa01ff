import type { Decision } from '../model/decision.ts'
import { aarmNames } from '../model/vocabulary.ts'
import type { Tier } from '../model/vocabulary.ts'

/** The decision turned into a denial by T3, or by the fulfilment of what another tier asked for, or by what stands around the tiers; what was found before is kept. */
export function deny(decision: Decision, rule: string, reason: string, tier: Tier = 'T3'): Decision {
  return {
    ...decision,
    response: 'deny',
    aarm: aarmNames.deny,
    tier,
    rule,
    reason,
    verdicts: [...decision.verdicts, { tier, response: 'deny', rule, reason }],
    redactions: [],
    approval: null,
  }
}

/** What an agent is told about a call that was not carried out: plain enough for a model to take another way. */
export function denialText(decision: Pick<Decision, 'tier' | 'rule' | 'reason'>): string {
  return `Denied by Bailiwick (${decision.tier}, ${decision.rule}): ${decision.reason}. Nothing was done.`
}

/** What a client's program can read in a result's `_meta` under `bailiwick/decision`; only the gateway can put it there. */
export function decisionMeta(call: string, decision: Decision, redacted: Readonly<Record<string, number>> = {}): Record<string, unknown> {
  const { response, aarm, tier, rule, reason, observed } = decision
  return {
    call,
    response,
    aarm,
    tier,
    rule,
    reason,
    ...(observed === null ? {} : { observed }),
    ...(response === 'sanitize' ? { redacted } : {}),
  }
}
