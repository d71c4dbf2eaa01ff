import { appendTiles, rootHash, TlogError } from '@bailiwick/tlog'
import type { TileStore, TreeState } from '@bailiwick/tlog'
import { BailiwickError } from '../model/bailiwick-error.ts'
import type { LedgerKeys } from './ledger-keys.ts'
import type { LedgerStore } from './ledger-store.ts'
import { LedgerTiles } from './ledger-tiles.ts'
import { nodeSha256 } from './node-sha256.ts'

/** Entries of one step. */
const step = 4096

/** What is published, and from where. */
export interface Publication {
  readonly store: LedgerStore
  readonly keys: LedgerKeys
  readonly tiles: TileStore
  /** Whether entries are published too, and not their hashes alone. */
  readonly entries: boolean
}

/**
 * Brings a copy of the ledger as tiles (C2SP tlog-tiles) up to its newest signed head, which is written last. Resolves with the size that the copy has.
 * @throws BailiwickError `LEDGER_CORRUPT` when the ledger does not continue what was published
 */
export async function publishTiles({ store, keys, tiles, entries }: Publication): Promise<number> {
  const head = await store.head()
  const before = await published(tiles, keys)
  if (head === null || head.size === before.size) {
    await assertSame(store, before)
    return before.size
  }
  if (head.size < before.size)
    throw disowned(
      `${before.size} entries of the ledger were published, and its newest signed head covers ${head.size}: its end was taken away since`,
    )
  const { root } = await keys.open(head.note)
  await assertSame(store, before)
  const target = entries ? tiles : withoutEntries(tiles, store)
  let state = before
  try {
    while (state.size < head.size)
      state = await appendTiles(nodeSha256, target, state, await store.entries(state.size, Math.min(step, head.size - state.size)))
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    throw disowned(`the copy cannot be continued: ${error.message}`)
  }
  if (Buffer.compare(state.root, root) !== 0) throw disowned('the entries do not fit the head that was signed over them')
  await tiles.write('checkpoint', Buffer.from(head.note))
  return state.size
}

/** The tree that was published so far; the empty one at first. */
async function published(tiles: TileStore, keys: LedgerKeys): Promise<TreeState> {
  const note = await tiles.read('checkpoint')
  if (note === null) return { size: 0, root: rootHash(nodeSha256, 0, noNodes) }
  try {
    return await keys.open(Buffer.from(note).toString('utf8'))
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    throw disowned(`what was published is no copy of this ledger: ${error.message}`)
  }
}

/** The ledger's tree at the size that was published must be the one that was. */
async function assertSame(store: LedgerStore, { size, root }: TreeState): Promise<void> {
  if (size > (await store.size()))
    throw disowned(`${size} entries of the ledger were published, and there are ${await store.size()}: its end was taken away since`)
  if (Buffer.compare(rootHash(nodeSha256, size, store.nodes()), root) !== 0)
    throw disowned(`the first ${size} entries of the ledger are not those that were published: it was rewritten since`)
}

function disowned(problem: string): BailiwickError {
  return new BailiwickError('LEDGER_CORRUPT', problem, {
    mend: 'keep both as they are; `bailiwick log verify` tells whether the ledger is sound. A new copy needs an empty folder',
  })
}

const noNodes = {
  node: (): never => {
    throw new RangeError('an empty tree has no nodes')
  },
}

/** Hashes alone are kept; what an entry bundle at the edge held is looked up in the ledger. */
function withoutEntries(tiles: TileStore, store: LedgerStore): TileStore {
  const ledger = new LedgerTiles(store)
  const isBundle = (path: string): boolean => path.startsWith('tile/entries/')
  return {
    read: (path) => (isBundle(path) ? ledger.read(path) : tiles.read(path)),
    write: async (path, bytes) => {
      if (!isBundle(path)) await tiles.write(path, bytes)
    },
  }
}
