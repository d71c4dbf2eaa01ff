import fc from 'fast-check'
import { expect, test } from 'vitest'
import { consistencyProof, emptyRoot, rootHash, verifyConsistency, type ConsistencyClaim } from '../src/index.ts'
import { countingEntries, flipBit, fromHex, nodesOf, toHex } from './log.ts'
import { naiveProof, naiveRoot, nativeSha256, proofShape } from './naive-tree.ts'

const MAX = 100
const ENTRIES = countingEntries(MAX)
const NODES = nodesOf(ENTRIES)

function claim(first: number, second: number): ConsistencyClaim {
  const firstRoot = rootHash(nativeSha256, first, NODES)
  const secondRoot = rootHash(nativeSha256, second, NODES)
  return { first, firstRoot, second, secondRoot, proof: consistencyProof(nativeSha256, first, second, NODES) }
}

const verify = (candidate: ConsistencyClaim): boolean => verifyConsistency(nativeSha256, candidate)

const pair = fc.integer({ min: 1, max: MAX }).chain((second) => fc.tuple(fc.nat(second), fc.constant(second)))

test(`Every pair of sizes up to ${MAX} has a proof that verifies against the roots of the recursive definition.`, () => {
  const roots = Array.from({ length: MAX + 1 }, (_, size) => naiveRoot(ENTRIES.slice(0, size)))
  for (let second = 0; second <= MAX; second++) {
    for (let first = 0; first <= second; first++) {
      const proof = consistencyProof(nativeSha256, first, second, NODES)
      const candidate = { first, firstRoot: roots[first]!, second, secondRoot: roots[second]!, proof }
      expect(verify(candidate), `${first} to ${second}`).toBe(true)
    }
  }
})

test('The proofs are hash for hash those of the recursive definition.', () => {
  for (let second = 1; second <= 40; second++) {
    for (let first = 1; first <= second; first++) {
      const expected = naiveProof(first, ENTRIES.slice(0, second)).map(toHex)
      expect(consistencyProof(nativeSha256, first, second, NODES).map(toHex)).toEqual(expected)
    }
  }
})

test('The Certificate Transparency test tree has its published proof from size 6 to 8.', () => {
  const entries = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
  expect(consistencyProof(nativeSha256, 6, 8, nodesOf(entries.map(fromHex))).map(toHex)).toEqual([
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ])
})

test('One altered bit in the first root or any hash of the proof is rejected.', () => {
  fc.assert(
    fc.property(pair, fc.nat(255), fc.nat(), ([first, second], bit, which) => {
      const good = claim(first, second)
      expect(verify({ ...good, firstRoot: flipBit(good.firstRoot, bit) })).toBe(false)
      if (good.proof.length === 0) return
      const at = which % good.proof.length
      const proof = good.proof.map((hash, i) => (i === at ? flipBit(hash, bit) : hash))
      expect(verify({ ...good, proof })).toBe(false)
    }),
  )
})

test('One altered bit in the second root is rejected, unless the first tree is empty and so says nothing of it.', () => {
  fc.assert(
    fc.property(pair, fc.nat(255), ([first, second], bit) => {
      const good = claim(first, second)
      expect(verify({ ...good, secondRoot: flipBit(good.secondRoot, bit) })).toBe(first === 0)
    }),
  )
})

test('A proof that lacks a hash, has one more or has two exchanged is rejected.', () => {
  fc.assert(
    fc.property(pair, fc.nat(), fc.uint8Array({ minLength: 32, maxLength: 32 }), ([first, second], which, extra) => {
      const good = claim(first, second)
      const at = which % (good.proof.length + 1)
      expect(verify({ ...good, proof: good.proof.toSpliced(at, 0, extra) })).toBe(false)
      if (at < good.proof.length) expect(verify({ ...good, proof: good.proof.toSpliced(at, 1) })).toBe(false)
      if (good.proof.length >= 2) expect(verify({ ...good, proof: good.proof.toReversed() })).toBe(false)
    }),
  )
})

