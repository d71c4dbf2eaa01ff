import { decodeBase64 } from './base64.ts'
import { concatBytes, decodeHex } from './bytes.ts'
import { TlogError } from './error.ts'
import type { NoteKey } from './note-key.ts'

/** Bytes in an Ed25519 seed and in a public key (RFC 8032). */
const KEY_SIZE = 32
const ALGORITHM = 'Ed25519'

/** What precedes the seed in the PKCS #8 form of an Ed25519 private key (RFC 8410 section 7). */
const PKCS8_PREFIX = '302e020100300506032b657004220420'

export interface Ed25519Private {
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  /** Resolves to the 64 bytes of the signature. */
  sign(message: Uint8Array): Promise<Uint8Array>
}

/** The private key of an Ed25519 seed. Throws `TlogError` `bad_key`, and rejects as WebCrypto does where it has no Ed25519. */
export async function ed25519Private(name: string, seed: Uint8Array): Promise<Ed25519Private> {
  if (seed.length !== KEY_SIZE) {
    throw new TlogError('bad_key', `an Ed25519 seed is ${KEY_SIZE} bytes, got \`${seed.length}\``)
  }
  const pkcs8 = new Uint8Array(concatBytes(decodeHex(PKCS8_PREFIX), seed))
  const { subtle } = globalThis.crypto
  const jwk = await subtle.exportKey('jwk', await subtle.importKey('pkcs8', pkcs8, ALGORITHM, true, ['sign']))
  const publicKey = decodeBase64(`${(jwk.x ?? '').replaceAll('-', '+').replaceAll('_', '/')}=`)
  if (publicKey === null) throw new TlogError('bad_key', `WebCrypto gave no public key for the seed of \`${name}\``)
  const privateKey = await subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign'])
  return { publicKey, sign: async (message) => new Uint8Array(await subtle.sign(ALGORITHM, privateKey, new Uint8Array(message))) }
}

/** Checks 64 bytes of signature against a message. Resolves to false for a wrong signature of any length. */
export type Ed25519Check = (message: Uint8Array, signature: Uint8Array) => Promise<boolean>

/** The check of the key's signatures. Throws `TlogError` `bad_key` unless it is of the given type with 32 bytes. */
export async function ed25519Check(key: NoteKey, type: number): Promise<Ed25519Check> {
  if (key.type !== type || key.publicKey.length !== KEY_SIZE) {
    throw new TlogError('bad_key', `the verifier key of \`${key.name}\` is not of type ${type} with the ${KEY_SIZE} bytes of Ed25519`)
  }
  const { subtle } = globalThis.crypto
  const publicKey = await subtle.importKey('raw', new Uint8Array(key.publicKey), ALGORITHM, false, ['verify'])
  return async (message, signature) => subtle.verify(ALGORITHM, publicKey, new Uint8Array(signature), new Uint8Array(message))
}
