import type { NoteKey } from './note-key.ts'

/** A log that a policy accepts checkpoints of. */
export interface PolicyLog {
  /** Its name is the origin of the log. */
  readonly key: NoteKey
  readonly url: string | null
}

/** A witness that a policy names. */
export interface PolicyWitness {
  /** As the policy file names it, for its own use; not the name of the key. */
  readonly name: string
  readonly key: NoteKey
  readonly url: string | null
}

/** Who must have cosigned: a witness, or at least `threshold` of the members, which are witnesses and further groups. */
export type QuorumRule =
  | { readonly kind: 'witness'; readonly witness: PolicyWitness }
  | { readonly kind: 'group'; readonly name: string; readonly threshold: number; readonly members: readonly QuorumRule[] }

/** Which checkpoints are to be trusted (C2SP tlog-policy): signed by one of the logs, cosigned as the quorum says. */
export interface TrustPolicy {
  /** In the order of the file. No two have the same public key. */
  readonly logs: readonly PolicyLog[]
  /** In the order of the file. No two have the same public key, nor the same name and ID of the key. */
  readonly witnesses: readonly PolicyWitness[]
  /** Null is `quorum none`: nobody must have cosigned. */
  readonly quorum: QuorumRule | null
}

/**
 * Whether the cosigners make the quorum. `cosigned` must hold just those witnesses of the policy of which a cosignature on
 * the checkpoint in question has been verified.
 */
export function hasQuorum(quorum: QuorumRule | null, cosigned: ReadonlySet<PolicyWitness>): boolean {
  if (quorum === null) return true
  if (quorum.kind === 'witness') return cosigned.has(quorum.witness)
  return quorum.members.filter((member) => hasQuorum(member, cosigned)).length >= quorum.threshold
}
