import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  appendLeaves,
  emptyRoot,
  leafHash,
  MemoryNodes,
  nodeHash,
  rootHash,
  sha256,
  TlogError,
  type NodeReader,
  type TreeNode,
} from '../src/index.ts'
import { countingEntries, fromHex, nodesOf, toHex } from './log.ts'
import { naiveRoot, nativeSha256 } from './naive-tree.ts'

/** The test tree of the Certificate Transparency implementations: eight entries and the roots of sizes 0 to 8. */
const CT_ENTRIES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const CT_ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

test('The Certificate Transparency test tree has its published root at every size.', () => {
  const nodes = nodesOf(CT_ENTRIES.map(fromHex))
  expect(CT_ROOTS.map((_, size) => toHex(rootHash(sha256, size, nodes)))).toEqual(CT_ROOTS)
  expect(toHex(emptyRoot(sha256))).toBe(CT_ROOTS[0])
  expect(toHex(leafHash(sha256, new Uint8Array()))).toBe(CT_ROOTS[1])
})

test('The root of every size up to 260 is that of the recursive definition.', () => {
  const entries = countingEntries(260)
  const nodes = nodesOf(entries)
  for (let size = 0; size <= entries.length; size++) {
    expect(toHex(rootHash(nativeSha256, size, nodes))).toBe(toHex(naiveRoot(entries.slice(0, size))))
  }
})

test('An append returns every newly complete subtree once, with the hash of the recursive definition.', () => {
  const entries = countingEntries(37)
  const leaves = entries.map((entry) => leafHash(nativeSha256, entry))
  const places: string[] = []
  for (const { level, index, hash } of appendLeaves(nativeSha256, 0, leaves, new MemoryNodes()).nodes) {
    places.push(`${level}/${index}`)
    expect(toHex(hash)).toBe(toHex(naiveRoot(entries.slice(index * 2 ** level, (index + 1) * 2 ** level))))
  }
  const complete = [0, 1, 2, 3, 4, 5].flatMap((level) =>
    Array.from({ length: Math.floor(37 / 2 ** level) }, (_, index) => `${level}/${index}`),
  )
  expect(places.toSorted()).toEqual(complete.toSorted())
})

test('Appending in any batches gives the same nodes as one by one, and reads only nodes complete before.', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 12 }), (batches) => {
      const total = batches.reduce((sum, batch) => sum + batch, 0)
      const leaves = countingEntries(total).map((entry) => leafHash(nativeSha256, entry))
      const all = new MemoryNodes()
      const oneByOne: TreeNode[] = []
      leaves.forEach((leaf, size) => {
        const appended = appendLeaves(nativeSha256, size, [leaf], all)
        expect(appended.size).toBe(size + 1)
        for (const node of appended.nodes) all.put(node)
        oneByOne.push(...appended.nodes)
      })

      const stored = new MemoryNodes()
      const inBatches: TreeNode[] = []
      let size = 0
      for (const batch of batches) {
        const before = size
        const onlyComplete: NodeReader = {
          node(level, index) {
            expect((index + 1) * 2 ** level).toBeLessThanOrEqual(before)
            return stored.node(level, index)
          },
        }
        const appended = appendLeaves(nativeSha256, size, leaves.slice(size, size + batch), onlyComplete)
        for (const node of appended.nodes) stored.put(node)
        inBatches.push(...appended.nodes)
        size = appended.size
      }
      expect(size).toBe(total)
      expect(inBatches).toEqual(oneByOne)
    }),
  )
})

test('An append of nothing changes nothing.', () => {
  expect(appendLeaves(sha256, 7, [], new MemoryNodes())).toEqual({ size: 7, nodes: [] })
})

test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '3' as unknown as number])(
  'The tree size `%s` is refused with a RangeError.',
  (size) => {
    const nodes = nodesOf(countingEntries(4))
    expect(() => rootHash(sha256, size, nodes)).toThrow(RangeError)
    expect(() => appendLeaves(sha256, size, [], nodes)).toThrow(RangeError)
  },
)

test('A tree cannot grow past the largest safe integer.', () => {
  const leaf = leafHash(sha256, new Uint8Array())
  const always: NodeReader = { node: () => leaf }
  expect(appendLeaves(sha256, Number.MAX_SAFE_INTEGER - 1, [leaf], always).size).toBe(Number.MAX_SAFE_INTEGER)
  expect(() => appendLeaves(sha256, Number.MAX_SAFE_INTEGER, [leaf], always)).toThrow(RangeError)
})

test('Hashes that are not 32 bytes are refused with a RangeError.', () => {
  const leaf = leafHash(sha256, new Uint8Array())
  const nodes = new MemoryNodes()
  expect(() => nodeHash(sha256, leaf.subarray(1), leaf)).toThrow('the left hash must be 32 bytes')
  expect(() => nodeHash(sha256, leaf, new Uint8Array(33))).toThrow('the right hash must be 32 bytes')
  expect(() => appendLeaves(sha256, 0, [leaf, new Uint8Array(31)], nodes)).toThrow('leaf hash 1 must be 32 bytes')
  expect(() => nodes.put({ level: 0, index: 0, hash: new Uint8Array() })).toThrow(RangeError)
  expect(() => nodes.put({ level: 53, index: 0, hash: leaf })).toThrow(RangeError)
  expect(() => nodes.put({ level: 0, index: -1, hash: leaf })).toThrow(RangeError)
})

test('Reading a node that was never put throws missing_node and names the place.', () => {
  const attempt = (): unknown => rootHash(sha256, 5, nodesOf(countingEntries(4)))
  expect(attempt).toThrow(TlogError)
  expect(attempt).toThrow(expect.objectContaining({ code: 'missing_node' }))
  expect(attempt).toThrow('no node is stored at level `0`, index `4`')
})
