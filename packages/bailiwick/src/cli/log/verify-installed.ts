import { join } from 'node:path'
import type { LedgerKeys } from '../../ledger/ledger-keys.ts'
import type { LedgerStore } from '../../ledger/ledger-store.ts'
import { verifyLedger } from '../../ledger/verify-ledger.ts'
import type { LedgerReport, VerifyOptions } from '../../ledger/verify-ledger.ts'
import { RangeWorkers } from './range-workers.ts'

/** Checks the whole ledger of a state folder: a large one on as many cores as there are. */
export async function verifyInstalled(
  folder: string,
  store: LedgerStore,
  keys: LedgerKeys,
  onProgress: VerifyOptions['onProgress'] = () => {},
): Promise<LedgerReport> {
  const width = RangeWorkers.widthFor(await store.size())
  if (width === 1) return verifyLedger(store, keys, { onProgress })
  const workers = new RangeWorkers(width, { database: join(folder, 'bailiwick.db'), keys: join(folder, 'keys') })
  try {
    return await verifyLedger(store, keys, { onProgress, width, check: (range) => workers.check(range) })
  } finally {
    await workers.close()
  }
}
