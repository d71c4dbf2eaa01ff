import type { Runtime } from '../../enforce/runtime.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { Session } from '../../model/session.ts'

/** A real gateway's inside on an empty ledger of its own, for what cannot be tried in memory. Wired together in `cli/`. */
export interface LiveArena {
  readonly runtime: Runtime
  /** A genuine token for a session, `lifetime` in milliseconds; one that has expired already when it is negative. */
  readonly token: (session: Session, lifetime: number) => Promise<string>
  /** A person answers. */
  readonly answer: (approval: string, answer: 'approved' | 'denied') => Promise<void>
}

/** What an arena is opened with. */
interface ArenaRules {
  readonly ruleset?: Ruleset
  /** Milliseconds since 1970; the machine's clock when absent. */
  readonly clock?: () => number
}

/** Opens an arena, works in it, and leaves nothing of it behind. */
export type OpenArena = <T>(rules: ArenaRules, work: (arena: LiveArena) => Promise<T>) => Promise<T>
