import { decodeBase64 } from './base64.ts'
import { concatBytes, decodeHex } from './bytes.ts'
import { TlogError } from './error.ts'
import { noteKey, parseNoteKey } from './note-key.ts'
import type { NoteSigner, NoteVerifier } from './note.ts'

const TYPE = 1
const KEY_SIZE = 32
const ALGORITHM = 'Ed25519'

/** What precedes the seed in the PKCS #8 form of an Ed25519 private key (RFC 8410 section 7). */
const PKCS8_PREFIX = '302e020100300506032b657004220420'

/**
 * A note signer of type 1 from an Ed25519 seed: the 32-byte private key of RFC 8032. Throws `TlogError` `bad_key` for a
 * malformed name or seed, and rejects as WebCrypto does where the platform has no Ed25519.
 */
export async function ed25519Signer(name: string, seed: Uint8Array): Promise<NoteSigner> {
  if (seed.length !== KEY_SIZE) {
    throw new TlogError('bad_key', `an Ed25519 seed is ${KEY_SIZE} bytes, got \`${seed.length}\``)
  }
  const pkcs8 = new Uint8Array(concatBytes(decodeHex(PKCS8_PREFIX), seed))
  const { subtle } = globalThis.crypto
  const jwk = await subtle.exportKey('jwk', await subtle.importKey('pkcs8', pkcs8, ALGORITHM, true, ['sign']))
  const publicKey = decodeBase64(`${(jwk.x ?? '').replaceAll('-', '+').replaceAll('_', '/')}=`)
  if (publicKey === null) throw new TlogError('bad_key', `WebCrypto gave no public key for the seed of \`${name}\``)
  const key = noteKey(name, TYPE, publicKey)
  const privateKey = await subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign'])
  return {
    key,
    sign: async (text) => new Uint8Array(await subtle.sign(ALGORITHM, privateKey, new Uint8Array(text))),
  }
}

/** A note verifier from a verifier key of type 1. Throws `TlogError` `bad_key` for any other or a malformed one. Rejects as WebCrypto does where the platform has no Ed25519. */
export async function ed25519Verifier(vkey: string): Promise<NoteVerifier> {
  const key = parseNoteKey(vkey)
  if (key.type !== TYPE || key.publicKey.length !== KEY_SIZE) {
    throw new TlogError('bad_key', `verifier key \`${vkey}\` is not Ed25519: type ${TYPE} with ${KEY_SIZE} bytes`)
  }
  const { subtle } = globalThis.crypto
  const publicKey = await subtle.importKey('raw', new Uint8Array(key.publicKey), ALGORITHM, false, ['verify'])
  return {
    key,
    verify: async (text, signature) => subtle.verify(ALGORITHM, publicKey, new Uint8Array(signature), new Uint8Array(text)),
  }
}
