import { Credentials } from '../../src/authority/credentials/credentials.ts'
import { Revocations } from '../../src/authority/revocations.ts'
import { Sessions } from '../../src/authority/sessions.ts'
import { Pasts } from '../../src/enforce/facts/pasts.ts'
import { RulesetInForce } from '../../src/enforce/ruleset-in-force.ts'
import type { Runtime } from '../../src/enforce/runtime.ts'
import { SessionFamilies } from '../../src/enforce/session-families.ts'
import type { Ruleset } from '../../src/model/ruleset.ts'
import { Approvals } from '../../src/oversight/approvals.ts'
import { SqliteApprovalStore } from '../../src/storage/sqlite/sqlite-approval-store.ts'
import { SqliteRevocationStore } from '../../src/storage/sqlite/sqlite-revocation-store.ts'
import { SqliteSessionStore } from '../../src/storage/sqlite/sqlite-session-store.ts'
import type { ScratchLedger } from '../ledger/scratch-ledger.ts'

/** What a process works with over a scratch ledger; tokens are not among it. What would be reported is thrown. */
export function scratchRuntime(
  ruleset: Ruleset,
  scratch: ScratchLedger,
  {
    clock,
    approverKey = '',
    instance = 'gateway-1',
  }: { readonly clock: () => number; readonly approverKey?: string; readonly instance?: string },
): Runtime & { readonly rules: RulesetInForce; readonly approvals: Approvals; readonly revocations: Revocations } {
  const { ledger, store, database } = scratch.open(instance, clock)
  const sessionStore = new SqliteSessionStore(database)
  return {
    rules: new RulesetInForce(ruleset),
    ledger,
    ledgerStore: store,
    authority: null as never,
    credentials: new Credentials({ clock }),
    sessions: new Sessions(sessionStore, ledger, clock),
    sessionStore,
    revocations: new Revocations(new SqliteRevocationStore(database), ledger, clock),
    approvals: new Approvals({ store: new SqliteApprovalStore(database), ledger, clock, approverKey }),
    pasts: new Pasts({ ledger, store, descendants: (id) => sessionStore.descendants(id), clock }),
    families: new SessionFamilies({ ledger, ledgerStore: store, sessionStore }),
    clock,
    report: (line) => {
      throw new Error(line)
    },
  }
}
