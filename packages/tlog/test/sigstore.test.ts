import { createPublicKey } from 'node:crypto'
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ed25519Signer, inclusionProof, rootHash, sha256, signCheckpoint } from '../src/index.ts'
import { countingEntries, flipBit, nodesOf } from './log.ts'

/** The parts of `@sigstore/verify` that check a checkpoint and an inclusion proof: an implementation that shares nothing with ours. */
const load = createRequire(import.meta.url)
const { verifyCheckpoint } = load('@sigstore/verify/dist/tlog/checkpoint.js') as {
  verifyCheckpoint(entry: SigstoreEntry, logs: readonly SigstoreLog[]): SigstoreCheckpoint
}
const { verifyMerkleInclusion } = load('@sigstore/verify/dist/tlog/merkle.js') as {
  verifyMerkleInclusion(entry: SigstoreEntry, checkpoint: SigstoreCheckpoint): void
}

interface SigstoreEntry {
  readonly canonicalizedBody: Buffer
  readonly inclusionProof: {
    readonly logIndex: string
    readonly hashes: readonly Buffer[]
    readonly checkpoint: { readonly envelope: string }
  }
}

interface SigstoreCheckpoint {
  readonly origin: string
  readonly logSize: bigint
  readonly logHash: Buffer
}

interface SigstoreLog {
  readonly logID: Buffer
  readonly baseURL: string
  readonly publicKey: ReturnType<typeof createPublicKey>
  readonly validFor: { readonly start: Date; readonly end: Date }
}

const ORIGIN = 'example.com/log'
const signer = await ed25519Signer(ORIGIN, new Uint8Array(32).fill(1))
const log: SigstoreLog = {
  logID: Buffer.concat([Buffer.from(signer.key.id, 'hex'), Buffer.alloc(28)]),
  baseURL: ORIGIN,
  publicKey: createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(signer.key.publicKey).toString('base64url') },
    format: 'jwk',
  }),
  validFor: { start: new Date(0), end: new Date(8.64e15) },
}

const entries = countingEntries(300)
const nodes = nodesOf(entries)

async function sigstoreEntry(index: number, size: number): Promise<SigstoreEntry> {
  const envelope = await signCheckpoint({ origin: ORIGIN, size, root: rootHash(sha256, size, nodes) }, [signer])
  const hashes = inclusionProof(sha256, index, size, nodes).map((hash) => Buffer.from(hash))
  return { canonicalizedBody: Buffer.from(entries[index]!), inclusionProof: { logIndex: String(index), hashes, checkpoint: { envelope } } }
}

function accepts(entry: SigstoreEntry): boolean {
  try {
    verifyMerkleInclusion(entry, verifyCheckpoint(entry, [log]))
    return true
  } catch {
    return false
  }
}

test('An independent verifier accepts the checkpoints and inclusion proofs of many trees.', async () => {
  for (const size of [1, 2, 3, 7, 8, 9, 100, 255, 256, 257, 300]) {
    for (const index of new Set([0, 1, size >> 1, size - 1].filter((i) => i < size))) {
      expect(accepts(await sigstoreEntry(index, size)), `${index} of ${size}`).toBe(true)
    }
  }
})

test('The independent verifier refuses an altered entry, proof, index, and head.', async () => {
  const entry = await sigstoreEntry(5, 300)
  const { hashes, checkpoint } = entry.inclusionProof
  const withProof = (part: Partial<SigstoreEntry['inclusionProof']>): SigstoreEntry => ({
    ...entry,
    inclusionProof: { ...entry.inclusionProof, ...part },
  })
  expect(accepts(entry)).toBe(true)
  expect(accepts({ ...entry, canonicalizedBody: Buffer.from('other') })).toBe(false)
  expect(accepts(withProof({ logIndex: '4' }))).toBe(false)
  expect(accepts(withProof({ hashes: hashes.slice(1) }))).toBe(false)
  const other = (await sigstoreEntry(5, 299)).inclusionProof.checkpoint
  expect(accepts(withProof({ checkpoint: other }))).toBe(false)
  expect(accepts(withProof({ checkpoint: { envelope: checkpoint.envelope.replace('300', '301') } }))).toBe(false)
  fc.assert(
    fc.property(fc.nat(hashes.length - 1), fc.nat(255), (at, bit) => {
      expect(accepts(withProof({ hashes: hashes.map((hash, i) => (i === at ? Buffer.from(flipBit(hash, bit)) : hash)) }))).toBe(false)
    }),
  )
})
