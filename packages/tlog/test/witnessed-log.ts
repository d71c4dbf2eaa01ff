import {
  consistencyProof,
  createWitness,
  ed25519CosignatureVerifier,
  ed25519Cosigner,
  ed25519Signer,
  ed25519Verifier,
  formatNoteKey,
  MemoryWitnessStore,
  rootHash,
  sha256,
  signCheckpoint,
  type NoteSigner,
  type WitnessPeer,
  type WitnessStore,
} from '../src/index.ts'
import { countingEntries, nodesOf } from './log.ts'
import { nativeSha256, type Bytes } from './naive-tree.ts'

export const ORIGIN = 'example.com/log'
export const URL_PREFIX = 'https://witness.example.com/w1'

/** A log with two histories: the true one, and one that differs in entry 3. */
export const signer: NoteSigner = await ed25519Signer(ORIGIN, new Uint8Array(32).fill(1))
const entries = countingEntries(300)
const truth = nodesOf(entries)
const fork = nodesOf(entries.with(3, new TextEncoder().encode('forged')))

export async function headNote(size: number, forged = false, signers: readonly NoteSigner[] = [signer]): Promise<string> {
  return signCheckpoint({ origin: ORIGIN, size, root: rootHash(sha256, size, forged ? fork : truth) }, signers)
}

export function proofOf(first: number, second: number, forged = false): Bytes[] {
  return consistencyProof(sha256, first, second, forged ? fork : truth)
}

/** A witness of the log, all of its own, and how a client knows it. */
export async function newWitness(
  store: WitnessStore = new MemoryWitnessStore(),
  seed = 2,
): Promise<{ handle: (request: Request) => Promise<Response>; peer: WitnessPeer; cosigner: NoteSigner }> {
  const cosigner = await ed25519Cosigner('witness.example.com/w1', new Uint8Array(32).fill(seed))
  const logs = [{ origin: ORIGIN, verifiers: [await ed25519Verifier(formatNoteKey(signer.key))] }]
  const verifiers = [await ed25519CosignatureVerifier(formatNoteKey(cosigner.key))]
  return { handle: createWitness(nativeSha256, { cosigners: [cosigner], logs, store }), peer: { url: URL_PREFIX, verifiers }, cosigner }
}
