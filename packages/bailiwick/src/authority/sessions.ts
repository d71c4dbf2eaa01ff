import { randomBytes } from 'node:crypto'
import { commit } from '../ledger/commitment.ts'
import type { SessionEntry } from '../ledger/entry.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import type { Agent, Goal, Ruleset } from '../model/ruleset.ts'
import type { Link } from '../model/lineage.ts'
import type { IdentityProofs, Session, SessionState } from '../model/session.ts'
import type { SignIn } from './ended-sign-ins.ts'
import { readParameters } from './session-parameters.ts'
import type { SessionStore } from './session-store.ts'

export interface SessionOpening {
  readonly agent: string
  readonly goal: string
  readonly params: Readonly<Record<string, string>>
  readonly person: string | null
  readonly request: string | null
  readonly proofs?: IdentityProofs
  /** Absent when the person proved nothing. */
  readonly signIn?: SignIn
  /** What the session descends from besides agent and goal. */
  readonly lineage?: readonly Link[]
}

export type SessionChange = 'pause' | 'resume' | 'revoke' | 'close'

const changes: Readonly<Record<SessionChange, { from: readonly SessionState[]; to: SessionState; event: SessionEntry['event'] }>> = {
  pause: { from: ['active'], to: 'paused', event: 'paused' },
  resume: { from: ['paused'], to: 'active', event: 'resumed' },
  revoke: { from: ['active', 'paused'], to: 'revoked', event: 'revoked' },
  close: { from: ['active', 'paused'], to: 'closed', event: 'closed' },
}

/** Opens sessions and changes their state; each change is in the ledger before it is acknowledged. */
export class Sessions {
  readonly #store: SessionStore
  readonly #ledger: Ledger
  readonly #clock: () => number

  constructor(store: SessionStore, ledger: Ledger, clock: () => number) {
    this.#store = store
    this.#ledger = ledger
    this.#clock = clock
  }

  /**
   * Opens a session.
   * @throws BailiwickError `AGENT_UNKNOWN`, `GOAL_UNKNOWN` or `PARAMETER_INVALID`; `PERSON_UNPROVED` when the sign-in has come to count no longer
   */
  async open(ruleset: Ruleset, opening: SessionOpening): Promise<Session> {
    const { agent, goal } = partiesOf(ruleset, opening)
    if (agent.delegatedOnly === true)
      throw new BailiwickError('DELEGATION_REFUSED', `the agent \`${agent.name}\` acts by delegation only`, {
        mend: 'open the session for an agent that names it among its `delegates`',
      })
    const session: Session = {
      id: newId(),
      agent: agent.name,
      goal: goal.name,
      params: readParameters(goal, opening.params),
      person: opening.person,
      request: opening.request,
      opened: this.#clock(),
      state: 'active',
      ...(opening.proofs === undefined ? {} : { proofs: opening.proofs }),
      ...(opening.signIn === undefined ? {} : { signedIn: opening.signIn.issued }),
      ...(opening.lineage === undefined ? {} : { lineage: opening.lineage }),
    }
    await this.#start(ruleset, session)
    // Whoever ended the sign-in before this session stood could not see it.
    if (opening.signIn === undefined || (await opening.signIn.counts())) return session
    await this.change(session.id, 'revoke', 'gateway')
    throw new BailiwickError('PERSON_UNPROVED', 'the provider has ended meanwhile what the person had signed in to', {
      mend: 'sign in anew',
    })
  }

