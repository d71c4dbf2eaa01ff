import { decodeBase64, encodeBase64 } from './base64.ts'
import { concatBytes, encodeHex } from './bytes.ts'
import { TlogError } from './error.ts'
import { assertPlainText } from './note-text.ts'
import { sha256 } from './sha256.ts'

/** A public key of signed notes (C2SP signed-note). Name and ID together say which key made a signature. */
export interface NoteKey {
  /** Not empty; without white space, plus signs or control characters. */
  readonly name: string
  /** The key ID: 4 bytes as 8 lower-case hexadecimal digits. */
  readonly id: string
  /** The signature type, one byte: 1 is Ed25519. */
  readonly type: number
  readonly publicKey: Uint8Array
}

/** The key with its recommended ID, `SHA-256(name || 0x0A || type || publicKey)[:4]`. Throws `TlogError` `bad_key`. */
export function noteKey(name: string, type: number, publicKey: Uint8Array): NoteKey {
  assertKeyName(name)
  if (!Number.isInteger(type) || type < 0 || type > 255) {
    throw new TlogError('bad_key', `the signature type must be a byte, got \`${type}\``)
  }
  if (publicKey.length === 0) throw new TlogError('bad_key', `the public key of \`${name}\` is empty`)
  const digest = sha256(concatBytes(new TextEncoder().encode(`${name}\n`), Uint8Array.of(type), publicKey))
  return { name, id: encodeHex(digest.subarray(0, 4)), type, publicKey: publicKey.slice() }
}

/** The verifier key (vkey): `name+hex(keyID)+base64(type || publicKey)`. */
export function formatNoteKey(key: NoteKey): string {
  return `${key.name}+${key.id}+${encodeBase64(concatBytes(Uint8Array.of(key.type), key.publicKey))}`
}

/**
 * Reads a verifier key of any signature type whose key ID is derived as `noteKey` does. Throws `TlogError` `bad_key` if
 * it is malformed, or if the stated ID is not that of the key.
 */
export function parseNoteKey(vkey: string): NoteKey {
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/su.exec(vkey) ?? []
  const bytes = encoded === undefined ? null : decodeBase64(encoded)
  if (name === undefined || id === undefined || bytes === null) {
    throw new TlogError('bad_key', `verifier key \`${vkey}\` is not \`name+8 hex digits+base64\``)
  }
  const key = noteKey(name, bytes[0] ?? 0, bytes.subarray(1))
  if (key.id === id) return key
  throw new TlogError('bad_key', `verifier key \`${vkey}\` states ID \`${id}\`, but its ID is \`${key.id}\``)
}

/** True if `name` may name a key. */
export function isKeyName(name: string): boolean {
  return /^[^\p{White_Space}+]+$/u.test(name)
}

function assertKeyName(name: string): void {
  assertPlainText('bad_key', 'the key name', name)
  if (isKeyName(name)) return
  throw new TlogError('bad_key', `key name \`${name}\` must not be empty, nor have white space or plus signs`)
}
