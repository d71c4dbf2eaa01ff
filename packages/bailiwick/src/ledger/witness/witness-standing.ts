import { addCheckpoint, ed25519CosignatureVerifier, formatNoteKey, TlogError } from '@bailiwick/tlog'
import type { NoteVerifier, PolicyWitness, WitnessAnswer } from '@bailiwick/tlog'
import type { LedgerStore } from '../ledger-store.ts'
import { lastCosigned } from './last-cosigned.ts'
import type { SignedHead } from './witnesses.ts'

/** The type of Ed25519 cosignatures (C2SP signed-note), the only ones that are verified here. */
const cosignatureType = 4

/** A witness that can be asked to cosign: {@link whyNotAsked} says null. */
export type AskedWitness = PolicyWitness & { readonly url: string }

/** Why nobody asks a witness to cosign; null for one that is asked. */
export function whyNotAsked({ url, key }: PolicyWitness): string | null {
  if (key.type !== cosignatureType) return `its key is of type ${key.type}, which cannot be verified here`
  return url === null ? 'no URL is given of it' : null
}

/** Where a witness stands with a ledger. */
export type WitnessStanding =
  /** It has cosigned `size` of `entries` entries; `time` of its cosignature in milliseconds since 1970, null when none is kept. */
  | { readonly kind: 'follows'; readonly size: number; readonly entries: number; readonly time: number | null }
  /** It has cosigned what this ledger is not. */
  | { readonly kind: 'denies'; readonly problem: string }
  /** It does not follow the ledger, or not by this key. */
  | { readonly kind: 'stranger'; readonly reason: string }
  /** It gave no answer, or none of a witness. */
  | { readonly kind: 'away'; readonly reason: string }

export interface StandingQuestion {
  readonly witness: AskedWitness
  readonly store: LedgerStore
  /** The newest signed head. */
  readonly head: SignedHead
  /** How long the witness may take, in milliseconds. */
  readonly timeout: number
}

/**
 * Asks a witness how it stands with a ledger, and changes nothing by it. It is sent the newest head as the continuation of that very head, without a proof:
 * one that knows the head at this size has nothing to add and signs it once more; one that knows any other size, even none, refuses and says which
 * (409); one that does not know the log or its key refuses too (404, 403). So no witness takes a head that it did not have.
 */
export async function witnessStanding(question: StandingQuestion): Promise<WitnessStanding> {
  const { witness, store, head, timeout } = question
  const verifier = await ed25519CosignatureVerifier(formatNoteKey(witness.key))
  let answer: WitnessAnswer
  try {
    const peer = { url: witness.url, verifiers: [verifier] }
    answer = await addCheckpoint(peer, { oldSize: head.size, proof: [], note: head.note }, { timeout })
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    return { kind: 'away', reason: error.message }
  }
  if (answer.outcome === 'refused') {
    const { status, reason } = answer
    if (status === 422) return denied(head.size)
    return status === 400
      ? { kind: 'away', reason: `it refused with status ${status}: ${reason}` }
      : { kind: 'stranger', reason: `status ${status}: ${reason}` }
  }
  const size = answer.outcome === 'cosigned' ? head.size : answer.size
  if (answer.outcome === 'conflict' && size === head.size) return denied(size)
  // Looked at afterwards: a gateway may be at work.
  const entries = await store.size()
  if (size > entries)
    return {
      kind: 'denies',
      problem: `it has cosigned ${size} entries, and there are ${entries}: the end of the ledger was taken away since`,
    }
  return { kind: 'follows', size, entries, time: await timeOf(verifier, store, size) }
}

function denied(size: number): WitnessStanding {
  return {
    kind: 'denies',
    problem: `it has cosigned ${size} entries that are not the first ${size} of this ledger: it was rewritten since`,
  }
}

/** When a witness cosigned the head of a size; null when its cosignature is not kept. */
async function timeOf(verifier: NoteVerifier, store: LedgerStore, size: number): Promise<number | null> {
  const last = await lastCosigned(verifier, store, size)
  return last?.size === size ? last.time : null
}
