import { formatEntryBundle, formatTile, parseTilePath, TlogError, tileWidth } from '@bailiwick/tlog'
import type { TilePlace, TileSource } from '@bailiwick/tlog'
import { BailiwickError } from '../model/bailiwick-error.ts'
import type { LedgerStore } from './ledger-store.ts'

const tileWidthMost = 256
const treeLevelsOfTile = 8

/** The ledger up to its newest signed head as a tiled log (C2SP tlog-tiles), read from the store as it is asked for. */
export class LedgerTiles implements TileSource {
  readonly #store: LedgerStore

  constructor(store: LedgerStore) {
    this.#store = store
  }

  /**
   * The newest head at `checkpoint`, tiles of hashes and bundles of entries under it; null for whatever else.
   * @throws BailiwickError `LEDGER_CORRUPT` when what a head covers is not there
   */
  async read(path: string): Promise<Uint8Array | null> {
    const head = await this.#store.head()
    if (head === null) return null
    if (path === 'checkpoint') return Buffer.from(head.note)
    const place = placeOf(path)
    if (place === null || place.width > tileWidth(place.level, place.index, head.size)) return null
    const { level, index, width } = place
    const first = index * tileWidthMost
    if (level === 'entries') return formatEntryBundle(whole(path, await this.#store.entries(first, width), width))
    return formatTile(whole(path, this.#store.nodesFrom(level * treeLevelsOfTile, first, width), width))
  }
}

function whole(path: string, blobs: readonly Uint8Array[], width: number): readonly Uint8Array[] {
  if (blobs.length === width) return blobs
  throw new BailiwickError('LEDGER_CORRUPT', `\`${path}\` is not whole: ${width - blobs.length} of ${width} are missing from the store`, {
    mend: 'restore the store from a copy; `bailiwick log verify` tells how far it is sound',
  })
}

function placeOf(path: string): TilePlace | null {
  try {
    return parseTilePath(path)
  } catch (error) {
    if (error instanceof TlogError) return null
    throw error
  }
}
