import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  consistencyProof,
  ed25519Signer,
  ed25519Verifier,
  formatNoteKey,
  inclusionProof,
  leafHash,
  openCheckpoint,
  rootHash,
  sha256,
  signCheckpoint,
  verifyConsistency,
  verifyInclusion,
} from '../src/index.ts'
import { fromHex, nodesOf, toHex } from './log.ts'
import { vectors, type Vectors } from './vectors.ts'

const file = new URL('../../../conformance/tlog.json', import.meta.url)
const given = JSON.parse(readFileSync(file, 'utf8')) as Vectors
const nodes = nodesOf(given.entries.map(fromHex))
const rootAt = (size: number): Uint8Array => fromHex(given.roots.find((root) => root.size === size)!.root)

test('The file of vectors is the one that write-vectors.ts writes.', () => {
  expect(given).toEqual(vectors())
})

test('The leaf hashes and roots are those of the vectors.', () => {
  expect(given.entries.map((entry) => toHex(leafHash(sha256, fromHex(entry))))).toEqual(given.leafHashes)
  for (const { size, root } of given.roots) expect(toHex(rootHash(sha256, size, nodes))).toBe(root)
})

test('The inclusion proofs are those of the vectors, and theirs verify.', () => {
  expect(given.inclusion).toHaveLength(36)
  for (const { index, size, proof } of given.inclusion) {
    expect(inclusionProof(sha256, index, size, nodes).map(toHex)).toEqual(proof)
    const leaf = fromHex(given.leafHashes[index]!)
    expect(verifyInclusion(sha256, { leaf, index, size, proof: proof.map(fromHex), root: rootAt(size) })).toBe(true)
  }
})

test('The consistency proofs are those of the vectors, and theirs verify.', () => {
  expect(given.consistency).toHaveLength(36)
  for (const { first, second, proof } of given.consistency) {
    expect(consistencyProof(sha256, first, second, nodes).map(toHex)).toEqual(proof)
    const roots = { firstRoot: rootAt(first), secondRoot: rootAt(second) }
    expect(verifyConsistency(sha256, { first, second, ...roots, proof: proof.map(fromHex) })).toBe(true)
  }
})

test('The checkpoint is signed to the byte as in the vectors, and theirs opens.', async () => {
  const { seed, vkey, origin, size, root, note } = given.checkpoint
  const signer = await ed25519Signer(origin, fromHex(seed))
  expect(formatNoteKey(signer.key)).toBe(vkey)
  expect(await signCheckpoint({ origin, size, root: fromHex(root) }, [signer])).toBe(note)
  const opened = await openCheckpoint(note, [await ed25519Verifier(vkey)], origin)
  expect(opened).toMatchObject({ origin, size, root: rootAt(size) })
})
