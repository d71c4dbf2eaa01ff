/**
 * What can be wrong with the text, the keys or the stored nodes handed to this package. The set is closed: a program may
 * switch over it.
 *
 * - `bad_note`: the text is not a signed note.
 * - `bad_key`: a key, key name or seed is malformed, or a verifier key does not have the ID it states.
 * - `bad_checkpoint`: the note text is not a checkpoint.
 * - `ambiguous_key`: two given verifiers have the same name and key ID.
 * - `wrong_signature`: a signature by a known key does not verify.
 * - `no_known_signature`: the note carries no signature by any of the known keys.
 * - `wrong_origin`: the checkpoint is of another log.
 * - `missing_node`: a node that must be stored at this tree size is not.
 * - `bad_path`: the path is not that of a tile, an entry bundle or the checkpoint.
 * - `bad_entry`: an entry is longer than an entry bundle can hold.
 * - `missing_tile`: a tile or entry bundle that must be stored at this tree size is not.
 * - `bad_tile`: a tile or entry bundle is malformed, or does not belong to the tree it is stored for.
 * - `wrong_root`: the stored tree has another root hash than its head says.
 * - `bad_request`: the text is not a request to a witness.
 * - `witness_unreachable`: a witness gave no answer, or not in time.
 * - `bad_answer`: a witness answered what its protocol does not allow, such as a cosignature that does not verify.
 * - `bad_policy`: the text is not a trust policy.
 * - `no_quorum`: the cosignatures of a checkpoint are not enough for the policy.
 * - `bad_proof`: the text is not a proof of inclusion.
 * - `wrong_proof`: a proof does not show that the entry is in the tree.
 */
export type TlogErrorCode =
  | 'bad_note'
  | 'bad_key'
  | 'bad_checkpoint'
  | 'ambiguous_key'
  | 'wrong_signature'
  | 'no_known_signature'
  | 'wrong_origin'
  | 'missing_node'
  | 'bad_path'
  | 'bad_entry'
  | 'missing_tile'
  | 'bad_tile'
  | 'wrong_root'
  | 'bad_request'
  | 'witness_unreachable'
  | 'bad_answer'
  | 'bad_policy'
  | 'no_quorum'
  | 'bad_proof'
  | 'wrong_proof'

/** The one error class of this package. Sizes, indexes and hashes of the wrong shape are a `RangeError` instead. */
export class TlogError extends Error {
  override readonly name: string = 'TlogError'
  readonly code: TlogErrorCode

  constructor(code: TlogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
