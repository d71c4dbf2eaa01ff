import { expect, test } from 'vitest'
import { appendTiles, MemoryTiles, verifyTiles } from '../src/index.ts'
import { coded } from './coded.ts'
import { countingEntries, flipBit } from './log.ts'
import { naiveHead } from './naive-tiles.ts'
import { nativeSha256, type Bytes } from './naive-tree.ts'

async function logOf(entries: readonly Bytes[]): Promise<MemoryTiles> {
  const store = new MemoryTiles()
  await appendTiles(nativeSha256, store, naiveHead([]), entries)
  return store
}

test.each([0, 1, 255, 256, 257, 1000, 66_000])('A log of %i entries verifies, and its entries are given in order.', async (count) => {
  const entries = countingEntries(count)
  const seen: [Bytes, number][] = []
  const store = await logOf(entries)
  const found = await verifyTiles(nativeSha256, store, naiveHead(entries), (entry, index) => void seen.push([entry, index]))
  expect(found.entries).toBe(count)
  expect(found.tiles).toBe(store.paths().filter((path) => !path.startsWith('tile/entries')).length)
  expect(seen).toEqual(entries.map((entry, index) => [entry, index]))
})

test('One altered bit anywhere in the tiles of a log is found.', async () => {
  const entries = countingEntries(300)
  const store = await logOf(entries)
  for (const path of store.paths()) {
    const bytes = (await store.read(path))!
    for (let bit = 0; bit < 8 * bytes.length; bit += bytes.length > 500 ? 257 : 1) {
      await store.write(path, flipBit(bytes, bit))
      await expect(verifyTiles(nativeSha256, store, naiveHead(entries)), `${path} bit ${bit}`).rejects.toThrow(coded('bad_tile'))
    }
    await store.write(path, bytes)
  }
  expect(await verifyTiles(nativeSha256, store, naiveHead(entries))).toEqual({ entries: 300, tiles: 3 })
})

test('A missing, shortened or lengthened tile is found and named.', async () => {
  const entries = countingEntries(300)
  const store = await logOf(entries)
  for (const missing of store.paths()) {
    const change = (to: (bytes: Bytes) => Bytes | null): Promise<unknown> =>
      verifyTiles(
        nativeSha256,
        { read: async (path) => store.read(path).then((bytes) => (path === missing ? to(bytes!) : bytes)) },
        naiveHead(entries),
      )
    await expect(change(() => null)).rejects.toThrow(coded('missing_tile'))
    await expect(change(() => null)).rejects.toThrow(missing)
    await expect(change((bytes) => bytes.subarray(1))).rejects.toThrow(coded('bad_tile'))
    await expect(change((bytes) => bytes.subarray(1))).rejects.toThrow(missing)
    await expect(change((bytes) => Uint8Array.of(...bytes, 0))).rejects.toThrow(coded('bad_tile'))
  }
})

test('A log rewritten from the first entry to the last tile is found by the head it had.', async () => {
  const entries = countingEntries(300)
  const forged = await logOf(entries.with(7, Uint8Array.of(7)))
  await expect(verifyTiles(nativeSha256, forged, naiveHead(entries))).rejects.toThrow(coded('wrong_root'))
  const cut = await logOf(entries.slice(0, 299))
  await expect(verifyTiles(nativeSha256, cut, naiveHead(entries))).rejects.toThrow(coded('missing_tile'))
  await expect(verifyTiles(nativeSha256, cut, { size: 299, root: naiveHead(entries).root })).rejects.toThrow(coded('wrong_root'))
  await expect(verifyTiles(nativeSha256, cut, { size: 0, root: naiveHead(entries).root })).rejects.toThrow(coded('wrong_root'))
})

test('What fails in the one who is given the entries ends the verification.', async () => {
  const entries = countingEntries(10)
  const failing = verifyTiles(nativeSha256, await logOf(entries), naiveHead(entries), (_, index) => {
    if (index === 3) throw new Error('enough')
  })
  await expect(failing).rejects.toThrow('enough')
})
