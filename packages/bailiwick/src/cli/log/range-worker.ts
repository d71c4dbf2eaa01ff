import { parentPort, workerData } from 'node:worker_threads'
import { checkRange } from '../../ledger/check-range.ts'
import type { CheckedRange, Range } from '../../ledger/check-range.ts'
import { PayloadCipher } from '../../ledger/vault/payload-cipher.ts'
import { SqliteDatabase } from '../../storage/sqlite/sqlite-database.ts'
import { SqliteLedgerStore } from '../../storage/sqlite/sqlite-ledger-store.ts'
import { vaultMasterKey } from '../vault-master-key.ts'

/** What a worker is started with. */
export interface WorkerSetting {
  readonly database: string
  readonly keys: string
}

/** What a worker answers to a range. */
export type WorkerAnswer = { readonly checked: CheckedRange } | { readonly fault: unknown }

// The inside of a worker thread: it checks one range after the other on a connection of its own.
const port = parentPort
if (port !== null) {
  const { database, keys } = workerData as WorkerSetting
  const store = new SqliteLedgerStore(new SqliteDatabase(database), new PayloadCipher(vaultMasterKey(keys), Date.now))
  port.on('message', (range: Range) => {
    const answer = (message: WorkerAnswer): void => port.postMessage(message)
    checkRange(store, range).then(
      (checked) => answer({ checked }),
      (fault: unknown) => answer({ fault }),
    )
  })
}
