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

/** The one error class of this package. Sizes, indexes and hashes of the wrong shape are a `RangeError` instead. */
export class TlogError extends Error {
  override readonly name: string = 'TlogError'
  readonly code: TlogErrorCode

  constructor(code: TlogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
