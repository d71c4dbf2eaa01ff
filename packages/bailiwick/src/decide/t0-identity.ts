import { canonicalJson, sha256Hex } from '../model/json.ts'
import type { JsonObject } from '../model/json.ts'
import type { Verdict } from '../model/decision.ts'
import type { DecisionInput } from './decision-input.ts'
import { delegationProblem } from './delegation-chain.ts'
import { beyondScope } from '../model/token-scope.ts'
import { linkText } from '../model/lineage.ts'
import type { Effect } from '../model/vocabulary.ts'
import { pass, refuse } from './verdict.ts'

/** Identifies the values that a goal's parameters have in a session. */
export function paramsHash(params: JsonObject): string {
  return `sha256:${sha256Hex(`bailiwick goal parameters v1\n${canonicalJson(params)}`)}`
}

/** T0: who? Nothing that the call descends from was revoked. The credential is genuine, of this session, this agent, this goal and these parameters, not expired, and its scope takes in the effect of the tool; the session is active, and so is every one that it was delegated from. `call` is null for a request that is none, whose own effect is `effect`, if it has any. */
export function identityVerdict({
  call,
  effect: own = null,
  credential,
  session,
  ancestors,
  ruleset,
  revoked,
  now,
}: Pick<DecisionInput, 'credential' | 'session' | 'ancestors' | 'ruleset' | 'revoked' | 'now'> & {
  readonly call: DecisionInput['call'] | null
  readonly effect?: Effect | null
}): Verdict {
  if (revoked !== undefined) return refuse('T0', 'revoked', `${linkText(revoked)} was revoked`)
  if (!credential.valid) return refuse('T0', 'credential', `the credential was not accepted: ${credential.reason}`)
  if (credential.session !== session.id) return refuse('T0', 'session', 'the credential belongs to another session')
  if (credential.agent !== session.agent) return refuse('T0', 'agent', 'the credential belongs to another agent')
  if (credential.goal !== session.goal || credential.paramsHash !== paramsHash(session.params))
    return refuse('T0', 'goal', 'the credential was given for another goal or other parameters')
  if (now >= credential.expires) return refuse('T0', 'expired', 'the credential has expired; open a new session')
  if (session.state !== 'active') return refuse('T0', 'state', `the session is ${session.state}`)
  const effect = call === null ? own : (ruleset.tools.get(call.tool)?.declaration.effect ?? null)
  const beyond = effect === null ? null : beyondScope(credential.scope, effect)
  if (beyond !== null) return refuse('T0', 'scope', beyond)
  const agent = ruleset.agents.get(session.agent)
  if (agent === undefined) return refuse('T0', 'unknown-agent', `the agent \`${session.agent}\` is no longer registered`)
  if (!agent.goals.includes(session.goal))
    return refuse('T0', 'unknown-goal', `the agent \`${session.agent}\` may no longer pursue \`${session.goal}\``)
  const broken = delegationProblem({ session, ancestors, ruleset, now })
  if (broken !== null) return refuse('T0', 'delegation', broken)
  return pass('T0')
}