test('Other sizes are accepted exactly where the proof has the same shape, as the roots do not hold the sizes.', () => {
  for (let second = 1; second <= 16; second++) {
    for (let first = 1; first <= second; first++) {
      const good = claim(first, second)
      for (let otherSecond = 1; otherSecond <= 32; otherSecond++) {
        for (let other = 1; other <= otherSecond; other++) {
          const same = proofShape(other, otherSecond) === proofShape(first, second)
          const candidate = { ...good, first: other, second: otherSecond }
          expect(verify(candidate), `${first} to ${second} as ${other} to ${otherSecond}`).toBe(same)
        }
      }
    }
  }
})

test('A log that changes or drops an entry it had cannot prove itself consistent.', () => {
  const changed = nodesOf(ENTRIES.with(3, ENTRIES[4]!))
  const dropped = nodesOf(ENTRIES.toSpliced(3, 1))
  for (const rewritten of [changed, dropped]) {
    for (let first = 4; first <= 20; first++) {
      const second = 33
      const proof = consistencyProof(nativeSha256, first, second, rewritten)
      const secondRoot = rootHash(nativeSha256, second, rewritten)
      expect(verify({ ...claim(first, second), secondRoot, proof })).toBe(false)
    }
  }
})

test('The empty tree is consistent with every tree only under its own root and with an empty proof.', () => {
  const good = claim(0, 5)
  const hash = good.secondRoot
  expect(good).toMatchObject({ firstRoot: emptyRoot(nativeSha256), proof: [] })
  expect(verify(good)).toBe(true)
  expect(verify({ ...good, firstRoot: hash })).toBe(false)
  expect(verify({ ...good, proof: [hash] })).toBe(false)
  expect(verify({ first: 0, firstRoot: hash, second: 0, secondRoot: hash, proof: [] })).toBe(false)
})

test('A larger first size, and different roots of one size, are rejected.', () => {
  const good = claim(5, 9)
  const swapped = { first: 9, firstRoot: good.secondRoot, second: 5, secondRoot: good.firstRoot }
  expect(verify({ ...good, ...swapped })).toBe(false)
  expect(verify({ ...swapped, second: 9, proof: [] })).toBe(false)
  const root = good.firstRoot
  expect(verify({ first: 3, firstRoot: root, second: 1, secondRoot: root, proof: [root] })).toBe(false)
})

test('Malformed parts of a claim are rejected without throwing.', () => {
  const good = claim(3, 7)
  const hash = good.firstRoot
  const malformed: Record<string, unknown>[] = [
    ...[-1, 0, 8, 2.5, Number.NaN, 2 ** 53, '3', 3n, null, undefined].map((first) => ({ first })),
    ...[-7, 0, 2, 7.5, Number.POSITIVE_INFINITY, 2 ** 53, '7', null].map((second) => ({ second })),
    ...[new Uint8Array(), hash.subarray(1), new Uint8Array(33), toHex(hash), null].flatMap((bad) => [
      { firstRoot: bad },
      { secondRoot: bad },
      { proof: good.proof.with(0, bad as Uint8Array) },
    ]),
    ...[null, undefined, 'proof', {}, hash, [], [null], Array(4), [hash]].map((proof) => ({ proof })),
  ]
  expect(verify(good)).toBe(true)
  for (const part of malformed) expect(verify({ ...good, ...part })).toBe(false)
})

test('Any claim made of arbitrary values is answered without throwing.', () => {
  fc.assert(
    fc.property(fc.anything(), fc.anything(), fc.anything(), fc.array(fc.anything()), (first, second, root, proof) => {
      const nonsense = { first, firstRoot: root, second, secondRoot: root, proof } as unknown as ConsistencyClaim
      expect(verify(nonsense)).toBe(false)
    }),
  )
})

test.each([
  [6, 5],
  [-1, 5],
  [0.5, 5],
  [0, 2 ** 53],
])('A proof from size %d to %d is refused with a RangeError.', (first, second) => {
  expect(() => consistencyProof(nativeSha256, first, second, NODES)).toThrow(RangeError)
})
