import { ed25519Verifier, inclusionProof, leafHash, openCheckpoint, TlogError, verifyInclusion } from '@bailiwick/tlog'
import * as z from 'zod'
import { BailiwickError } from '../model/bailiwick-error.ts'
import type { LedgerEntry } from './entry.ts'
import { nodeSha256 } from './node-sha256.ts'
import type { LedgerKeys } from './ledger-keys.ts'
import type { LedgerStore } from './ledger-store.ts'

/** Proof that one entry is in the ledger under a signed head; verifiable offline by anyone who has the ledger's public key. */
export interface EntryProof {
  readonly format: 'bailiwick-proof/v1'
  /** The entry's exact bytes, base64: the leaf. */
  readonly entry: string
  readonly index: number
  readonly size: number
  /** RFC 6962 audit path, base64, leaf to root. */
  readonly path: readonly string[]
  /** The signed head, a C2SP checkpoint. */
  readonly checkpoint: string
  /** The ledger's public key as a C2SP verifier key. Trust it only when you have it from elsewhere. */
  readonly key: string
}

/** Proves an entry under the newest signed head. @throws BailiwickError `LEDGER_ENTRY_UNKNOWN` when there is none, or no head covers it yet */
export async function proveEntry(store: LedgerStore, keys: LedgerKeys, index: number): Promise<EntryProof> {
  const head = await store.head()
  const [body] = await store.entries(index, 1)
  if (body === undefined) throw new BailiwickError('LEDGER_ENTRY_UNKNOWN', `the ledger has no entry ${index}`)
  if (head === null || head.size <= index)
    throw new BailiwickError('LEDGER_ENTRY_UNKNOWN', `no signed head covers entry ${index} yet`, { mend: 'try again in a second' })
  const path = inclusionProof(nodeSha256, index, head.size, store.nodes())
  return {
    format: 'bailiwick-proof/v1',
    entry: Buffer.from(body).toString('base64'),
    index,
    size: head.size,
    path: path.map((hash) => Buffer.from(hash).toString('base64')),
    checkpoint: head.note,
    key: keys.keyAt(head.size),
  }
}

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/)
const proofSchema = z.strictObject({
  format: z.literal('bailiwick-proof/v1'),
  entry: base64,
  index: z.int().nonnegative(),
  size: z.int().nonnegative(),
  path: z.array(base64).max(64),
  checkpoint: z.string(),
  key: z.string(),
})

export type ProofAnswer =
  | { readonly ok: true; readonly entry: LedgerEntry; readonly key: string }
  | { readonly ok: false; readonly problem: string }

/**
 * Checks a proof offline.
 * @param trusted the ledger's verifier key, from a source other than the proof; null takes the proof's own word for it
 */
export async function checkProof(value: unknown, trusted: string | null): Promise<ProofAnswer> {
  const parsed = proofSchema.safeParse(value)
  if (!parsed.success) return { ok: false, problem: 'this is not a proof that Bailiwick wrote' }
  const proof = parsed.data
  if (trusted !== null && trusted !== proof.key) return { ok: false, problem: 'the proof is signed by another key than the one you trust' }
  try {
    const verifier = await ed25519Verifier(proof.key)
    const head = await openCheckpoint(proof.checkpoint, [verifier], verifier.key.name)
    const leaf = leafHash(nodeSha256, Buffer.from(proof.entry, 'base64'))
    const included =
      head.size === proof.size &&
      verifyInclusion(nodeSha256, {
        leaf,
        index: proof.index,
        size: proof.size,
        proof: proof.path.map((hash) => new Uint8Array(Buffer.from(hash, 'base64'))),
        root: head.root,
      })
    if (!included) return { ok: false, problem: 'the entry is not in the tree whose head was signed' }
    return { ok: true, entry: JSON.parse(Buffer.from(proof.entry, 'base64').toString('utf8')) as LedgerEntry, key: proof.key }
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    return { ok: false, problem: error.message }
  }
}
