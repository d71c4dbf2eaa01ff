import { parseEntryBundle } from './entry-bundle.ts'
import { TlogError } from './error.ts'
import { parseTile, TILE_WIDTH } from './tile.ts'
import { tilePath } from './tile-path.ts'
import type { TileSource } from './tile-store.ts'

/**
 * The hashes of a tile of the given width. A partial tile that is gone is read from the full one, which a log may keep
 * in its place. Throws `TlogError` `missing_tile` or `bad_tile`. The hashes are not checked against anything.
 */
export async function readTile(source: TileSource, level: number, index: number, width: number): Promise<Uint8Array[]> {
  const path = tilePath({ level, index, width })
  const bytes = await source.read(path)
  if (bytes !== null) return at(path, () => parseTile(bytes, width))
  const full = await readFull(source, level, index, width)
  return at(path, () => parseTile(full, TILE_WIDTH)).slice(0, width)
}

/** The entries of a bundle of the given width, likewise. */
export async function readEntryBundle(source: TileSource, index: number, width: number): Promise<Uint8Array[]> {
  const path = tilePath({ level: 'entries', index, width })
  const bytes = await source.read(path)
  if (bytes !== null) return at(path, () => parseEntryBundle(bytes, width))
  const full = await readFull(source, 'entries', index, width)
  return at(path, () => parseEntryBundle(full, TILE_WIDTH)).slice(0, width)
}

async function readFull(source: TileSource, level: number | 'entries', index: number, width: number): Promise<Uint8Array> {
  const bytes = width === TILE_WIDTH ? null : await source.read(tilePath({ level, index, width: TILE_WIDTH }))
  if (bytes !== null) return bytes
  throw new TlogError('missing_tile', `\`${tilePath({ level, index, width })}\` is not stored, nor a full one in its place`)
}

/** Says at which path a malformed tile is. */
function at<T>(path: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    throw new TlogError(error.code, `\`${path}\`: ${error.message}`, { cause: error })
  }
}
