import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  appendTiles,
  consistencyProof,
  inclusionProof,
  leafHash,
  MemoryTiles,
  rootHash,
  TileReader,
  verifyConsistency,
  verifyInclusion,
} from '../src/index.ts'
import { coded } from './coded.ts'
import { countingEntries, flipBit, nodesOf } from './log.ts'
import { naiveHead } from './naive-tiles.ts'
import { nativeSha256 } from './naive-tree.ts'

const entries = countingEntries(70_000)
const leaves = entries.map((entry) => leafHash(nativeSha256, entry))
const nodes = nodesOf(entries)
/** A log that published a head at every size up to 600 and at 70,000. */
const store = new MemoryTiles()
let head = naiveHead([])
for (let size = 0; size < 600; size++) head = await appendTiles(nativeSha256, store, head, [entries[size]!])
await appendTiles(nativeSha256, store, head, entries.slice(600))
const reader = new TileReader(nativeSha256, store)

test('Every inclusion proof of every tree up to 130 leaves, and of some up to 600, is that of the tree, and verifies.', async () => {
  for (let size = 1; size <= 600; size += size < 130 ? 1 : 67) {
    const root = await reader.rootHash(size)
    expect(root).toEqual(rootHash(nativeSha256, size, nodes))
    for (let index = 0; index < size; index++) {
      const proof = await reader.inclusionProof(index, size)
      expect(proof).toEqual(inclusionProof(nativeSha256, index, size, nodes))
      expect(verifyInclusion(nativeSha256, { leaf: leaves[index]!, index, size, proof, root })).toBe(true)
    }
  }
})

test('Every consistency proof of every pair of sizes up to 130, and of many up to 600, is that of the tree, and verifies.', async () => {
  for (let second = 0; second <= 600; second += second < 130 ? 1 : 47) {
    for (let first = 0; first <= second; first++) {
      const proof = await reader.consistencyProof(first, second)
      expect(proof).toEqual(consistencyProof(nativeSha256, first, second, nodes))
      const roots = { firstRoot: rootHash(nativeSha256, first, nodes), secondRoot: rootHash(nativeSha256, second, nodes) }
      expect(verifyConsistency(nativeSha256, { first, second, proof, ...roots })).toBe(true)
    }
  }
})

test('Proofs of a tree with three levels of tiles are those of the tree.', async () => {
  const size = entries.length
  expect(await reader.rootHash(size)).toEqual(rootHash(nativeSha256, size, nodes))
  for (const index of [0, 255, 256, 65_535, 65_536, 69_888, 69_999]) {
    expect(await reader.inclusionProof(index, size)).toEqual(inclusionProof(nativeSha256, index, size, nodes))
    expect(await reader.entry(index, size)).toEqual(entries[index])
  }
  for (const first of [1, 255, 256, 257, 65_536, 65_537, 69_999]) {
    expect(await reader.consistencyProof(first, size)).toEqual(consistencyProof(nativeSha256, first, size, nodes))
  }
})

test('A proof that is made of a tile with an altered bit, where it makes use of it, does not verify.', async () => {
  const size = 300
  const root = rootHash(nativeSha256, size, nodes)
  const right = await reader.inclusionProof(270, size)
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('tile/0/001.p/44', 'tile/1/000.p/1'), fc.nat(), async (altered, bit) => {
      const source = { read: async (path: string) => store.read(path).then((bytes) => (path === altered ? flipBit(bytes!, bit) : bytes)) }
      const proof = await new TileReader(nativeSha256, source).inclusionProof(270, size)
      const same = proof.every((hash, i) => Buffer.compare(hash, right[i]!) === 0)
      expect(verifyInclusion(nativeSha256, { leaf: leaves[270]!, index: 270, size, proof, root })).toBe(same)
    }),
  )
})

test('Tiles are read once while they are kept, and the one used longest ago goes first.', async () => {
  const paths: string[] = []
  const source = { read: async (path: string) => (paths.push(path), store.read(path)) }
  const cached = new TileReader(nativeSha256, source, 3)
  await cached.inclusionProof(5, 70_000)
  expect(paths.sort()).toEqual(['tile/0/000', 'tile/0/273.p/112', 'tile/1/000', 'tile/1/001.p/17'])
  paths.length = 0
  await cached.rootHash(70_000)
  await cached.rootHash(70_000)
  expect(paths.length).toBeLessThanOrEqual(3)
  const uncached = new TileReader(nativeSha256, source, 0)
  paths.length = 0
  await uncached.rootHash(600)
  await uncached.rootHash(600)
  expect(paths).toHaveLength(4)
})

test('What is kept of a wider tile does not change the proofs of a smaller tree.', async () => {
  const cached = new TileReader(nativeSha256, store)
  for (const size of [300, 280, 299, 44, 300]) {
    expect(await cached.rootHash(size)).toEqual(rootHash(nativeSha256, size, nodes))
    await expect(cached.nodes(size, (read) => read.node(0, size))).rejects.toThrow(coded('missing_node'))
  }
})

test('A tile that is missing or has another length is named.', async () => {
  const none = new TileReader(nativeSha256, { read: async () => null })
  await expect(none.rootHash(300)).rejects.toThrow('tile/1/000.p/1')
  await expect(none.rootHash(300)).rejects.toThrow(coded('missing_tile'))
  await expect(none.entry(0, 300)).rejects.toThrow(coded('missing_tile'))
  const long = new TileReader(nativeSha256, { read: async () => new Uint8Array(8193) })
  await expect(long.rootHash(300)).rejects.toThrow(coded('bad_tile'))
  await expect(long.rootHash(300)).rejects.toThrow('tile/1/000.p/1')
})

test('Sizes and indexes out of range are refused.', async () => {
  for (const size of [-1, 0.5, 2 ** 53, Number.NaN]) {
    await expect(reader.rootHash(size)).rejects.toThrow(RangeError)
    await expect(reader.inclusionProof(0, size)).rejects.toThrow(RangeError)
    await expect(reader.entry(0, size)).rejects.toThrow(RangeError)
  }
  await expect(reader.inclusionProof(5, 5)).rejects.toThrow(RangeError)
  await expect(reader.consistencyProof(6, 5)).rejects.toThrow(RangeError)
  await expect(reader.entry(5, 5)).rejects.toThrow(RangeError)
  expect(() => new TileReader(nativeSha256, store, -1)).toThrow(RangeError)
})