  /**
   * Opens a session by what was delegated from another. {@link Delegations} sees to it that it may be. One whose id is given is opened once: whoever comes
   * second gets the one that there is.
   * @throws BailiwickError `AGENT_UNKNOWN` or `GOAL_UNKNOWN`
   */
  async openDelegated(
    ruleset: Ruleset,
    parent: Session,
    {
      agent,
      id,
      ...own
    }: Pick<Session, 'agent' | 'request' | 'opened'> & Required<Pick<Session, 'delegation' | 'lineage'>> & { readonly id?: string },
  ): Promise<Session> {
    const { goal, params, person } = parent
    const parties = partiesOf(ruleset, { agent, goal })
    const parts = { agent: parties.agent.name, goal: parties.goal.name, params, person, state: 'active', ...own } as const
    if (id === undefined) return this.#start(ruleset, { id: newId(), ...parts })
    const session: Session = { id, ...parts }
    // Recorded first: after a crash in between it is opened anew, and none acts whose opening is not on record.
    await this.#record(session, 'opened', 'gateway', ruleset.digest)
    return (await this.#store.save(session)) ? session : this.find(id)
  }

  async #start(ruleset: Ruleset, session: Session): Promise<Session> {
    if (!(await this.#store.save(session))) throw new Error(`the id \`${session.id}\` is taken`)
    await this.#record(session, 'opened', 'gateway', ruleset.digest)
    return session
  }

  /** Finds a session. @throws BailiwickError `SESSION_UNKNOWN` */
  async find(id: string): Promise<Session> {
    const session = await this.#store.find(id)
    if (session === null)
      throw new BailiwickError('SESSION_UNKNOWN', `there is no session \`${id}\``, { mend: '`bailiwick sessions` lists them' })
    return session
  }

  /** Whether there is such a session, in whatever state. */
  async has(id: string): Promise<boolean> {
    return (await this.#store.state(id)) !== null
  }

  /** The sessions that were delegated from one, and from those, each after the one that it was delegated from. */
  async descendants(id: string): Promise<readonly Session[]> {
    return Promise.all((await this.#store.descendants(id)).map((one) => this.find(one.id)))
  }

  list(limit: number): Promise<readonly Session[]> {
    return this.#store.list(limit)
  }

  /** Changes a session's state, in force for the next call. @throws BailiwickError `SESSION_UNKNOWN`, or `SESSION_STATE` when its state does not allow it */
  async change(id: string, change: SessionChange, by: string): Promise<void> {
    const session = await this.find(id)
    const { from, to, event } = changes[change]
    if (!(await this.#store.change(id, from, to)))
      throw new BailiwickError('SESSION_STATE', `the session \`${id}\` is ${session.state}, so it cannot be ${event}`)
    await this.#record(session, event, by, null)
  }

  async #record(session: Session, event: SessionEntry['event'], by: string, policyDigest: string | null): Promise<void> {
    const request = event === 'opened' && session.request !== null ? commit(session.request) : null
    const { delegation, proofs } = session
    const part = event === 'opened' && delegation !== undefined ? commit(delegation.part) : null
    await this.#ledger.append(
      {
        type: 'session',
        session: session.id,
        event,
        agent: session.agent,
        person: session.person,
        goal: session.goal,
        params: session.params,
        request: request?.commitment ?? null,
        by,
        policyDigest,
        ...(delegation === undefined || part === null
          ? {}
          : ({ v: 2, delegation: { id: delegation.id, parent: delegation.parent, part: part.commitment } } as const)),
        ...(event !== 'opened' || proofs === undefined || delegation !== undefined ? {} : ({ v: 3, proofs } as const)),
      },
      [request, part].flatMap((one) => (one === null ? [] : [one.payload])),
    )
  }
}

function newId(): string {
  return `ses_${randomBytes(12).toString('base64url')}`
}

function partiesOf(
  ruleset: Ruleset,
  { agent: agentName, goal: goalName }: Pick<SessionOpening, 'agent' | 'goal'>,
): { agent: Agent; goal: Goal } {
  const agent = ruleset.agents.get(agentName)
  if (agent === undefined)
    throw new BailiwickError('AGENT_UNKNOWN', `the manifest declares no agent \`${agentName}\``, {
      mend: `its agents are ${[...ruleset.agents.keys()].map((name) => `\`${name}\``).join(', ')}`,
    })
  const goal = ruleset.goals.get(goalName)
  if (goal === undefined || !agent.goals.includes(goalName))
    throw new BailiwickError('GOAL_UNKNOWN', `the agent \`${agentName}\` may not pursue a goal \`${goalName}\``, {
      mend: `its goals are ${agent.goals.map((name) => `\`${name}\``).join(', ')}`,
    })
  return { agent, goal }
}
