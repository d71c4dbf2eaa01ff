import type { Verdict } from '../model/decision.ts'
import type { Tier } from '../model/vocabulary.ts'

/** A tier that has nothing against the call. */
export function pass(tier: Tier): Verdict {
  return { tier, response: 'allow', rule: `${tier}.pass`, reason: '' }
}

/** A tier that denies; `rule` is named below the tier. */
export function refuse(tier: Tier, rule: string, reason: string): Verdict {
  return { tier, response: 'deny', rule: `${tier}.${rule}`, reason }
}
