import { addCheckpoint, consistencyProof, ed25519CosignatureVerifier, formatNoteKey, requestCosignature, TlogError } from '@bailiwick/tlog'
import type { NoteVerifier, PolicyWitness, TrustPolicy, WitnessAnswer, WitnessPeer } from '@bailiwick/tlog'
import { lastCosigned } from './last-cosigned.ts'
import type { LedgerStore } from '../ledger-store.ts'
import { nodeSha256 } from '../node-sha256.ts'

export interface WitnessesOptions {
  readonly policy: TrustPolicy
  readonly store: LedgerStore
  /** Told in one line when a witness cannot be asked any more, and when it can be again. */
  readonly report: (line: string) => void
  /** How long one witness may take to answer, in milliseconds. */
  readonly timeout: number
}

/** A signed head as witnesses are asked to cosign it. */
export interface SignedHead {
  readonly size: number
  readonly note: string
}

/** The witnesses of a policy (C2SP tlog-witness), asked to cosign the ledger's heads; what they sign is kept with the heads. */
export class Witnesses {
  readonly #options: WitnessesOptions
  readonly #peers: readonly (PolicyWitness & { readonly url: string })[]
  readonly #known = new Map<string, number>()
  readonly #away = new Set<string>()

  constructor(options: WitnessesOptions) {
    this.#options = options
    this.#peers = options.policy.witnesses.flatMap((witness) => (witness.url === null ? [] : [{ ...witness, url: witness.url }]))
  }

  /**
   * Has a head cosigned by every witness that can be asked. Resolves with why the ledger cannot be what a witness has cosigned before: it was
   * rolled back or rewritten; null when no witness says so.
   */
  async cosign(head: SignedHead): Promise<string | null> {
    const found = await Promise.all(this.#peers.map((peer) => this.#ask(peer, head)))
    return found.find((problem) => problem !== null) ?? null
  }

  async #ask(witness: PolicyWitness & { readonly url: string }, head: SignedHead): Promise<string | null> {
    const { store, timeout } = this.#options
    const prove = (first: number, second: number): readonly Uint8Array[] => consistencyProof(nodeSha256, first, second, store.nodes())
    try {
      const knownSize = this.#known.get(witness.name) ?? 0
      const peer: WitnessPeer = { url: witness.url, verifiers: [await ed25519CosignatureVerifier(formatNoteKey(witness.key))] }
      const answer = await requestCosignature(peer, { ...head, knownSize, prove }, { timeout })
      // A witness that knows other entries of the same number may say so by naming that number, however often it is asked.
      const last =
        answer.outcome === 'conflict' && answer.size === head.size
          ? await addCheckpoint(peer, { oldSize: head.size, proof: [], note: head.note }, { timeout })
          : answer
      const denied = await this.#take(witness.name, head, last)
      return denied === null ? null : `${denied}${await sinceWhen(peer.verifiers[0] as NoteVerifier, store)}`
    } catch (error) {
      if (!(error instanceof TlogError)) throw error
      this.#leave(witness.name, error.message)
      return null
    }
  }

  async #take(name: string, head: SignedHead, answer: WitnessAnswer): Promise<string | null> {
    const { store, report } = this.#options
    if (answer.outcome === 'cosigned') {
      await store.addCosignatures(head.size, answer.cosignatures)
      this.#known.set(name, head.size)
      if (this.#away.delete(name)) report(`the witness \`${name}\` cosigns again`)
      return null
    }
    if (answer.outcome === 'conflict') {
      const size = await store.size()
      if (answer.size === head.size)
        return `the witness \`${name}\` has cosigned ${answer.size} entries that are not the first ${answer.size} of this ledger: it was rewritten since`
      // Another process of this ledger may have been cosigned further meanwhile.
      if (answer.size > head.size && answer.size <= size) return null
      if (answer.size <= size) {
        this.#leave(name, 'it says each time that it knows the ledger at another size')
        return null
      }
      return `the witness \`${name}\` has cosigned ${answer.size} entries of this ledger, and there are ${size}: its end was taken away since`
    }
    if (answer.status === 422)
      return `the witness \`${name}\` refuses this ledger: it does not continue what it has cosigned (${answer.reason})`
    this.#leave(name, `it answered with status ${answer.status}: ${answer.reason}`)
    return null
  }

  #leave(name: string, why: string): void {
    if (this.#away.has(name)) return
    this.#away.add(name)
    this.#options.report(`the witness \`${name}\` does not cosign: ${why}`)
  }
}

/** Since when what a witness denies must have been done to the ledger, in words. */
async function sinceWhen(verifier: NoteVerifier, store: LedgerStore): Promise<string> {
  const last = await lastCosigned(verifier, store)
  if (last === null) return '; nothing that is here was cosigned by it'
  return `; of what is here, it cosigned the first ${last.size} entries last, at ${new Date(last.time).toISOString()}`
}
