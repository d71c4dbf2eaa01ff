import { delegatesOf } from '../decide/delegation-chain.ts'
import { labelsHeld } from '../decide/labels-held.ts'
import type { SessionUsage } from '../decide/session-usage.ts'
import type { Commitment } from '../ledger/commitment.ts'
import type { DecisionEntry, NewDecision } from '../ledger/entry.ts'
import { agentId } from '../model/agent-id.ts'
import type { Approval } from '../model/approval.ts'
import type { Decision } from '../model/decision.ts'
import type { FactValues } from '../model/fact.ts'
import type { Ruleset } from '../model/ruleset.ts'
import type { Sight } from './attempt.ts'

export const longestName: number = 256
export const longestReason: number = 2000
/** How many facts of one decision are recorded; with more, those that the determining policies read, and those that other facts will look up. */
const mostFacts = 256

/** The first half of a receipt. */
export function decisionEntry(made: {
  readonly sight: Sight
  readonly point: string
  readonly decision: Decision
  readonly usage: SessionUsage
  readonly approval: Approval | null
  /** The approval that the call waits for, or has waited for. */
  readonly waitedFor: string | null
  readonly arguments: Commitment
  readonly performed: Commitment | null
}): NewDecision {
  const { call, ruleset, credential, session } = made.sight
  const { decision, approval } = made
  return {
    v: 3,
    type: 'decision',
    call: call.id,
    point: made.point,
    session: session.id,
    agent: session.agent,
    agentId: agentId(ruleset.manifest.trustDomain, session.agent),
    person: session.person,
    goal: session.goal,
    params: session.params,
    token: credential.valid ? credential.tokenId : null,
    tool: call.tool,
    pin: call.livePin,
    arguments: made.arguments,
    performed: made.performed,
    policyDigest: ruleset.digest,
    response: decision.response,
    aarm: decision.aarm,
    tier: decision.tier,
    rule: cut(decision.rule, longestName),
    reason: cut(decision.reason, longestReason),
    observed: decision.observed,
    verdicts: decision.verdicts.map((verdict) => ({
      ...verdict,
      rule: cut(verdict.rule, longestName),
      reason: cut(verdict.reason, longestReason),
    })),
    policies: decision.policies.slice(0, 100),
    controls: decision.controls.slice(0, 100),
    severity: decision.severity,
    facts: recordedFacts(decision, ruleset, call.tool),
    delegation: delegatedBy(made.sight),
    labels: labelsHeld({ usage: made.usage, ancestors: made.sight.ancestors }),
    waitedFor: made.waitedFor,
    approval:
      approval === null
        ? null
        : { id: approval.id, hash: approval.hash, approver: approval.approver ?? '', signature: approval.signature ?? '' },
  }
}

/** Who has delegated on the way to a session, by which session and delegation, outermost first. */
function delegatedBy(sight: Sight): NewDecision['delegation'] {
  const agents = new Map(sight.ancestors.map(({ session }) => [session.id, session.agent]))
  return delegatesOf(sight).map(({ delegation: { id, parent } }) => ({ session: parent, agent: agents.get(parent) ?? '', id }))
}

/** The beginning of a text. A character cut in two, or one that was only half there, has no place in the ledger and becomes U+FFFD. */
export function cut(text: string, longest: number): string {
  return text.slice(0, longest).toWellFormed()
}

function recordedFacts({ facts, policies }: Decision, ruleset: Ruleset, tool: string): NonNullable<DecisionEntry['facts']> {
  const names = Object.keys(facts)
  if (names.length <= mostFacts) return facts
  const wanted = new Set([
    ...(ruleset.factsLookedUp.get(tool) ?? []),
    ...policies.flatMap((id) => ruleset.policyRules.get(id)?.facts ?? []),
  ])
  return Object.fromEntries(
    Object.entries(facts)
      .filter(([name]) => wanted.has(name))
      .slice(0, mostFacts),
  ) as FactValues
}
