import { consistencyProof } from './consistency.ts'
import { TlogError } from './error.ts'
import { HASH_SIZE, type Sha256 } from './hash.ts'
import { inclusionProof } from './inclusion.ts'
import { assertSize } from './size.ts'
import type { NodeReader } from './subtree.ts'
import { hashInTile, placeInTile, TILE_WIDTH } from './tile.ts'
import { tileWidth } from './tile-path.ts'
import { readEntryBundle, readTile } from './tile-reading.ts'
import type { TileSource } from './tile-store.ts'
import { rootHash } from './tree.ts'

/** 2 MiB of hashes at most. */
const DEFAULT_CACHED_TILES = 128

interface CachedTile {
  readonly hashes: readonly Uint8Array[]
  /** The hashes above these that were computed. */
  readonly known: Map<string, Uint8Array>
}

/**
 * Computes proofs and roots over the tiles of a log (C2SP tlog-tiles) and remembers the tiles last used. What the source
 * gives is not verified here: proofs are worth what `verifyInclusion` and `verifyConsistency` say of them. A size must be
 * one that the log has published a head for. Methods throw `TlogError` `missing_tile` or `bad_tile`, `RangeError` for
 * sizes and indexes, and reject as the source does.
 */
export class TileReader {
  readonly #sha256: Sha256
  readonly #source: TileSource
  readonly #cachedTiles: number
  /** By level and index, the tile last used at the end. */
  readonly #cache = new Map<string, CachedTile>()

  constructor(sha256: Sha256, source: TileSource, cachedTiles: number = DEFAULT_CACHED_TILES) {
    assertSize('the number of cached tiles', cachedTiles)
    this.#sha256 = sha256
    this.#source = source
    this.#cachedTiles = cachedTiles
  }

  /**
   * What `use` makes of the nodes of the tree of `size` leaves. It is called twice, first with hashes of zeros to see
   * which tiles it needs, and must ask for the same nodes whatever the hashes are, as every function here does.
   */
  async nodes<T>(size: number, use: (nodes: NodeReader) => T): Promise<T> {
    assertSize('the tree size', size)
    const wanted = new Map<string, readonly [level: number, index: number]>()
    const zeros = new Uint8Array(HASH_SIZE)
    use({
      node: (level, index) => {
        const { tileLevel, tileIndex } = placeInTile(level, index)
        wanted.set(`${tileLevel}/${tileIndex}`, [tileLevel, tileIndex])
        return zeros
      },
    })
    const read = [...wanted].map(async ([key, [level, index]]) => [key, await this.#tile(key, level, index, size)] as const)
    const tiles = new Map(await Promise.all(read))
    return use({
      node: (level, index) => {
        const { tileLevel, tileIndex, start, end } = placeInTile(level, index)
        const tile = tiles.get(`${tileLevel}/${tileIndex}`)
        if (tile !== undefined && tile !== null && end <= tileWidth(tileLevel, tileIndex, size)) {
          return hashInTile(this.#sha256, tile.hashes, start, end, tile.known)
        }
        throw new TlogError(
          'missing_node',
          `node ${index} of level ${level} is not complete at size ${size}, or was not asked for at first`,
        )
      },
    })
  }

  /** As the function `inclusionProof`. */
  async inclusionProof(index: number, size: number): Promise<Uint8Array[]> {
    return this.nodes(size, (nodes) => inclusionProof(this.#sha256, index, size, nodes))
  }

  /** As the function `consistencyProof`. */
  async consistencyProof(first: number, second: number): Promise<Uint8Array[]> {
    return this.nodes(second, (nodes) => consistencyProof(this.#sha256, first, second, nodes))
  }

  /** As the function `rootHash`. */
  async rootHash(size: number): Promise<Uint8Array> {
    return this.nodes(size, (nodes) => rootHash(this.#sha256, size, nodes))
  }

  /** Entry `index` of the tree of `size` leaves. */
  async entry(index: number, size: number): Promise<Uint8Array> {
    assertSize('the tree size', size, 1)
    assertSize('the entry index', index, 0, size - 1)
    const bundle = Math.floor(index / TILE_WIDTH)
    const entries = await readEntryBundle(this.#source, bundle, tileWidth('entries', bundle, size))
    return entries[index % TILE_WIDTH]!
  }

  async #tile(key: string, level: number, index: number, size: number): Promise<CachedTile | null> {
    const width = tileWidth(level, index, size)
    if (width === 0) return null
    const cached = this.#cache.get(key)
    const enough = cached !== undefined && cached.hashes.length >= width
    const tile = enough ? cached : { hashes: await readTile(this.#source, level, index, width), known: new Map<string, Uint8Array>() }
    this.#cache.delete(key)
    this.#cache.set(key, tile)
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size <= this.#cachedTiles) break
      this.#cache.delete(oldest)
    }
    return tile
  }
}
