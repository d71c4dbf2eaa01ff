import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/**
 * What wraps the keys of the vault: a key of this machine, or a key management service that never gives its key out. `context` names what is wrapped
 * and must be the same for both; a wrapped key that was altered or belongs elsewhere is not unwrapped.
 */
export interface MasterKey {
  wrap(key: Uint8Array, context: string): Promise<Uint8Array>
  /** Null when it is not what this master key wrapped for this context. */
  unwrap(wrapped: Uint8Array, context: string): Promise<Uint8Array | null>
}

/** A master key of 32 bytes that this process holds: AES-256-GCM with a random nonce before the text and its tag behind it. */
export function localMasterKey(bytes: Uint8Array): MasterKey {
  const key = createSecretKey(bytes)
  return {
    wrap: async (inner, context) => {
      const nonce = randomBytes(nonceBytes)
      return Buffer.concat([nonce, sealed(key, nonce, inner, context)])
    },
    unwrap: async (wrapped, context) => opened(key, wrapped.subarray(0, nonceBytes), wrapped.subarray(nonceBytes), context),
  }
}

/** Bytes of a nonce of AES-GCM, and of the tag that it ends with (NIST SP 800-38D). */
export const nonceBytes = 12
const tagBytes = 16

/** Encrypts with AES-256-GCM; the tag stands at the end. `context` is authenticated with it. */
export function sealed(key: KeyObject, nonce: Uint8Array, text: Uint8Array, context: string): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
  return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()])
}

/** Decrypts what {@link sealed} made; null when any byte of it, the nonce or the context is another. */
export function opened(key: KeyObject, nonce: Uint8Array, box: Uint8Array, context: string): Uint8Array | null {
  if (nonce.length !== nonceBytes || box.length < tagBytes) return null
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
    .setAAD(Buffer.from(context))
    .setAuthTag(box.subarray(box.length - tagBytes))
  const text = decipher.update(box.subarray(0, box.length - tagBytes))
  try {
    return Buffer.concat([text, decipher.final()])
  } catch (error) {
    // Node says of a tag that does not fit only this.
    if (error instanceof Error && /authenticate/.test(error.message)) return null
    throw error
  }
}
