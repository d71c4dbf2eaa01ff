import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** The PKCS #8 form of an Ed25519 private key before its seed (RFC 8410 section 7). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Length of 32 bytes as base64url. */
const xLength = 43

/** An Ed25519 key that signs, wherever its private half is. */
export interface SigningKey {
  readonly publicKey: KeyObject
  /** The public key as RFC 7638 `x`, base64url. */
  readonly x: string
  /** 64 bytes. @throws BailiwickError `KEY_DEVICE` when the device that keeps the key does not sign */
  sign(message: Uint8Array): Promise<Uint8Array>
}

/** One whose private half is in this process, parsed once. */
export interface KeyPair extends SigningKey {
  readonly privateKey: KeyObject
}

/** The key pair of a 32-byte seed. */
export function signingKey(seed: Uint8Array): KeyPair {
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey)
  return {
    privateKey,
    publicKey,
    x: publicKey.export({ format: 'jwk' }).x as string,
    sign: signerOf(privateKey),
  }
}

/** What signs with an Ed25519 private key that is in this process. */
export function signerOf(privateKey: KeyObject): SigningKey['sign'] {
  return async (message) => new Uint8Array(sign(null, message, privateKey))
}

/** Ed25519 over a text, base64url. */
export function signText(key: KeyPair, text: string): string {
  return sign(null, Buffer.from(text), key.privateKey).toString('base64url')
}

/** True when the signature is by the key with this public `x`. False for anything malformed. */
export function verifyText(x: string, text: string, signature: string): boolean {
  if (Buffer.from(x, 'base64url').toString('base64url') !== x || x.length !== xLength) return false
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64url'))
}
