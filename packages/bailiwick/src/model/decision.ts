import type { FactValues } from './fact.ts'
import type { Redaction } from './redaction.ts'
import type { AarmName, Response, Tier } from './vocabulary.ts'

/** What one tier says. */
export interface Verdict {
  readonly tier: Tier
  readonly response: Response
  /** The rule that gave the response: a policy's id, or `T1.frame`, `T4.calls` and the like. */
  readonly rule: string
  /** For an agent to act on; empty when the tier has nothing against the call. */
  readonly reason: string
}

/** The answer to a call. */
export interface Decision {
  /** What is enforced. */
  readonly response: Response
  readonly aarm: AarmName
  /** The tier and rule that determined the response. */
  readonly tier: Tier
  readonly rule: string
  readonly reason: string
  /** What would have been enforced, when the agent is only observed and that is not what was; null otherwise. */
  readonly observed: Response | null
  /** One verdict per tier that was reached, in order. */
  readonly verdicts: readonly Verdict[]
  /** The determining policies of T2. */
  readonly policies: readonly string[]
  /** What the facts were that the decision could look at. */
  readonly facts: FactValues
  /** Controls that the determining policies put into effect. */
  readonly controls: readonly string[]
  /** What is taken out of the arguments and the result before they are passed on; empty unless the response is `sanitize`, or `ask` with that to follow. */
  readonly redactions: readonly Redaction[]
  /** The approval that this decision rests on and uses up; null when none was needed. */
  readonly approval: string | null
  /** Labels that the tool's results carry into the session. */
  readonly labels: readonly string[]
  readonly severity: 'low' | 'medium' | 'high' | 'critical' | null
}
