import type { Verdict } from '../model/decision.ts'
import type { AdmittedInput } from './decision-input.ts'
import { pass } from './verdict.ts'

/**
 * T3: must a person agree? The contract's `confirm` and policies that ask do; an approval given for exactly this action
 * settles both. `asking` is T2's verdict when it asks, else null.
 */
export function oversightVerdict({ goal, call, approval }: AdmittedInput, asking: Verdict | null): Verdict {
  const confirmed = goal.confirm.has(call.tool)
  if (!confirmed && asking === null) return pass('T3')
  if (approval !== null) return { tier: 'T3', response: 'allow', rule: 'T3.approved', reason: '' }
  return confirmed
    ? { tier: 'T3', response: 'ask', rule: 'T3.confirm', reason: `a person must approve each use of \`${call.tool}\`` }
    : { ...(asking as Verdict), tier: 'T3' }
}
