import { capability } from '../decide/t1-capability.ts'
import type { DecisionInput } from '../decide/decision-input.ts'
import type { Decision } from '../model/decision.ts'
import type { JsonObject } from '../model/json.ts'
import { deny } from './denial.ts'
import { Sanitiser } from './redact/sanitiser.ts'

/** How a call that was let through is carried out. */
export interface Fulfilment {
  /** What the tool is given. */
  readonly arguments: JsonObject
  /** What goes over all that comes back; null when nothing is to be taken out. */
  readonly sanitiser: Sanitiser | null
}

/**
 * Prepares what a decision asks for. Sanitised arguments must still be ones that the tool takes and that the contract lets be.
 * @param realPaths where the paths among other arguments really lead
 * @returns the denial when they are not
 */
export function fulfilmentOf(
  decision: Decision,
  { call, session, ruleset }: Pick<DecisionInput, 'call' | 'session' | 'ruleset'>,
  realPaths: (args: JsonObject) => DecisionInput['call']['realPaths'],
): Fulfilment | Decision {
  if (decision.response !== 'sanitize') return { arguments: call.arguments, sanitiser: null }
  const sanitiser = new Sanitiser(decision.redactions, ruleset.patterns, ruleset.tools.get(call.tool)?.checkOutput ?? null)
  const sanitised = sanitiser.arguments(call.arguments)
  if (sanitised === call.arguments) return { arguments: sanitised, sanitiser }
  const { verdict } = capability({ call: { ...call, arguments: sanitised, realPaths: realPaths(sanitised) }, session, ruleset })
  if (verdict.response === 'allow') return { arguments: sanitised, sanitiser }
  return deny(decision, 'T2.sanitize', `what the policy takes out of the arguments cannot be missing: ${verdict.reason}`, 'T2')
}
