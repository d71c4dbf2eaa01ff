import { formatEntryBundle, formatTile, parseTilePath, TlogError, tileWidth } from '@bailiwick/tlog'
import type { TilePlace, TileSource } from '@bailiwick/tlog'
import type { LedgerStore } from './ledger-store.ts'

const tileWidthMost = 256
const treeLevelsOfTile = 8

/** The ledger up to its newest signed head as a tiled log (C2SP tlog-tiles), read from the store as it is asked for. */
export class LedgerTiles implements TileSource {
  readonly #store: LedgerStore

  constructor(store: LedgerStore) {
    this.#store = store
  }

  /** The newest head at `checkpoint`, tiles of hashes and bundles of entries under it; null for whatever else. */
  async read(path: string): Promise<Uint8Array | null> {
    const head = await this.#store.head()
    if (head === null) return null
    if (path === 'checkpoint') return Buffer.from(head.note)
    const place = placeOf(path)
    if (place === null || place.width > tileWidth(place.level, place.index, head.size)) return null
    const { level, index, width } = place
    const first = index * tileWidthMost
    if (level === 'entries') return formatEntryBundle(await this.#store.entries(first, width))
    return formatTile(this.#store.nodesFrom(level * treeLevelsOfTile, first, width))
  }
}

function placeOf(path: string): TilePlace | null {
  try {
    return parseTilePath(path)
  } catch (error) {
    if (error instanceof TlogError) return null
    throw error
  }
}
