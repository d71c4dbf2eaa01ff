import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  appendTiles,
  emptyRoot,
  formatEntryBundle,
  MemoryTiles,
  parseEntryBundle,
  parseTilePath,
  sha256,
  tilePath,
  verifyTiles,
} from '../src/index.ts'
import { coded } from './coded.ts'
import { countingEntries, fromHex, toHex } from './log.ts'
import { tileVectors, type TileVectors } from './tile-vectors.ts'

const file = new URL('../../../conformance/tlog-tiles.json', import.meta.url)
const given = JSON.parse(readFileSync(file, 'utf8')) as TileVectors

test('The file of vectors of tiles is the one that write-vectors.ts writes.', () => {
  expect(given).toEqual(tileVectors())
})

test('The paths are those of the vectors, and their other spellings are refused.', () => {
  for (const { path, ...place } of given.paths) {
    expect(tilePath(place)).toBe(path)
    expect(parseTilePath(path)).toEqual(place)
  }
  for (const path of given.refusedPaths) expect(() => parseTilePath(path), path).toThrow(coded('bad_path'))
})

test('The entry bundles are those of the vectors, and what is none is refused.', () => {
  for (const { entries, bytes } of given.bundles) {
    expect(toHex(formatEntryBundle(entries.map(fromHex)))).toBe(bytes)
    expect(parseEntryBundle(fromHex(bytes), entries.length).map(toHex)).toEqual(entries)
  }
  for (const { width, bytes } of given.refusedBundles) {
    expect(() => parseEntryBundle(fromHex(bytes), width), bytes).toThrow(coded('bad_tile'))
  }
})

test('The logs have the root and the tiles of the vectors, and nothing else.', async () => {
  for (const { size, root, tiles } of given.logs) {
    const store = new MemoryTiles()
    const head = await appendTiles(sha256, store, { size: 0, root: emptyRoot(sha256) }, countingEntries(size))
    expect(toHex(head.root)).toBe(root)
    expect(store.paths()).toEqual(tiles.map(({ path }) => path).sort())
    for (const { path, bytes, sha256: digest } of tiles) {
      const stored = (await store.read(path))!
      expect([stored.length, toHex(sha256(stored))], path).toEqual([bytes, digest])
    }
    await verifyTiles(sha256, store, { size, root: fromHex(root) })
  }
})
