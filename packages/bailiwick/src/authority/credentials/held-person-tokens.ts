import type { Session } from '../../model/session.ts'
import type { Revocations } from '../revocations.ts'
import { sessionChain } from '../session-chain.ts'
import type { Sessions } from '../sessions.ts'
import type { PersonToken, PersonTokens } from './person-tokens.ts'

export interface HeldPersonTokensOptions {
  readonly sessions: Pick<Sessions, 'find'>
  readonly revocations: Pick<Revocations, 'first'>
  /** Whether anything is lent on behalf of people; nothing is kept otherwise. */
  readonly wanted: () => boolean
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/**
 * What people signed in with, in the memory of the process that was shown it and nowhere else. It is let go when it expires, when its
 * provider has ended the sign-in, and when its session ends or is cut off for good. A session that was delegated goes by what the session at the root of its family was opened with: the person is the same, and what an
 * agent may do on their behalf was narrowed with the delegation, not who they are.
 */
export class HeldPersonTokens implements PersonTokens {
  readonly #options: HeldPersonTokensOptions
  /** By the session at the root of a family. */
  readonly #held = new Map<string, PersonToken | 'expired'>()

  constructor(options: HeldPersonTokensOptions) {
    this.#options = options
  }

  /**
   * Keeps what the session's person has proved themselves with, in the place of what expires earlier. What is shown for a delegated session is not kept.
   * @param token of the very person that the session is on behalf of
   */
  hold(session: Pick<Session, 'id' | 'delegation'>, token: PersonToken): void {
    const held = this.#held.get(session.id) ?? 'expired'
    if (!this.#options.wanted() || session.delegation !== undefined) return
    if (held === 'expired' || held.expires < token.expires) this.#held.set(session.id, token)
  }

  async of(session: Session): Promise<PersonToken | 'expired' | null> {
    const [root = session] = await sessionChain(this.#options.sessions, session.id)
    await this.#letGo(root)
    return this.#held.get(root.id) ?? null
  }

  /** Lets go of what nobody may be lent anything for any more; to be called again and again. */
  async sweep(): Promise<void> {
    for (const id of this.#held.keys()) await this.#letGo(await this.#options.sessions.find(id))
  }

  async #letGo({ id, state, lineage = [] }: Session): Promise<void> {
    const held = this.#held.get(id)
    if (held === undefined) return
    const { revocations, clock } = this.#options
    // Agents, goals and everything may be given back, and the sessions with them.
    const over = (state !== 'active' && state !== 'paused') || (await revocations.first([...lineage, { kind: 'session', id }])) !== null
    if (over || (held !== 'expired' && held.signIn !== undefined && !(await held.signIn.counts()))) this.#held.delete(id)
    else if (held !== 'expired' && held.expires <= clock()) this.#held.set(id, 'expired')
  }
}
