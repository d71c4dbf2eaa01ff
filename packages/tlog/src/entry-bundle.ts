import { TlogError } from './error.ts'
import { assertSize } from './size.ts'
import { TILE_WIDTH } from './tile.ts'

/** The longest entry that a bundle can hold, in bytes: its length is written in 16 bits. */
export const MAX_ENTRY_SIZE = 65_535

/** Throws `TlogError` `bad_entry` if the entry is too long for a bundle. */
export function assertEntry(what: string, entry: Uint8Array): void {
  if (entry.length <= MAX_ENTRY_SIZE) return
  throw new TlogError('bad_entry', `${what} has \`${entry.length}\` bytes, over ${MAX_ENTRY_SIZE}; log a hash of it instead`)
}

/**
 * The bytes of an entry bundle: before each entry its length as a big-endian uint16 (C2SP tlog-tiles). Throws
 * `RangeError` unless it is 1 to 256 entries, `TlogError` `bad_entry` if one is longer than 65,535 bytes.
 */
export function formatEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  assertSize('the number of entries in a bundle', entries.length, 1, TILE_WIDTH)
  const bytes = new Uint8Array(entries.reduce((length, entry) => length + 2 + entry.length, 0))
  const view = new DataView(bytes.buffer)
  let offset = 0
  entries.forEach((entry, i) => {
    assertEntry(`entry ${i} of the bundle`, entry)
    view.setUint16(offset, entry.length)
    bytes.set(entry, offset + 2)
    offset += 2 + entry.length
  })
  return bytes
}

/** The entries of a bundle of the width. Throws `TlogError` `bad_tile` if it ends early or goes on. */
export function parseEntryBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  assertSize('the width of the entry bundle', width, 1, TILE_WIDTH)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const entries: Uint8Array[] = []
  let offset = 0
  while (entries.length < width) {
    const start = offset + 2
    const end = start <= bytes.length ? start + view.getUint16(offset) : start
    if (end > bytes.length) {
      throw new TlogError('bad_tile', `the entry bundle of ${width} entries ends within entry ${entries.length}`)
    }
    entries.push(bytes.slice(start, end))
    offset = end
  }
  if (offset === bytes.length) return entries
  throw new TlogError('bad_tile', `the entry bundle goes on for ${bytes.length - offset} bytes after its ${width} entries`)
}
