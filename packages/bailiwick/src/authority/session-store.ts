import type { Session, SessionState } from '../model/session.ts'

/** What sessions ask of a store. */
export interface SessionStore {
  save(session: Session): Promise<void>
  find(id: string): Promise<Session | null>
  list(limit: number): Promise<readonly Session[]>
  /** Changes the state if it is one of `from`; false when it was not. */
  change(id: string, from: readonly SessionState[], to: SessionState): Promise<boolean>
  /** A number that differs whenever another process may have changed a session since it was last asked for. Cheap enough to ask on every call. */
  version(): number
}
