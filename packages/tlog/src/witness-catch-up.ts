import { addCheckpoint, type WitnessAnswer, type WitnessClientOptions, type WitnessPeer } from './witness-client.ts'

/** A head moves on while others ask too, but not for ever. */
const MAX_ATTEMPTS = 3

/** What a log needs to be cosigned by a witness of which it need not know the state. */
export interface CosignRequest {
  /** The signed checkpoint, and its tree size. */
  readonly note: string
  readonly size: number
  /** The size that the witness is thought to know, 0 if unsure: it will say. */
  readonly knownSize?: number
  /** The consistency proof between two sizes of the log. */
  readonly prove: (first: number, second: number) => readonly Uint8Array[] | Promise<readonly Uint8Array[]>
}

/**
 * Asks a witness to cosign a checkpoint, and if it knows the log at another size, asks again with a proof from there. The
 * answer is `conflict` only if the witness knows a larger tree than the checkpoint's, or keeps changing its mind. Throws
 * as `addCheckpoint` and `prove` do.
 */
export async function requestCosignature(
  witness: WitnessPeer,
  { note, size, knownSize = 0, prove }: CosignRequest,
  options?: WitnessClientOptions,
): Promise<WitnessAnswer> {
  let oldSize = Math.min(knownSize, size)
  for (let attempt = 1; ; attempt++) {
    const proof = oldSize === 0 ? [] : await prove(oldSize, size)
    const answer = await addCheckpoint(witness, { oldSize, proof, note }, options)
    if (answer.outcome !== 'conflict' || answer.size > size || attempt === MAX_ATTEMPTS) return answer
    oldSize = answer.size
  }
}
