import { parseCheckpoint, type Checkpoint } from './checkpoint.ts'
import { COSIGNATURE_TYPE, cosignatureTime, ed25519CosignatureVerifier } from './cosignature.ts'
import { ed25519Verifier } from './ed25519.ts'
import { TlogError } from './error.ts'
import { formatNoteKey, type NoteKey } from './note-key.ts'
import { parseNote, sortSignatures, type NoteSignature, type NoteVerifier } from './note.ts'
import { hasQuorum, type PolicyLog, type PolicyWitness, type TrustPolicy } from './policy.ts'

/** A cosignature that verified. */
export interface VerifiedCosignature {
  readonly witness: PolicyWitness
  /** When it was made, by the witness's clock, in seconds since 1970. The policy makes no use of it. */
  readonly time: number
}

/** A checkpoint that a policy says to trust. */
export interface TrustedCheckpoint extends Checkpoint {
  /** The logs of the policy, all with this origin, whose keys signed it: at least one. */
  readonly signedBy: readonly PolicyLog[]
  /** In the order of the note; a witness that cosigned more than once is there as often. */
  readonly cosignatures: readonly VerifiedCosignature[]
}

/**
 * Verifies a signed checkpoint by a policy (C2SP tlog-policy): one of the logs with its origin has signed it, and the
 * witnesses that cosigned it make the quorum. Signatures by unknown keys, and by keys of signature types other than 1 and
 * 4, do not count and do not harm. A policy that names no logs needs them given as `logs`. Throws `TlogError`: as
 * `parseNote` and `parseCheckpoint`, `wrong_origin` if no log has the origin, `wrong_signature` if a signature by a log or
 * witness of the policy does not verify, `no_known_signature` if no log signed, `no_quorum`.
 */
export async function openByPolicy(
  note: string | Uint8Array,
  policy: TrustPolicy,
  logs: readonly PolicyLog[] = policy.logs,
): Promise<TrustedCheckpoint> {
  const parsed = parseNote(note)
  const checkpoint = parseCheckpoint(parsed.text)
  const candidates = logs.filter(({ key }) => key.name === checkpoint.origin)
  if (candidates.length === 0) throw new TlogError('wrong_origin', `the policy has no log \`${checkpoint.origin}\``)

  const byLogs = await sortSignatures(parsed, await verifiersOf(candidates))
  const signedBy = candidates.filter(({ key }) => byLogs.verified.some((signature) => isBy(signature, key)))
  if (signedBy.length === 0) throw new TlogError('no_known_signature', `no key of log \`${checkpoint.origin}\` has signed the checkpoint`)

  const timed = policy.witnesses.filter(({ key }) => key.type === COSIGNATURE_TYPE)
  const byWitnesses = await sortSignatures(parsed, await verifiersOf(timed))
  const cosignatures = byWitnesses.verified.map((signature) => ({
    witness: timed.find(({ key }) => isBy(signature, key))!,
    time: cosignatureTime(signature.signature),
  }))
  const cosigned = new Set(cosignatures.map(({ witness }) => witness))
  if (hasQuorum(policy.quorum, cosigned)) return { ...checkpoint, signedBy, cosignatures }
  const names = [...cosigned].map(({ name }) => `\`${name}\``).join(', ') || 'no known witness'
  throw new TlogError('no_quorum', `the checkpoint is cosigned by ${names}, which is not the quorum of the policy`)
}

/** A verifier for each key of a known type. */
async function verifiersOf(keys: readonly { readonly key: NoteKey }[]): Promise<NoteVerifier[]> {
  const verifiers = keys.map(async ({ key }) => {
    if (key.type === COSIGNATURE_TYPE) return ed25519CosignatureVerifier(formatNoteKey(key))
    return key.type === 1 ? ed25519Verifier(formatNoteKey(key)) : null
  })
  return (await Promise.all(verifiers)).filter((verifier) => verifier !== null)
}

function isBy(signature: NoteSignature, key: NoteKey): boolean {
  return signature.name === key.name && signature.keyId === key.id
}
