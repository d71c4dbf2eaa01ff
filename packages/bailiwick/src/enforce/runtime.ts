import type { Authority } from '../authority/authority.ts'
import type { Credentials } from '../authority/credentials/credentials.ts'
import type { Revocations } from '../authority/revocations.ts'
import type { SessionStore } from '../authority/session-store.ts'
import type { Sessions } from '../authority/sessions.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { LedgerStore } from '../ledger/ledger-store.ts'
import type { Approvals } from '../oversight/approvals.ts'
import type { Pasts } from './facts/pasts.ts'
import type { RulesetInForce } from './ruleset-in-force.ts'
import type { SessionFamilies } from './session-families.ts'

/** What every enforcement point works with. Wired together in `cli/`. */
export interface Runtime {
  readonly rules: RulesetInForce
  readonly ledger: Ledger
  readonly ledgerStore: LedgerStore
  readonly authority: Authority
  readonly credentials: Credentials
  readonly sessions: Sessions
  readonly sessionStore: SessionStore
  readonly revocations: Pick<Revocations, 'first' | 'revoke'>
  readonly approvals: Pick<Approvals, 'ask' | 'given' | 'find' | 'use'>
  readonly pasts: Pasts
  readonly families: SessionFamilies
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Told what an operator should know and no agent should see: one line each. */
  readonly report: (line: string) => void
}
