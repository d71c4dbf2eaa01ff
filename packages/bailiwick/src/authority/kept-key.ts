import { createPublicKey } from 'node:crypto'
import { existsSync } from 'node:fs'
import { BailiwickError } from '../model/bailiwick-error.ts'
import type { KeyDevices } from './key-devices.ts'
import { createKeyFile, readKeyText, readOrCreateSeed, readSeed } from './key-file.ts'
import { referenceIn, referenceText } from './key-reference.ts'
import type { KeyReference } from './key-reference.ts'
import { signingKey } from './signing-key.ts'
import type { SigningKey } from './signing-key.ts'

/**
 * The key of a file: of the seed in it, or the one in a device that it refers to. The device is reached for when there is something to sign.
 * @throws BailiwickError `KEY_FILE` as {@link readSeed} does
 */
export function keptKey(path: string, devices: Pick<KeyDevices, 'open'>): SigningKey {
  const reference = keyReference(path)
  if (reference === null) return signingKey(readSeed(path))
  const { uri, x } = reference
  return {
    x,
    publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
    sign: async (message) => (await devices.open(uri, x)).sign(message),
  }
}

/** The public half of a key file, `x` of its JWK; no device is reached for. @throws BailiwickError `KEY_FILE` as {@link readSeed} does */
export function publicHalfOf(path: string): string {
  return keyReference(path)?.x ?? signingKey(readSeed(path)).x
}

/** As {@link keptKey}; a seed is made where there is no file. */
export function keptOrNewKey(path: string, devices: Pick<KeyDevices, 'open'>): SigningKey {
  if (!existsSync(path)) readOrCreateSeed(path)
  return keptKey(path, devices)
}

/** The device that a key file refers to; null when the key is in the file. @throws BailiwickError `KEY_FILE` for a file that is missing or readable by others */
export function keyReference(path: string): KeyReference | null {
  return referenceIn(readKeyText(path), path)
}

/**
 * Has a key file refer to a device. One that is there already must refer to the same key.
 * @throws BailiwickError `KEY_FILE` when another key is in its place
 */
export function writeReference(path: string, reference: KeyReference): void {
  createKeyFile(path, referenceText(reference))
  if (referenceText(reference) === readKeyText(path)) return
  throw new BailiwickError('KEY_FILE', `another key is at \`${path}\` already`, {
    mend: 'remove it if nothing was signed with it, or rotate',
  })
}
