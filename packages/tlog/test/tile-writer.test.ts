import fc from 'fast-check'
import { expect, test } from 'vitest'
import { appendTiles, MemoryTiles, parseTilePath, tilePath, tilePlaces, type TreeState } from '../src/index.ts'
import { coded } from './coded.ts'
import { countingEntries, flipBit } from './log.ts'
import { naiveHead, naiveTiles } from './naive-tiles.ts'
import { nativeSha256, type Bytes } from './naive-tree.ts'

const empty: TreeState = naiveHead([])

async function written(...batches: (readonly Bytes[])[]): Promise<{ store: MemoryTiles; head: TreeState }> {
  const store = new MemoryTiles()
  let head = empty
  for (const batch of batches) head = await appendTiles(nativeSha256, store, head, batch)
  return { store, head }
}

/** The tiles of a store that belong to a tree of the size, by path. */
async function tilesAt(store: MemoryTiles, size: number): Promise<Map<string, Bytes | null>> {
  const paths = [...tilePlaces(size)].map(tilePath)
  return new Map(await Promise.all(paths.map(async (path) => [path, await store.read(path)] as const)))
}

test.each([1, 2, 255, 256, 257, 511, 512, 700, 66_000])('The tiles and root of %i entries are those of the definitions.', async (count) => {
  const entries = countingEntries(count)
  const { store, head } = await written(entries)
  expect(head).toEqual(naiveHead(entries))
  expect(await tilesAt(store, count)).toEqual(naiveTiles(entries))
  expect(store.paths()).toEqual([...naiveTiles(entries).keys()].sort())
})

test('Appending in any batches leaves the same tiles and root as writing everything at once.', async () => {
  const batches = fc.array(fc.oneof(fc.nat(40), fc.integer({ min: 200, max: 600 })), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(batches, async (lengths) => {
      const entries = countingEntries(lengths.reduce((sum, length) => sum + length, 0))
      let at = 0
      const parts = lengths.map((length) => entries.slice(at, (at += length)))
      const { store, head } = await written(...parts)
      expect(head).toEqual(naiveHead(entries))
      expect(await tilesAt(store, entries.length)).toEqual(naiveTiles(entries))
      // Nothing else is left but the partial tiles of the trees before.
      const sizes = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, length) => sum + length, 0))
      expect(new Set(store.paths())).toEqual(new Set(sizes.flatMap((size) => [...tilePlaces(size)].map(tilePath))))
    }),
    { numRuns: 40 },
  )
})

test('Only the tiles that changed are written, each once.', async () => {
  const { store, head } = await written(countingEntries(66_000))
  const paths: string[] = []
  const watched = { read: async (path: string) => store.read(path), write: async (path: string) => void paths.push(path) }
  await appendTiles(nativeSha256, watched, head, countingEntries(1))
  expect(paths.sort()).toEqual(['tile/0/257.p/209', 'tile/entries/257.p/209'])
  paths.length = 0
  await appendTiles(nativeSha256, watched, head, countingEntries(300))
  expect(paths.sort()).toEqual(['tile/0/257', 'tile/0/258.p/252', 'tile/1/001.p/2', 'tile/entries/257', 'tile/entries/258.p/252'])
  paths.length = 0
  expect(await appendTiles(nativeSha256, watched, head, [])).toEqual(head)
  expect(paths).toEqual([])
})

test('An append that was cut off can be done again, with the same entries or with others.', async () => {
  const before = countingEntries(300)
  for (const [lost, writesOfAll] of [
    [countingEntries(5), 2],
    [countingEntries(500), 7],
  ] as const) {
    for (let allowed = 0; allowed < writesOfAll; allowed++) {
      const { store, head } = await written(before)
      let writes = 0
      const failing = {
        read: async (path: string) => store.read(path),
        write: async (path: string, bytes: Bytes) => {
          if (writes++ >= allowed) throw new Error('the disk is full')
          await store.write(path, bytes)
        },
      }
      await expect(appendTiles(nativeSha256, failing, head, lost)).rejects.toThrow('the disk is full')
      const other = [Uint8Array.of(1), Uint8Array.of(2), ...countingEntries(290)]
      const after = await appendTiles(nativeSha256, store, head, other)
      expect(after).toEqual(naiveHead([...before, ...other]))
      expect(await tilesAt(store, after.size)).toEqual(naiveTiles([...before, ...other]))
    }
  }
})

test('A log is continued from its full tiles when the partial ones are gone.', async () => {
  const entries = countingEntries(700)
  const { store } = await written(entries.slice(0, 300), entries.slice(300))
  const pruned = new MemoryTiles()
  for (const path of store.paths()) {
    if (parseTilePath(path).index < 2 && path.includes('.p/') && !path.startsWith('tile/1')) continue
    await pruned.write(path, (await store.read(path))!)
  }
  expect(await appendTiles(nativeSha256, pruned, naiveHead(entries.slice(0, 300)), entries.slice(300))).toEqual(naiveHead(entries))
})

test('Nothing is built upon a store that was altered at its right edge, one bit of it or a whole tile.', async () => {
  const { store, head } = await written(countingEntries(300))
  const edge = ['tile/0/001.p/44', 'tile/1/000.p/1', 'tile/entries/001.p/44']
  for (const path of edge) {
    const bytes = (await store.read(path))!
    for (let bit = 0; bit < 8 * bytes.length; bit += path.startsWith('tile/0') ? 11 : 1) {
      await store.write(path, flipBit(bytes, bit))
      const append = appendTiles(nativeSha256, store, head, countingEntries(1))
      await expect(append, `${path} bit ${bit}`).rejects.toThrow(coded(path.startsWith('tile/entries') ? 'bad_tile' : 'wrong_root'))
    }
    await store.write(path, bytes.subarray(1))
    await expect(appendTiles(nativeSha256, store, head, [])).rejects.toThrow(coded('bad_tile'))
    await store.write(path, bytes)
  }
  for (const path of edge) {
    const without = { read: async (at: string) => (at === path ? null : store.read(at)), write: async () => {} }
    await expect(appendTiles(nativeSha256, without, head, countingEntries(1))).rejects.toThrow(coded('missing_tile'))
  }
})

test('An append with one entry that is too long, or upon another head, writes nothing.', async () => {
  const store = new MemoryTiles()
  const entries = [...countingEntries(600), new Uint8Array(65_536)]
  await expect(appendTiles(nativeSha256, store, empty, entries)).rejects.toThrow(coded('bad_entry'))
  await expect(appendTiles(nativeSha256, store, { size: 0, root: new Uint8Array(32) }, countingEntries(1))).rejects.toThrow(
    coded('wrong_root'),
  )
  await expect(appendTiles(nativeSha256, store, { size: 1, root: new Uint8Array(32) }, countingEntries(1))).rejects.toThrow(
    coded('missing_tile'),
  )
  for (const size of [-1, 0.5, 2 ** 53, Number.MAX_SAFE_INTEGER]) {
    await expect(appendTiles(nativeSha256, store, { size, root: empty.root }, countingEntries(1))).rejects.toThrow(RangeError)
  }
  expect(store.paths()).toEqual([])
})
