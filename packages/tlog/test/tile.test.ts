import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatEntryBundle, formatTile, parseEntryBundle, parseTile } from '../src/index.ts'
import { coded } from './coded.ts'

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
const hashes = fc.array(hash, { minLength: 1, maxLength: 256, size: 'max' })
const bundle = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 256, size: 'max' })

test('Any tile is read back from its bytes, and at no other width.', () => {
  fc.assert(
    fc.property(hashes, fc.integer({ min: 1, max: 256 }), (tile, width) => {
      const bytes = formatTile(tile)
      expect(bytes).toHaveLength(32 * tile.length)
      expect(parseTile(bytes, tile.length)).toEqual(tile)
      if (width !== tile.length) expect(() => parseTile(bytes, width)).toThrow(coded('bad_tile'))
    }),
    { numRuns: 30 },
  )
})

test('Any entry bundle is read back from its bytes, and not when it is cut off, goes on or has another width.', () => {
  fc.assert(
    fc.property(bundle, fc.nat(), fc.integer({ min: 1, max: 256 }), (entries, cut, width) => {
      const bytes = formatEntryBundle(entries)
      expect(parseEntryBundle(bytes, entries.length)).toEqual(entries)
      const half = bytes.subarray(0, cut % bytes.length)
      expect(() => parseEntryBundle(half, entries.length)).toThrow(coded('bad_tile'))
      expect(() => parseEntryBundle(Uint8Array.of(...bytes, 0), entries.length)).toThrow(coded('bad_tile'))
      if (width !== entries.length) expect(() => parseEntryBundle(bytes, width)).toThrow(coded('bad_tile'))
    }),
    { numRuns: 30 },
  )
})

test('Any bytes are one bundle of a width or none: what is read is written back the same.', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 20 }), (bytes, width) => {
      let entries: Uint8Array[]
      try {
        entries = parseEntryBundle(bytes, width)
      } catch (error) {
        expect(error).toEqual(coded('bad_tile'))
        return
      }
      expect(entries).toHaveLength(width)
      expect(formatEntryBundle(entries)).toEqual(bytes)
    }),
    { numRuns: 2000 },
  )
})

test('The longest entry has 65,535 bytes.', () => {
  const longest = new Uint8Array(65_535).fill(7)
  expect(parseEntryBundle(formatEntryBundle([longest, new Uint8Array()]), 2)).toEqual([longest, new Uint8Array()])
  expect(() => formatEntryBundle([new Uint8Array(65_536)])).toThrow(coded('bad_entry'))
})

test('Tiles and bundles of no or too many parts, and hashes that are none, are not written.', () => {
  const one = new Uint8Array(32)
  for (const bad of [[], Array.from({ length: 257 }, () => one), [new Uint8Array(31)]]) expect(() => formatTile(bad)).toThrow(RangeError)
  for (const bad of [[], Array.from({ length: 257 }, () => one)]) expect(() => formatEntryBundle(bad)).toThrow(RangeError)
  for (const width of [0, 257, 0.5]) {
    expect(() => parseTile(new Uint8Array(), width)).toThrow(RangeError)
    expect(() => parseEntryBundle(new Uint8Array(), width)).toThrow(RangeError)
  }
})

test('Bytes in the middle of a larger buffer are read from there.', () => {
  const bytes = formatEntryBundle([Uint8Array.of(1, 2, 3)])
  const within = Uint8Array.of(9, 9, ...bytes, 9).subarray(2, 2 + bytes.length)
  expect(parseEntryBundle(within, 1)).toEqual([Uint8Array.of(1, 2, 3)])
})
