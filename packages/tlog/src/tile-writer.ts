import { equalBytes } from './bytes.ts'
import { assertEntry, formatEntryBundle } from './entry-bundle.ts'
import { TlogError } from './error.ts'
import { assertHash, leafHash, type Sha256 } from './hash.ts'
import { assertSize } from './size.ts'
import { TileBuilder, type BuiltTile } from './tile-builder.ts'
import { formatTile, TILE_WIDTH } from './tile.ts'
import { tilePath, tileWidth } from './tile-path.ts'
import { readEntryBundle, readTile } from './tile-reading.ts'
import type { TileStore } from './tile-store.ts'

/** How many tiles are written at a time. */
const PARALLEL_WRITES = 16

/** The size of a tree and its root hash, 32 bytes. */
export interface TreeState {
  readonly size: number
  readonly root: Uint8Array
}

/**
 * Appends entries to a tiled log (C2SP tlog-tiles): writes the hash tiles and entry bundles that the tree `before` does
 * not have, and resolves to the tree after. Full tiles are written once. What is stored of the tree `before` at its
 * right edge must have its root, so that a damaged store is not built upon.
 *
 * One append at a time. Nothing refers to the new tiles until the caller signs and publishes the new head, last of all;
 * if it never comes to that, the same append, or another one to the same tree, writes over them.
 *
 * Throws, before anything is written: `RangeError` for sizes, `TlogError` `bad_entry`, `missing_tile`, `bad_tile`,
 * `wrong_root`. Rejects as the store does.
 */
export async function appendTiles(sha256: Sha256, store: TileStore, before: TreeState, entries: readonly Uint8Array[]): Promise<TreeState> {
  assertHash('the root hash', before.root)
  assertSize('the tree size', before.size)
  assertSize('the tree size after the append', before.size + entries.length)
  entries.forEach((entry, i) => assertEntry(`entry ${i} of the append`, entry))
  const builder = await openBuilder(sha256, store, before)
  let bundle = await openBundle(sha256, store, before, builder)
  if (entries.length === 0) return { size: before.size, root: builder.root() }

  const writes = new Writes(store)
  const putBundle = async (): Promise<void> => {
    const index = Math.ceil(builder.size / TILE_WIDTH) - 1
    await writes.put(tilePath({ level: 'entries', index, width: bundle.length }), formatEntryBundle(bundle))
    bundle = []
  }
  for (const entry of entries) {
    builder.add(leafHash(sha256, entry))
    bundle.push(entry)
    if (bundle.length < TILE_WIDTH) continue
    await putBundle()
    for (const tile of builder.takeFull()) await putTile(writes, tile)
  }
  if (bundle.length > 0) await putBundle()
  for (const tile of builder.partial()) {
    if (tileWidth(tile.level, tile.index, before.size) < tile.hashes.length) await putTile(writes, tile)
  }
  await writes.settle()
  return { size: builder.size, root: builder.root() }
}

async function putTile(writes: Writes, { level, index, hashes }: BuiltTile): Promise<void> {
  await writes.put(tilePath({ level, index, width: hashes.length }), formatTile(hashes))
}

/** The right edge of the tree, read from its partial tiles. */
async function openBuilder(sha256: Sha256, store: TileStore, { size, root }: TreeState): Promise<TileBuilder> {
  const open: Uint8Array[][] = []
  for (let level = 0; tileWidth(level, 0, size) > 0; level++) {
    const index = Math.floor(size / TILE_WIDTH ** (level + 1))
    const width = tileWidth(level, index, size)
    open.push(width === 0 ? [] : await readTile(store, level, index, width))
  }
  const builder = new TileBuilder(sha256, size, open)
  if (equalBytes(builder.root(), root)) return builder
  throw new TlogError(
    'wrong_root',
    `the tiles that are stored at size ${size} do not have the given root; verify the log before you append`,
  )
}

/** The entries of the last bundle if it is partial, checked against the leaves of the tree. */
async function openBundle(sha256: Sha256, store: TileStore, { size }: TreeState, builder: TileBuilder): Promise<Uint8Array[]> {
  const index = Math.floor(size / TILE_WIDTH)
  const width = tileWidth('entries', index, size)
  if (width === 0) return []
  const entries = await readEntryBundle(store, index, width)
  entries.forEach((entry, i) => {
    if (equalBytes(leafHash(sha256, entry), builder.node(0, index * TILE_WIDTH + i))) return
    const path = tilePath({ level: 'entries', index, width })
    throw new TlogError('bad_tile', `\`${path}\`: entry ${i} does not have the leaf hash that the tree has for it`)
  })
  return entries
}

/** Writes to a store, several at a time. */
class Writes {
  readonly #store: TileStore
  #pending: Promise<void>[] = []

  constructor(store: TileStore) {
    this.#store = store
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    this.#pending.push(this.#store.write(path, bytes))
    if (this.#pending.length >= PARALLEL_WRITES) await this.settle()
  }

  async settle(): Promise<void> {
    const pending = this.#pending
    this.#pending = []
    const failed = (await Promise.allSettled(pending)).find((write) => write.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }
}
