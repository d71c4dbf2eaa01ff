import { rootHash, TlogError } from '@bailiwick/tlog'
import type { NodeReader } from '@bailiwick/tlog'
import type { LedgerKeys } from './ledger-keys.ts'
import type { LedgerStore } from './ledger-store.ts'
import { nodeSha256 } from './node-sha256.ts'

export interface HeadFinding {
  /** Entries that the newest signed head covers; 0 when none was signed. */
  readonly signed: number
  /** Why the tree does not fit that head; null when it does. */
  readonly problem: string | null
}

/** Compares a tree of `entries` leaves with the newest head that was signed over it; give the head where others may sign later ones over entries to come. */
export async function checkSignedHead(
  store: LedgerStore,
  keys: LedgerKeys,
  nodes: NodeReader,
  entries: number,
  newest?: Awaited<ReturnType<LedgerStore['head']>>,
): Promise<HeadFinding> {
  const head = newest === undefined ? await store.head() : newest
  if (head === null) return { signed: 0, problem: null }
  try {
    const { size, root } = await keys.open(head.note)
    if (size !== head.size) return { signed: 0, problem: `the signed head over ${size} entries is kept as one over ${head.size}` }
    if (size > entries)
      return { signed: size, problem: `the signed head covers ${size} entries, but there are ${entries}: the end of the ledger is missing` }
    const fits = Buffer.compare(root, rootHash(nodeSha256, size, nodes)) === 0
    return { signed: size, problem: fits ? null : `the entries do not fit the head that was signed over the first ${size}` }
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    return { signed: 0, problem: `the signed head is not genuine: ${error.message}` }
  }
}
