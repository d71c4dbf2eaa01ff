import { parseCheckpoint, type Checkpoint } from './checkpoint.ts'
import { TlogError } from './error.ts'
import { formatHashLines, parseHashLines } from './hash-lines.ts'
import { decodeText } from './note-text.ts'
import { parseNote } from './note.ts'
import { assertSize, parseSize } from './size.ts'

/** What a log asks of a witness: to cosign a checkpoint, given that it grew from the tree that the witness knows. */
export interface AddCheckpoint {
  /** The size of the checkpoint that the witness cosigned last, 0 if none. */
  readonly oldSize: number
  /** The consistency proof from the old size to that of the checkpoint; empty if the old size is 0. At most 63 hashes. */
  readonly proof: readonly Uint8Array[]
  /** The signed checkpoint. */
  readonly note: string
}

/**
 * The body of an `add-checkpoint` request (C2SP tlog-witness). Throws `TlogError` `bad_request`, or as `parseNote` and
 * `parseCheckpoint`, if `parseAddCheckpoint` would not read it back; `RangeError` for a size or hash.
 */
export function formatAddCheckpoint({ oldSize, proof, note }: AddCheckpoint): string {
  assertSize('the old size', oldSize)
  parseCheckpoint(parseNote(note).text)
  return `old ${oldSize}\n${formatHashLines('bad_request', proof)}\n${note}`
}

/**
 * Reads the body of an `add-checkpoint` request, verifying nothing. Throws `TlogError`: `bad_request`, or `bad_note` or
 * `bad_checkpoint` for what is wrong with the checkpoint.
 */
export function parseAddCheckpoint(body: string | Uint8Array): AddCheckpoint & { readonly checkpoint: Checkpoint } {
  const whole = decodeText('bad_request', 'the request', body)
  const blank = whole.indexOf('\n\n')
  if (blank === -1) throw new TlogError('bad_request', 'the request has no blank line before the checkpoint')
  const [first = '', ...hashes] = whole.slice(0, blank).split('\n')
  const oldSize = first.startsWith('old ') ? parseSize(first.slice(4)) : null
  if (oldSize === null) {
    throw new TlogError('bad_request', `line \`${first.slice(0, 200)}\` is not \`old\` and a size from 0 to 2^53 - 1 without leading zeros`)
  }
  const proof = parseHashLines('bad_request', hashes)
  const note = whole.slice(blank + 2)
  return { oldSize, proof, note, checkpoint: parseCheckpoint(parseNote(note).text) }
}
