import { decodeBase64, encodeBase64 } from './base64.ts'
import { TlogError } from './error.ts'
import { isHash } from './hash.ts'
import { signNote, verifyNote, type NoteSignature, type NoteSigner, type NoteVerifier } from './note.ts'
import { assertPlainText } from './note-text.ts'
import { isSize, parseSize } from './size.ts'

/** A tree head: that the log `origin` had `size` entries under this root hash. */
export interface TreeHead {
  /** Identifies the log; by custom a URL without scheme. Not empty, one line. */
  readonly origin: string
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
}

/** A tree head as read, with the lines after it, which no log monitor can check. Normally there are none. */
export interface Checkpoint extends TreeHead {
  readonly extensions: readonly string[]
}

/** A checkpoint of the expected log with the signatures that verified and those by unknown keys. */
export interface OpenedCheckpoint extends Checkpoint {
  readonly verified: readonly NoteSignature[]
  readonly unknown: readonly NoteSignature[]
}

/** The note text of a checkpoint (C2SP tlog-checkpoint), without extension lines. Throws `TlogError` `bad_checkpoint`. */
export function formatCheckpoint({ origin, size, root }: TreeHead): string {
  assertPlainText('bad_checkpoint', 'the origin', origin)
  if (origin === '' || origin.includes('\n')) {
    throw new TlogError('bad_checkpoint', `origin \`${origin}\` must be one line and not empty`)
  }
  if (!isSize(size)) throw new TlogError('bad_checkpoint', `\`${String(size)}\` is not a tree size from 0 to 2^53 - 1`)
  if (!isHash(root)) throw new TlogError('bad_checkpoint', 'the root hash must be 32 bytes in a `Uint8Array`')
  return `${origin}\n${size}\n${encodeBase64(root)}\n`
}

/** Reads the text of a note as a checkpoint, without any signature. Throws `TlogError` `bad_checkpoint`. */
export function parseCheckpoint(text: string): Checkpoint {
  assertPlainText('bad_checkpoint', 'the checkpoint', text)
  if (!text.endsWith('\n')) throw new TlogError('bad_checkpoint', 'the checkpoint must end in a newline')
  const lines = text.slice(0, -1).split('\n')
  if (lines.includes('')) throw new TlogError('bad_checkpoint', 'the checkpoint has an empty line')
  const [origin, decimal, encoded, ...extensions] = lines
  if (origin === undefined || decimal === undefined || encoded === undefined) {
    throw new TlogError('bad_checkpoint', 'the checkpoint needs three lines: origin, tree size, root hash')
  }
  const size = parseSize(decimal)
  if (size === null) {
    const rule = 'a decimal number from 0 to 2^53 - 1 without leading zeros'
    throw new TlogError('bad_checkpoint', `tree size \`${decimal}\` is not ${rule}`)
  }
  const root = decodeBase64(encoded)
  if (!isHash(root)) throw new TlogError('bad_checkpoint', `root hash \`${encoded}\` is not the base64 of 32 bytes`)
  return { origin, size, root, extensions }
}

/** The signed note of a tree head. Witnesses and monitors expect the key name of the log's signer to be the origin. */
export async function signCheckpoint(head: TreeHead, signers: readonly NoteSigner[]): Promise<string> {
  return signNote(formatCheckpoint(head), signers)
}

/**
 * Verifies a signed checkpoint of the log `origin`. `verifiers` are the log's own keys: one valid signature by any of
 * them is enough, so a witness's key among them could stand in for the log. Throws `TlogError`: as `verifyNote`, then
 * `bad_checkpoint` or `wrong_origin`.
 */
export async function openCheckpoint(
  note: string | Uint8Array,
  verifiers: readonly NoteVerifier[],
  origin: string,
): Promise<OpenedCheckpoint> {
  const { text, verified, unknown } = await verifyNote(note, verifiers)
  const checkpoint = parseCheckpoint(text)
  if (checkpoint.origin === origin) return { ...checkpoint, verified, unknown }
  throw new TlogError('wrong_origin', `the checkpoint is of log \`${checkpoint.origin}\`, expected \`${origin}\``)
}
