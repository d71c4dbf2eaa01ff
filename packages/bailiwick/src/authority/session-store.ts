import type { Session, SessionState } from '../model/session.ts'

/** What sessions ask of a store. */
export interface SessionStore {
  /** False when there is a session of this id already, which stays as it is. */
  save(session: Session): Promise<boolean>
  find(id: string): Promise<Session | null>
  list(limit: number): Promise<readonly Session[]>
  /** The sessions that were delegated from one, and from those, each after the one that it was delegated from. */
  descendants(id: string): Promise<readonly { readonly id: string; readonly parent: string }[]>
  /** Changes the state if it is one of `from`; false when it was not. */
  change(id: string, from: readonly SessionState[], to: SessionState): Promise<boolean>
  /** Drops the person's own words, which are kept nowhere else in the clear. */
  forgetRequest(id: string): Promise<void>
  /** The state as it is now, whichever process set it; null for an unknown session. Asked for on every call. */
  state(id: string): Promise<SessionState | null>
}
