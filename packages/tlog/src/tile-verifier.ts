import { equalBytes } from './bytes.ts'
import { TlogError } from './error.ts'
import { assertHash, leafHash, type Sha256 } from './hash.ts'
import { assertSize } from './size.ts'
import { TileBuilder, type BuiltTile } from './tile-builder.ts'
import { TILE_WIDTH } from './tile.ts'
import { tilePath, tileWidth } from './tile-path.ts'
import { readEntryBundle, readTile } from './tile-reading.ts'
import type { TileSource } from './tile-store.ts'
import type { TreeState } from './tile-writer.ts'

/** What was read to verify a tiled log. */
export interface VerifiedTiles {
  readonly entries: number
  readonly tiles: number
}

/**
 * Verifies everything that a tiled log (C2SP tlog-tiles) stores for a tree against its head, which must come from a
 * verified checkpoint: computes every hash from the entries, compares it with the hash tiles, and the root with that of
 * the head. Keeps one bundle and one tile a level in memory. `onEntry` is given each entry in order, before the root is
 * known to be right: what it makes of them must not count until this resolves.
 *
 * Throws `TlogError` `missing_tile`, `bad_tile` or `wrong_root`; rejects as the source or `onEntry` does.
 */
export async function verifyTiles(
  sha256: Sha256,
  source: TileSource,
  { size, root }: TreeState,
  onEntry?: (entry: Uint8Array, index: number) => void | Promise<void>,
): Promise<VerifiedTiles> {
  assertSize('the tree size', size)
  assertHash('the root hash', root)
  const builder = new TileBuilder(sha256)
  let tiles = 0
  const compare = async (built: readonly BuiltTile[]): Promise<void> => {
    for (const tile of built) await compareTile(source, tile)
    tiles += built.length
  }
  for (let index = 0; builder.size < size; index++) {
    for (const entry of await readEntryBundle(source, index, tileWidth('entries', index, size))) {
      await onEntry?.(entry, builder.size)
      builder.add(leafHash(sha256, entry))
    }
    await compare(builder.takeFull())
  }
  await compare(builder.partial())
  if (equalBytes(builder.root(), root)) return { entries: size, tiles }
  throw new TlogError('wrong_root', `the ${size} entries have another root hash than the head says`)
}

async function compareTile(source: TileSource, { level, index, hashes }: BuiltTile): Promise<void> {
  const stored = await readTile(source, level, index, hashes.length)
  const at = hashes.findIndex((hash, i) => !equalBytes(hash, stored[i]!))
  if (at === -1) return
  const path = tilePath({ level, index, width: hashes.length })
  const first = (index * TILE_WIDTH + at) * TILE_WIDTH ** level
  throw new TlogError('bad_tile', `\`${path}\`: hash ${at} is not that of the stored entries from ${first} on`)
}
