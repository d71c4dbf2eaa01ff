import { TlogError } from './error.ts'
import { assertHash, HASH_SIZE, nodeHash, type Sha256 } from './hash.ts'
import { assertSize } from './size.ts'

/** Hashes in a full tile, and entries in a full bundle (C2SP tlog-tiles). */
export const TILE_WIDTH = 256

/** Levels of the tree from one level of tiles to the next: 2^8 is 256. */
const TILE_HEIGHT = 8

/** The bytes of a tile: its hashes, one after the other. Throws `RangeError` unless it is 1 to 256 hashes. */
export function formatTile(hashes: readonly Uint8Array[]): Uint8Array {
  assertSize('the number of hashes in a tile', hashes.length, 1, TILE_WIDTH)
  const bytes = new Uint8Array(hashes.length * HASH_SIZE)
  hashes.forEach((hash, i) => {
    assertHash(`hash ${i} of the tile`, hash)
    bytes.set(hash, i * HASH_SIZE)
  })
  return bytes
}

/** The hashes of a tile of the width. Throws `TlogError` `bad_tile` if there are more or fewer bytes. */
export function parseTile(bytes: Uint8Array, width: number): Uint8Array[] {
  assertSize('the tile width', width, 1, TILE_WIDTH)
  if (bytes.length !== width * HASH_SIZE) {
    throw new TlogError('bad_tile', `a tile of ${width} hashes has ${width * HASH_SIZE} bytes, got \`${bytes.length}\``)
  }
  return Array.from({ length: width }, (_, i) => bytes.slice(i * HASH_SIZE, (i + 1) * HASH_SIZE))
}

/**
 * The hash over `hashes[start]` up to, not including, `hashes[end]`, whose number is a power of two. `known` remembers
 * what was computed of these hashes.
 */
export function hashInTile(
  sha256: Sha256,
  hashes: readonly Uint8Array[],
  start: number,
  end: number,
  known?: Map<string, Uint8Array>,
): Uint8Array {
  if (end - start === 1) return hashes[start]!
  const place = `${start}-${end}`
  const before = known?.get(place)
  if (before !== undefined) return before
  const middle = (start + end) / 2
  const hash = nodeHash(sha256, hashInTile(sha256, hashes, start, middle, known), hashInTile(sha256, hashes, middle, end, known))
  known?.set(place, hash)
  return hash
}

/** Where the hashes over node (level, index) of the tree are: tile (tileLevel, tileIndex), from `start` to before `end`. */
export function placeInTile(level: number, index: number): { tileLevel: number; tileIndex: number; start: number; end: number } {
  const tileLevel = Math.floor(level / TILE_HEIGHT)
  const hashes = 2 ** (level % TILE_HEIGHT)
  const tileIndex = Math.floor(index / (TILE_WIDTH / hashes))
  const start = (index % (TILE_WIDTH / hashes)) * hashes
  return { tileLevel, tileIndex, start, end: start + hashes }
}
