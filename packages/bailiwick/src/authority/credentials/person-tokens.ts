import type { Session } from '../../model/session.ts'
import type { SignIn } from '../ended-sign-ins.ts'

/** What a person signed in with: a token of their provider, to be exchanged for others and shown to nobody else. */
export interface PersonToken {
  readonly value: string
  readonly type: 'id_token' | 'access_token'
  /** Milliseconds since 1970. */
  readonly expires: number
  /** Absent for a token of which nobody could say that it counts no longer. */
  readonly signIn?: SignIn
}

/** Has what the people of sessions signed in with. */
export interface PersonTokens {
  /** The token of the session's person; null where there is none any more, or never was. */
  of(session: Session): Promise<PersonToken | 'expired' | null>
}

/** Where nobody keeps such tokens. */
export const noPersonTokens: PersonTokens = { of: () => Promise.resolve(null) }
