import { expect, test } from 'vitest'
import {
  appendLeaves,
  consistencyProof,
  inclusionProof,
  leafHash,
  MemoryNodes,
  nodeHash,
  rootHash,
  verifyConsistency,
  verifyInclusion,
  type NodeReader,
} from '../src/index.ts'
import { toHex } from './log.ts'
import { nativeSha256, type Bytes } from './naive-tree.ts'

/** Entries are `0` but for these, so that a tree past 32 bits has few different nodes and yet a wrong index shows. */
const SPECIAL = [2n ** 31n - 1n, 2n ** 31n, 2n ** 32n + 5n, 2n ** 40n, 2n ** 52n + 2n ** 33n + 1n]

const leafAt = (index: bigint): Bytes => leafHash(nativeSha256, new TextEncoder().encode(SPECIAL.includes(index) ? String(index) : '0'))

const plain: Bytes[] = [leafAt(0n)]
for (let level = 1; level <= 53; level++) plain.push(nodeHash(nativeSha256, plain[level - 1]!, plain[level - 1]!))

/** MTH of leaves start to end by the recursive definition, in BigInt. */
function bigRoot(start: bigint, end: bigint): Bytes {
  const width = end - start
  if (width === 1n) return leafAt(start)
  const level = width.toString(2).length - 1
  const special = SPECIAL.some((index) => index >= start && index < end)
  if (!special && width === 2n ** BigInt(level)) return plain[level]!
  const middle = start + (width === 2n ** BigInt(level) ? width / 2n : 2n ** BigInt(level))
  return nodeHash(nativeSha256, bigRoot(start, middle), bigRoot(middle, end))
}

function readerAt(size: number): NodeReader {
  return {
    node(level, index) {
      const start = BigInt(index) << BigInt(level)
      const end = BigInt(index + 1) << BigInt(level)
      if (end > BigInt(size)) throw new Error(`node ${level}/${index} is not complete at size ${size}`)
      return bigRoot(start, end)
    },
  }
}

const SIZES = [2 ** 31, 2 ** 31 + 1, 2 ** 32 + 7, 2 ** 40 + 3, 2 ** 52 + 2 ** 33 + 2, Number.MAX_SAFE_INTEGER]

test.each(SIZES)('At size %d the root is that of the recursive definition.', (size) => {
  expect(toHex(rootHash(nativeSha256, size, readerAt(size)))).toBe(toHex(bigRoot(0n, BigInt(size))))
})

test.each(SIZES)('At size %d the special leaves, the first and the last are proved, the special ones only at their index.', (size) => {
  const reader = readerAt(size)
  const root = bigRoot(0n, BigInt(size))
  const indexes = [0, size - 1, ...SPECIAL.map(Number).filter((index) => index < size)]
  for (const index of indexes) {
    const proof = inclusionProof(nativeSha256, index, size, reader)
    const claim = { leaf: leafAt(BigInt(index)), index, size, proof, root }
    expect(verifyInclusion(nativeSha256, claim)).toBe(true)
    if (!SPECIAL.includes(BigInt(index))) continue
    for (const other of [index % 2 ** 31, index % 2 ** 32, index - 1, index + 1, index + 2 ** 32, index - 2 ** 32]) {
      if (other !== index) expect(verifyInclusion(nativeSha256, { ...claim, index: other })).toBe(false)
    }
  }
})

test('Every pair of the sizes past 32 bits is proved consistent.', () => {
  for (const second of SIZES) {
    for (const first of [1, 3, 2 ** 31 - 1, ...SIZES].filter((size) => size <= second)) {
      const claim = {
        first,
        firstRoot: bigRoot(0n, BigInt(first)),
        second,
        secondRoot: bigRoot(0n, BigInt(second)),
        proof: consistencyProof(nativeSha256, first, second, readerAt(second)),
      }
      expect(verifyConsistency(nativeSha256, claim), `${first} to ${second}`).toBe(true)
      const changed = { ...claim, firstRoot: claim.firstRoot.with(31, claim.firstRoot[31]! ^ 1) }
      expect(verifyConsistency(nativeSha256, changed)).toBe(false)
    }
  }
})

test.each([2 ** 31 - 2, 2 ** 32 + 3, 2 ** 40 - 1, 2 ** 52 + 2 ** 33])(
  'An append at size %d completes the nodes of the recursive definition.',
  (size) => {
    const leaves = [0n, 1n, 2n, 3n, 4n].map((offset) => leafAt(BigInt(size) + offset))
    const stored = new MemoryNodes()
    const appended = appendLeaves(nativeSha256, size, leaves, readerAt(size))
    expect(appended.size).toBe(size + 5)
    for (const node of appended.nodes) {
      stored.put(node)
      expect(toHex(node.hash)).toBe(toHex(readerAt(size + 5).node(node.level, node.index)))
    }
    const grown: NodeReader = {
      node: (level, index) => ((index + 1) * 2 ** level <= size ? readerAt(size).node(level, index) : stored.node(level, index)),
    }
    expect(toHex(rootHash(nativeSha256, size + 5, grown))).toBe(toHex(bigRoot(0n, BigInt(size + 5))))
  },
)
