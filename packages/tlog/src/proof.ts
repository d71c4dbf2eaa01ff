import { decodeBase64, encodeBase64 } from './base64.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { TlogError } from './error.ts'
import { assertHash, type Sha256 } from './hash.ts'
import { formatHashLines, parseHashLines } from './hash-lines.ts'
import { verifyInclusion } from './inclusion.ts'
import { decodeText } from './note-text.ts'
import { parseNote } from './note.ts'
import type { PolicyLog, TrustPolicy } from './policy.ts'
import { openByPolicy, type TrustedCheckpoint } from './policy-check.ts'
import { assertSize, parseSize } from './size.ts'

const HEADER = 'c2sp.org/tlog-proof@v1'

/** The longest text of a proof, in bytes: room for 16 signatures of any type and much extra data. */
const MAX_SIZE = 2 ** 20

/** A proof that an entry is in a log, which can be verified offline (C2SP tlog-proof). */
export interface LogProof {
  /** What the application adds, not empty, or null. Nothing vouches for it. */
  readonly extra: Uint8Array | null
  /** Which entry of the log it is, from 0. */
  readonly index: number
  /** The inclusion proof, from the leaf's sibling up; at most 63 hashes. */
  readonly proof: readonly Uint8Array[]
  /** The signed and cosigned checkpoint, verbatim. */
  readonly checkpoint: string
}

/**
 * The text of a proof, for a file named `.tlog-proof`. Throws `TlogError` `bad_proof` if `parseProof` would not read it
 * back the same, as `parseNote` and `parseCheckpoint` for the checkpoint, `RangeError` for an index or hash.
 */
export function formatProof({ extra, index, proof, checkpoint }: LogProof): string {
  assertSize('the index', index)
  if (extra?.length === 0) throw new TlogError('bad_proof', 'the extra data is empty; give null for none')
  const extraLine = extra === null ? '' : `extra ${encodeBase64(extra)}\n`
  const text = `${HEADER}\n${extraLine}index ${index}\n${formatHashLines('bad_proof', proof)}\n${checkpoint}`
  parseProof(text)
  return text
}

/**
 * Reads the text of a proof, verifying nothing. Throws `TlogError`: `bad_proof`, or `bad_note` or `bad_checkpoint` for
 * what is wrong with the checkpoint.
 */
export function parseProof(text: string | Uint8Array): LogProof {
  const whole = decodeText('bad_proof', 'the proof', text)
  if (new TextEncoder().encode(whole).length > MAX_SIZE) throw new TlogError('bad_proof', `the proof is longer than ${MAX_SIZE} bytes`)
  const blank = whole.indexOf('\n\n')
  if (blank === -1) throw new TlogError('bad_proof', 'the proof has no blank line before the checkpoint')
  const [header, ...lines] = whole.slice(0, blank).split('\n')
  if (header !== HEADER) throw new TlogError('bad_proof', `the first line is not \`${HEADER}\``)
  const extra = lines[0]?.startsWith('extra ') === true ? parseExtra(lines.shift()!.slice('extra '.length)) : null
  const indexLine = lines.shift() ?? ''
  const index = indexLine.startsWith('index ') ? parseSize(indexLine.slice('index '.length)) : null
  if (index === null) {
    throw new TlogError(
      'bad_proof',
      `line \`${indexLine.slice(0, 200)}\` is not \`index\` and a number from 0 to 2^53 - 1 without leading zeros`,
    )
  }
  const checkpoint = whole.slice(blank + 2)
  parseCheckpoint(parseNote(checkpoint).text)
  return { extra, index, proof: parseHashLines('bad_proof', lines), checkpoint }
}

/** What a proof showed: that the leaf is entry `index` of the tree of the checkpoint. */
export interface ProvenEntry {
  readonly index: number
  readonly checkpoint: TrustedCheckpoint
}

/**
 * Verifies offline that the log has an entry with the leaf hash, and that the checkpoint is to be trusted by the policy:
 * see `openByPolicy`, also for `logs`. The extra data is left out of account. Throws `TlogError` as `parseProof` and
 * `openByPolicy` do, `wrong_proof` if the leaf is not shown to be in the tree; `RangeError` if `leaf` is not 32 bytes.
 */
export async function verifyProof(
  sha256: Sha256,
  text: string | Uint8Array,
  leaf: Uint8Array,
  policy: TrustPolicy,
  logs?: readonly PolicyLog[],
): Promise<ProvenEntry> {
  assertHash('the leaf hash', leaf)
  const { index, proof, checkpoint: note } = parseProof(text)
  const checkpoint = await openByPolicy(note, policy, logs)
  const { size, root } = checkpoint
  if (verifyInclusion(sha256, { leaf, index, size, proof, root })) return { index, checkpoint }
  throw new TlogError('wrong_proof', `the leaf is not shown to be entry ${index} of the tree of size ${size}`)
}

function parseExtra(encoded: string): Uint8Array {
  const extra = decodeBase64(encoded)
  if (extra !== null && extra.length > 0) return extra
  throw new TlogError('bad_proof', 'the extra data is not base64, or is empty')
}
