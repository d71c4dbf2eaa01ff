import { randomBytes } from 'node:crypto'
import { delegationProblem } from '../decide/delegation-chain.ts'
import type { Chain } from '../decide/delegation-chain.ts'
import { lifetimeProblem } from '../decide/t4-behaviour.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { lineageOf, linksOf } from '../model/lineage-of.ts'
import { linkText } from '../model/lineage.ts'
import type { Link } from '../model/lineage.ts'
import { contractOf } from '../model/narrowing/contract-part.ts'
import type { ContractPart } from '../model/narrowing/contract-part.ts'
import { filledPart } from '../model/narrowing/filled-part.ts'
import type { AskedPart } from '../model/narrowing/filled-part.ts'
import { metPart } from '../model/narrowing/met-part.ts'
import type { Granted } from '../model/narrowing/met-part.ts'
import { unusablePattern } from '../model/narrowing/unusable-pattern.ts'
import { isNarrower } from '../model/narrowing/is-narrower.ts'
import type { Goal, Ruleset } from '../model/ruleset.ts'
import type { Credential, Delegation, Session } from '../model/session.ts'
import type { Revocations } from './revocations.ts'
import { sessionChain } from './session-chain.ts'
import type { Sessions } from './sessions.ts'

export interface DelegationRequest {
  /** The agent that is to act. */
  readonly agent: string
  /** What is handed on; or, by tokens, what is in all of these grants. */
  readonly part: Omit<AskedPart, 'expires'> | { readonly within: readonly [Granted, ...Granted[]] }
  /** How long, in milliseconds; null for as long as the session that it is delegated from. */
  readonly lifetime: number | null
  /** What the agent that delegates asks for, in its own words. */
  readonly request: string | null
  /** By what the agent that delegates was known; absent when an operator delegates for it. */
  readonly credential?: Credential
  /** What the delegation descends from besides: keys that either agent was known by, and the token that it is. */
  readonly links?: readonly Link[]
  /** Ids of session and delegation where they are given by what is handed on, so that they are the same whenever it is seen; new ones when absent. */
  readonly ids?: { readonly session: string; readonly delegation: string }
}

/** Opens sessions by which agents hand part of their own authority on: fewer tools, tighter frames, smaller limits, a shorter life, and nothing else. */
export class Delegations {
  readonly #sessions: Sessions
  readonly #revocations: Pick<Revocations, 'first'>
  readonly #clock: () => number
  readonly #narrower: typeof isNarrower

  /** @param narrower what says that a part is no wider; another one only in tests, which show that decisions do not rest on it */
  constructor(sessions: Sessions, revocations: Pick<Revocations, 'first'>, clock: () => number, narrower: typeof isNarrower = isNarrower) {
    this.#sessions = sessions
    this.#revocations = revocations
    this.#clock = clock
    this.#narrower = narrower
  }

  /**
   * Opens a session for an agent by part of what another session may do, in force for as long as that one.
   * @throws BailiwickError `DELEGATION_REFUSED`, `SESSION_UNKNOWN`, `AGENT_UNKNOWN` or `GOAL_UNKNOWN`
   */
  async delegate(
    ruleset: Ruleset,
    from: string,
    { agent, part: asked, lifetime, request, credential, links = [], ids }: DelegationRequest,
  ): Promise<Session> {
    const now = this.#clock()
    const chain = await sessionChain(this.#sessions, from)
    const parent = chain.at(-1) as Session
    const goal = ruleset.goals.get(parent.goal)
    const declared = ruleset.manifest.goals[parent.goal]
    if (goal === undefined || declared === undefined) throw refused(`the goal \`${parent.goal}\` is no longer declared`)
    await this.#assertActive(parent, [{ kind: 'agent', id: agent }, ...links], credential)
    if (parent.state !== 'active') throw refused(`the session \`${parent.id}\` is ${parent.state}`)
    const past = lifetimeProblem(goal.limits, inChain(chain), now)
    if (past !== null) throw refused(past)
    const end = endOf(chain, goal)
    const than: ContractPart = { ...(parent.delegation?.part ?? contractOf(declared)), expires: end }
    const part =
      'within' in asked ? metPart(than, asked.within) : filledPart({ ...asked, expires: lifetime === null ? end : now + lifetime }, than)
    const pattern = unusablePattern(part)
    if (pattern !== null) throw refused(`the pattern \`${pattern}\` cannot be used`, 'write it in RE2 syntax')
    const wider = this.#narrower(part, than, { params: parent.params, base: ruleset.base })
    if (wider !== null)
      throw refused(
        `it is wider than what the session \`${parent.id}\` may do: ${wider}`,
        'ask for no more than that session may do itself',
      )
    const delegation: Delegation = { id: ids?.delegation ?? `dlg_${randomBytes(12).toString('base64url')}`, parent: parent.id, part }
    const lineage: Link[] = [
      ...(parent.lineage ?? []),
      { kind: 'agent', id: parent.agent },
      { kind: 'session', id: parent.id },
      ...(credential === undefined ? [] : linksOf(credential)),
      ...links,
      { kind: 'delegation', id: delegation.id },
    ]
    const opening = { agent, request, opened: now, delegation, lineage }
    const problem = delegationProblem({ ...inChain([...chain, { ...parent, id: '', ...opening }]), ruleset, now })
    if (problem !== null) throw refused(problem)
    return this.#sessions.openDelegated(ruleset, parent, { ...opening, ...(ids === undefined ? {} : { id: ids.session }) })
  }

  async #assertActive(parent: Session, besides: readonly Link[], credential: Credential = { valid: false, reason: '' }): Promise<void> {
    const cut = await this.#revocations.first([...lineageOf(parent, credential), ...besides])
    if (cut !== null) throw refused(`${linkText(cut)} was revoked`)
  }
}

function inChain(chain: readonly Session[]): Chain {
  return { session: chain.at(-1) as Session, ancestors: chain.slice(0, -1).map((session) => ({ session })) }
}

/** When the last session of a chain ends, by its goal's time and what was delegated; null for never. */
function endOf(chain: readonly Session[], goal: Goal): number | null {
  const ends = chain.flatMap(({ opened, delegation }, index) => {
    const lifetime = index === 0 ? goal.limits.lifetime : (delegation?.part.limits.lifetime ?? null)
    return [lifetime === null ? null : opened + lifetime, delegation?.part.expires ?? null].filter((end) => end !== null)
  })
  return ends.length === 0 ? null : Math.min(...ends)
}

function refused(reason: string, mend?: string): BailiwickError {
  return new BailiwickError('DELEGATION_REFUSED', `nothing is delegated: ${reason}`, mend === undefined ? {} : { mend })
}
