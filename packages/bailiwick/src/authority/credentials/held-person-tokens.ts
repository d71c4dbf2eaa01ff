import type { Session } from '../../model/session.ts'
import type { PersonToken, PersonTokens } from './person-tokens.ts'

/** What people signed in with, in the memory of the process that opened their sessions. */
export class HeldPersonTokens implements PersonTokens {
  readonly #held = new Map<string, PersonToken>()

  /** @param token what the session's person has proved themselves with */
  hold(session: Session, token: PersonToken): void {
    this.#held.set(session.id, token)
  }

  of(session: Session): Promise<PersonToken | null> {
    return Promise.resolve(this.#held.get(session.id) ?? null)
  }
}
