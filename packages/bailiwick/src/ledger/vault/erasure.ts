import { commitmentsOf } from '../commitments-of.ts'
import type { Ledger } from '../ledger.ts'
import type { LedgerStore } from '../ledger-store.ts'
import { entryAt } from '../past-reader.ts'

export interface Erasure {
  readonly session: string
  /** Who wants it: a user of the command line, or `retention`. */
  readonly by: string
  readonly reason: string
}

/**
 * Erases what a session's entries commit to: request, arguments and results. First the erasure is recorded, then the keys are destroyed; entries, tree
 * and proofs stay as they are. Resolves with the number of payloads that there were; done again, it completes one that was cut off.
 */
export async function eraseSession(ledger: Ledger, store: LedgerStore, { session, by, reason }: Erasure): Promise<number> {
  const hashes: string[] = []
  const indices = await store.indicesOf(session)
  for (const index of indices) {
    const entry = await entryAt(store, index)
    if (entry !== null) hashes.push(...commitmentsOf(entry).map(([, { hash }]) => hash))
  }
  await ledger.append({ type: 'erasure', session, by, reason })
  return store.erase(session, indices, hashes)
}
