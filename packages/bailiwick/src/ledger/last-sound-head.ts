import { rootHash, TlogError } from '@bailiwick/tlog'
import { rangeSize } from './check-range.ts'
import type { CheckedRange } from './check-range.ts'
import type { LedgerKeys } from './ledger-keys.ts'
import type { LedgerStore } from './ledger-store.ts'
import type { LedgerTree } from './ledger-tree.ts'
import { nodeSha256 } from './node-sha256.ts'

/** Where to look for the head. */
export interface Search {
  readonly store: LedgerStore
  readonly keys: LedgerKeys
  /** The tree over the entries as they are. */
  readonly tree: LedgerTree
  /** Checks the range that begins at an entry, for all its nodes. */
  readonly range: (from: number) => Promise<CheckedRange>
}

/**
 * The size of the greatest signed head below `size` that the entries still fit: what does not fit the later ones came into them after that many. 0 when
 * there is none.
 */
export async function lastSoundHead(search: Search, size: number): Promise<number> {
  let sound = 0
  let broken = size
  // Steps that double, then halves: a head fits exactly when every smaller one does.
  for (let step = 1; ; step *= 2) {
    const at = await headAt(search, Math.max(0, broken - step))
    if (at === null) break
    if (at.fits) {
      sound = at.size
      break
    }
    broken = at.size
  }
  while (broken - sound > 1) {
    const at = await headAt(search, Math.floor((sound + broken) / 2))
    if (at === null || at.size <= sound) {
      const above = await headAt(search, broken - 1)
      if (above === null || above.size <= sound) return sound
      if (above.fits) return above.size
      broken = above.size
    } else if (at.fits) sound = at.size
    else broken = at.size
  }
  return sound
}

async function headAt(
  { store, keys, tree, range }: Search,
  size: number,
): Promise<{ readonly size: number; readonly fits: boolean } | null> {
  const head = await store.headUpTo(size)
  if (head === null || head.size === 0) return null
  try {
    const opened = await keys.open(head.note)
    const from = Math.floor(opened.size / rangeSize) * rangeSize
    if (from < opened.size) tree.put((await range(from)).nodes)
    return {
      size: head.size,
      fits: opened.size === head.size && Buffer.compare(opened.root, rootHash(nodeSha256, opened.size, tree)) === 0,
    }
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    return { size: head.size, fits: false }
  }
}
