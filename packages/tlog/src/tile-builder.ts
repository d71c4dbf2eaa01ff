import type { Sha256 } from './hash.ts'
import { hashInTile, placeInTile, TILE_WIDTH } from './tile.ts'
import type { NodeReader } from './subtree.ts'
import { rootHash } from './tree.ts'

/** A tile with its hashes. */
export interface BuiltTile {
  readonly level: number
  readonly index: number
  readonly hashes: readonly Uint8Array[]
}

/**
 * Grows a tree leaf by leaf and keeps only the last tile of each level that is not full: at most 255 hashes a level.
 * `open` are those tiles at `size` leaves, by level, which the builder then owns.
 */
export class TileBuilder implements NodeReader {
  readonly #sha256: Sha256
  readonly #open: Uint8Array[][]
  #size: number
  #full: BuiltTile[] = []

  constructor(sha256: Sha256, size: number = 0, open: Uint8Array[][] = []) {
    this.#sha256 = sha256
    this.#size = size
    this.#open = open
  }

  get size(): number {
    return this.#size
  }

  /** Appends a leaf hash. */
  add(leaf: Uint8Array): void {
    this.#size++
    let hash = leaf
    for (let level = 0; ; level++) {
      const open = (this.#open[level] ??= [])
      open.push(hash)
      if (open.length < TILE_WIDTH) return
      this.#full.push({ level, index: Math.floor(this.#size / TILE_WIDTH ** (level + 1)) - 1, hashes: open })
      this.#open[level] = []
      hash = hashInTile(this.#sha256, open, 0, TILE_WIDTH)
    }
  }

  /** The tiles that became full since the last call, children first. */
  takeFull(): readonly BuiltTile[] {
    const full = this.#full
    this.#full = []
    return full
  }

  /** The partial tiles of the tree as it is, lowest first. */
  partial(): readonly BuiltTile[] {
    return this.#open.flatMap((hashes, level) => {
      const index = Math.floor(this.#size / TILE_WIDTH ** (level + 1))
      return hashes.length > 0 ? [{ level, index, hashes: hashes.slice() }] : []
    })
  }

  root(): Uint8Array {
    return rootHash(this.#sha256, this.#size, this)
  }

  /** A node on the right edge of the tree: the root is made of those alone, and they are in the partial tiles. */
  node(level: number, index: number): Uint8Array {
    const { tileLevel, start, end } = placeInTile(level, index)
    return hashInTile(this.#sha256, this.#open[tileLevel]!, start, end)
  }
}
