import { decodeBase64, encodeBase64 } from './base64.ts'
import { concatBytes, decodeHex, encodeHex } from './bytes.ts'
import { TlogError } from './error.ts'
import { isKeyName, type NoteKey } from './note-key.ts'
import { assertPlainText, decodeText } from './note-text.ts'

const MAX_SIGNATURES = 100

/** One signature line of a note. */
export interface NoteSignature {
  readonly name: string
  /** The key ID: 8 lower-case hexadecimal digits. */
  readonly keyId: string
  /** The bytes after the key ID, at least one. */
  readonly signature: Uint8Array
}

/** A signed note (C2SP signed-note). The text includes its final newline and is what the signatures are over. */
export interface Note {
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/** Signs the UTF-8 of a note's text; resolves to the bytes that follow the key ID in the signature line. */
export interface NoteSigner {
  readonly key: NoteKey
  sign(text: Uint8Array): Promise<Uint8Array>
}

/** Checks the bytes that follow the key ID against the UTF-8 of the text. Resolves to false for a wrong signature. */
export interface NoteVerifier {
  readonly key: NoteKey
  verify(text: Uint8Array, signature: Uint8Array): Promise<boolean>
}

/** A note of which at least one signature verified and none by a known key failed. */
export interface VerifiedNote {
  readonly text: string
  /** The signatures that verified, in the order of the note. A key may appear more than once. */
  readonly verified: readonly NoteSignature[]
  /** The signatures by unknown keys, of which nothing is known. */
  readonly unknown: readonly NoteSignature[]
}

/**
 * Splits a signed note without verifying anything. Throws `TlogError` `bad_note` if it is not valid UTF-8, has control
 * characters other than newline, has no signatures or more than 100, or a signature line is malformed.
 */
export function parseNote(note: string | Uint8Array): Note {
  const whole = decodeText('bad_note', 'the note', note)
  assertPlainText('bad_note', 'the note', whole)
  const blank = whole.lastIndexOf('\n\n')
  if (blank === -1) throw new TlogError('bad_note', 'the note has no blank line between text and signatures')
  if (!whole.endsWith('\n')) throw new TlogError('bad_note', 'the note must end in a newline')
  const text = whole.slice(0, blank + 1)
  return { text, signatures: parseSignatures(whole.slice(blank + 2)) }
}

/** Writes a signed note. Throws `TlogError` `bad_note` if `parseNote` would not read it back the same. */
export function formatNote({ text, signatures }: Note): string {
  assertNoteText(text)
  const note = `${text}\n${formatSignatures(signatures)}`
  assertPlainText('bad_note', 'the note', note)
  return note
}

/** Signs a text, which must end in a newline, with every signer in turn. Throws `TlogError` `bad_note`. */
export async function signNote(text: string, signers: readonly NoteSigner[]): Promise<string> {
  assertNoteText(text)
  assertSignatureCount(signers.length)
  const message = new TextEncoder().encode(text)
  const signatures: NoteSignature[] = []
  for (const signer of signers) {
    signatures.push({
      name: signer.key.name,
      keyId: signer.key.id,
      signature: await signer.sign(message),
    })
  }
  return formatNote({ text, signatures })
}

/**
 * Verifies a signed note. Signatures whose name and key ID together match no verifier are passed over. Throws
 * `TlogError`: `bad_note` as `parseNote`, `wrong_signature` if one by a known key does not verify,
 * `no_known_signature` if there is none by a known key, `ambiguous_key` if two verifiers share name and key ID.
 */
export async function verifyNote(note: string | Uint8Array, verifiers: readonly NoteVerifier[]): Promise<VerifiedNote> {
  const sorted = await sortSignatures(parseNote(note), verifiers)
  if (sorted.verified.length > 0) return sorted
  const names = sorted.unknown.map(({ name, keyId }) => `\`${name}\` (ID \`${keyId}\`)`).join(', ')
  throw new TlogError('no_known_signature', `no signature is by a known key; the note is signed by ${names}`)
}

/** As `verifyNote`, for a note that is parsed already and may have no signature by a known key. */
export async function sortSignatures({ text, signatures }: Note, verifiers: readonly NoteVerifier[]): Promise<VerifiedNote> {
  const known = new Map(verifiers.map((verifier) => [identity(verifier.key.name, verifier.key.id), verifier]))
  if (known.size !== verifiers.length) {
    throw new TlogError('ambiguous_key', 'two verifiers have the same name and key ID; give each key once')
  }
  const message = new TextEncoder().encode(text)
  const verified: NoteSignature[] = []
  const unknown: NoteSignature[] = []
  for (const signature of signatures) {
    const verifier = known.get(identity(signature.name, signature.keyId))
    if (verifier === undefined) {
      unknown.push(signature)
    } else if (await verifier.verify(message, signature.signature)) {
      verified.push(signature)
    } else {
      const key = `\`${signature.name}\` (ID \`${signature.keyId}\`)`
      throw new TlogError('wrong_signature', `the signature by ${key} does not verify; the note is not to be trusted`)
    }
  }
  return { text, verified, unknown }
}

/**
 * The note with more signatures after its own. Those that it has already, to the byte, are not repeated; nothing is
 * verified. Throws `TlogError` `bad_note` as `parseNote` and `formatNote`.
 */
export function addSignatures(note: string | Uint8Array, more: readonly NoteSignature[]): string {
  const { text, signatures } = parseNote(note)
  const lines = new Set(signatures.map(formatSignatureLine))
  const added = more.filter((signature) => {
    const line = formatSignatureLine(signature)
    return !lines.has(line) && lines.add(line)
  })
  return formatNote({ text, signatures: [...signatures, ...added] })
}

/** Reads one or more signature lines without a text, each ending in a newline. Throws `TlogError` `bad_note`. */
export function parseSignatures(lines: string): NoteSignature[] {
  assertPlainText('bad_note', 'the list of signatures', lines)
  if (!lines.endsWith('\n')) throw new TlogError('bad_note', 'the list of signatures must end in a newline')
  const list = lines.slice(0, -1).split('\n')
  assertSignatureCount(list.length)
  return list.map(parseSignatureLine)
}

/** Writes signature lines as `parseSignatures` reads them. Throws `TlogError` `bad_note`. */
export function formatSignatures(signatures: readonly NoteSignature[]): string {
  assertSignatureCount(signatures.length)
  return signatures.map(formatSignatureLine).join('')
}

function parseSignatureLine(line: string): NoteSignature {
  const [, name, encoded] = /^\u2014 ([^ ]+) ([^ ]+)$/u.exec(line) ?? []
  const bytes = encoded === undefined ? null : decodeBase64(encoded)
  if (name === undefined || !isKeyName(name) || bytes === null || bytes.length < 5) {
    const form = '`\u2014 name base64(key ID and signature)`'
    throw new TlogError('bad_note', `signature line \`${line}\` is not ${form}`)
  }
  return { name, keyId: encodeHex(bytes.subarray(0, 4)), signature: bytes.slice(4) }
}

function formatSignatureLine({ name, keyId, signature }: NoteSignature): string {
  if (!isKeyName(name) || !/^[0-9a-f]{8}$/.test(keyId) || signature.length === 0) {
    const problem = 'needs a name without white space or plus signs, a key ID of 8 hex digits and a signature'
    throw new TlogError('bad_note', `the signature by \`${name}\` (ID \`${keyId}\`) ${problem}`)
  }
  return `\u2014 ${name} ${encodeBase64(concatBytes(decodeHex(keyId), signature))}\n`
}

function assertNoteText(text: string): void {
  assertPlainText('bad_note', 'the note text', text)
  if (!text.endsWith('\n')) throw new TlogError('bad_note', 'the note text must end in a newline')
}

function assertSignatureCount(count: number): void {
  if (count >= 1 && count <= MAX_SIGNATURES) return
  throw new TlogError('bad_note', `a note has 1 to ${MAX_SIGNATURES} signatures, got \`${count}\``)
}

function identity(name: string, keyId: string): string {
  return `${name}+${keyId}`
}
