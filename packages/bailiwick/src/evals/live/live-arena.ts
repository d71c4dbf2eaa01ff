import type { Runtime } from '../../enforce/runtime.ts'
import type { Session } from '../../model/session.ts'

/** A real gateway's inside on an empty ledger of its own, for what cannot be tried in memory. Wired together in `cli/`. */
export interface LiveArena {
  readonly runtime: Runtime
  /** A genuine token for a session, `lifetime` in milliseconds; one that has expired already when it is negative. */
  readonly token: (session: Session, lifetime: number) => Promise<string>
  /** A person approves. */
  readonly approve: (approval: string) => Promise<void>
}
