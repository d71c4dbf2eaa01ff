import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inclusionProof, leafHash, rootHash, verifyInclusion, type InclusionClaim } from '../src/index.ts'
import { countingEntries, flipBit, fromHex, nodesOf, toHex } from './log.ts'
import { naivePath, naiveRoot, nativeSha256, pathShape } from './naive-tree.ts'

const MAX = 130
const ENTRIES = countingEntries(MAX)
const NODES = nodesOf(ENTRIES)

function claim(index: number, size: number): InclusionClaim {
  const root = rootHash(nativeSha256, size, NODES)
  const leaf = leafHash(nativeSha256, ENTRIES[index]!)
  return { leaf, index, size, proof: inclusionProof(nativeSha256, index, size, NODES), root }
}

const verify = (candidate: InclusionClaim): boolean => verifyInclusion(nativeSha256, candidate)

const place = fc.integer({ min: 1, max: MAX }).chain((size) => fc.tuple(fc.nat(size - 1), fc.constant(size)))

test(`Every leaf of every tree up to ${MAX} leaves has the path of the recursive definition, and it verifies.`, () => {
  for (let size = 1; size <= MAX; size++) {
    const root = naiveRoot(ENTRIES.slice(0, size))
    for (let index = 0; index < size; index++) {
      const proof = inclusionProof(nativeSha256, index, size, NODES)
      const leaf = leafHash(nativeSha256, ENTRIES[index]!)
      expect(verify({ leaf, index, size, proof, root }), `leaf ${index} of ${size}`).toBe(true)
    }
  }
})

test('The paths are hash for hash those of the recursive definition.', () => {
  for (let size = 1; size <= 40; size++) {
    for (let index = 0; index < size; index++) {
      const expected = naivePath(index, ENTRIES.slice(0, size)).map(toHex)
      expect(inclusionProof(nativeSha256, index, size, NODES).map(toHex)).toEqual(expected)
    }
  }
})

test('The first leaf of the Certificate Transparency test tree has its published path.', () => {
  const entries = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
  expect(inclusionProof(nativeSha256, 0, 8, nodesOf(entries.map(fromHex))).map(toHex)).toEqual([
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ])
})

test('One altered bit in the leaf, the root or any hash of the path is rejected.', () => {
  fc.assert(
    fc.property(place, fc.nat(255), fc.nat(), ([index, size], bit, which) => {
      const good = claim(index, size)
      expect(verify({ ...good, leaf: flipBit(good.leaf, bit) })).toBe(false)
      expect(verify({ ...good, root: flipBit(good.root, bit) })).toBe(false)
      if (good.proof.length === 0) return
      const at = which % good.proof.length
      const proof = good.proof.map((hash, i) => (i === at ? flipBit(hash, bit) : hash))
      expect(verify({ ...good, proof })).toBe(false)
    }),
  )
})

test('A path that lacks a hash, has one more or has two exchanged is rejected.', () => {
  fc.assert(
    fc.property(place, fc.nat(), fc.uint8Array({ minLength: 32, maxLength: 32 }), ([index, size], which, extra) => {
      const good = claim(index, size)
      const at = which % (good.proof.length + 1)
      expect(verify({ ...good, proof: good.proof.toSpliced(at, 0, extra) })).toBe(false)
      if (at < good.proof.length) expect(verify({ ...good, proof: good.proof.toSpliced(at, 1) })).toBe(false)
      if (good.proof.length >= 2) expect(verify({ ...good, proof: good.proof.toReversed() })).toBe(false)
    }),
  )
})

test('Another index of the same tree is always rejected.', () => {
  for (let size = 1; size <= 40; size++) {
    for (let index = 0; index < size; index++) {
      const good = claim(index, size)
      for (let other = 0; other < size; other++) expect(verify({ ...good, index: other })).toBe(other === index)
    }
  }
})

test('Another index and size are accepted exactly where the path has the same shape, as the root does not hold the size.', () => {
  for (let size = 1; size <= 20; size++) {
    for (let index = 0; index < size; index++) {
      const good = claim(index, size)
      for (let otherSize = 1; otherSize <= 40; otherSize++) {
        for (let other = 0; other < otherSize; other++) {
          const same = pathShape(other, otherSize) === pathShape(index, size)
          expect(verify({ ...good, index: other, size: otherSize }), `${other} of ${otherSize}`).toBe(same)
        }
      }
    }
  }
})

test('An inner node passed off as a leaf entry does not verify.', () => {
  const good = claim(0, 4)
  const children = Buffer.concat([good.leaf, good.proof[0]!])
  const leaf = leafHash(nativeSha256, children)
  expect(verify({ ...good, leaf, size: 2, proof: good.proof.slice(1) })).toBe(false)
})

test('Malformed parts of a claim are rejected without throwing.', () => {
  const good = claim(2, 7)
  const hash = good.root
  const malformed: Record<string, unknown>[] = [
    ...[-1, 7, 2.5, Number.NaN, 2 ** 53, '2', null, undefined].map((index) => ({ index })),
    ...[0, -7, 2, 7.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '7', 7n, null].map((size) => ({ size })),
    ...[new Uint8Array(), hash.subarray(1), new Uint8Array(33), toHex(hash), null].flatMap((bad) => [
      { leaf: bad },
      { root: bad },
      { proof: good.proof.with(1, bad as Uint8Array) },
    ]),
    ...[null, undefined, 'proof', {}, hash, [null], Array(3), [hash]].map((proof) => ({ proof })),
  ]
  expect(verify(good)).toBe(true)
  for (const part of malformed) expect(verify({ ...good, ...part })).toBe(false)
})

test('Any claim made of arbitrary values is answered without throwing.', () => {
  fc.assert(
    fc.property(fc.anything(), fc.anything(), fc.anything(), fc.array(fc.anything()), (index, size, root, proof) => {
      const nonsense = { leaf: root, index, size, proof, root } as unknown as InclusionClaim
      expect(verify(nonsense)).toBe(false)
    }),
  )
})

test.each([
  [0, 0],
  [5, 5],
  [-1, 5],
  [0.5, 5],
  [0, 2 ** 53],
])('A path for index %d of size %d is refused with a RangeError.', (index, size) => {
  expect(() => inclusionProof(nativeSha256, index, size, NODES)).toThrow(RangeError)
})
