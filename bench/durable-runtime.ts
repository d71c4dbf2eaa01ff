import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ed25519Signer } from '@bailiwick/tlog'
import { Revocations } from '../packages/bailiwick/src/authority/revocations.ts'
import { Pasts } from '../packages/bailiwick/src/enforce/facts/pasts.ts'
import { RulesetInForce } from '../packages/bailiwick/src/enforce/ruleset-in-force.ts'
import { SessionFamilies } from '../packages/bailiwick/src/enforce/session-families.ts'
import type { Runtime } from '../packages/bailiwick/src/enforce/runtime.ts'
import { localMasterKey } from '../packages/bailiwick/src/ledger/vault/master-key.ts'
import { PayloadCipher } from '../packages/bailiwick/src/ledger/vault/payload-cipher.ts'
import { Ledger } from '../packages/bailiwick/src/ledger/ledger.ts'
import type { Ruleset } from '../packages/bailiwick/src/model/ruleset.ts'
import { SqliteDatabase } from '../packages/bailiwick/src/storage/sqlite/sqlite-database.ts'
import { SqliteLedgerStore } from '../packages/bailiwick/src/storage/sqlite/sqlite-ledger-store.ts'
import { SqliteRevocationStore } from '../packages/bailiwick/src/storage/sqlite/sqlite-revocation-store.ts'
import { SqliteSessionStore } from '../packages/bailiwick/src/storage/sqlite/sqlite-session-store.ts'

/** What a gateway decides with, over a ledger on this machine's disk that is gone afterwards. */
export async function durableRuntime(
  ruleset: Ruleset,
): Promise<{ readonly runtime: Runtime; readonly folder: string; readonly close: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-bench-'))
  const database = new SqliteDatabase(join(folder, 'bailiwick.db'))
  const ledgerStore = new SqliteLedgerStore(database, new PayloadCipher(localMasterKey(new Uint8Array(32)), Date.now))
  const clock = Date.now
  const ledger = new Ledger({
    store: ledgerStore,
    signer: () => ed25519Signer('bench.example/ledger', new Uint8Array(32)),
    instance: 'bench',
    clock,
    onFault: (error) => {
      throw error
    },
  })
  const sessionStore = new SqliteSessionStore(database)
  const decidedWith: Omit<Runtime, 'authority' | 'credentials' | 'sessions' | 'approvals'> = {
    rules: new RulesetInForce(ruleset),
    ledger,
    ledgerStore,
    sessionStore,
    revocations: new Revocations(new SqliteRevocationStore(database), ledger, clock),
    pasts: new Pasts({ ledger, store: ledgerStore, descendants: (id) => sessionStore.descendants(id), clock }),
    families: new SessionFamilies({ ledger, ledgerStore, sessionStore }),
    clock,
    report: () => {},
  }
  // What tokens are made and approvals asked with has no part in what is measured.
  const runtime = decidedWith as Runtime
  return {
    runtime,
    folder,
    close: async () => {
      await ledger.close()
      database.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What the disk itself takes to make one page durable, in milliseconds. */
export function fsyncTimes(folder: string, count: number): number[] {
  const path = join(folder, 'fsync')
  writeFileSync(path, '')
  const file = openSync(path, 'a')
  const page = Buffer.alloc(4096)
  const samples = Array.from({ length: count }, () => {
    const start = performance.now()
    writeSync(file, page)
    fdatasyncSync(file)
    return performance.now() - start
  })
  closeSync(file)
  return samples
}
