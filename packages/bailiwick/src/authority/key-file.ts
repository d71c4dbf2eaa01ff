import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { isSealed, keySecretIn, sealed, unsealed } from './key-seal.ts'
import type { KeySecret } from './key-seal.ts'
import { referenceIn } from './key-reference.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'

const seedBytes = 32

/**
 * Reads an Ed25519 seed from a key file, or makes one. The file holds the seed as base64url, or sealed with the secret that the environment names, and is
 * readable by its owner only.
 * @throws BailiwickError `KEY_FILE` when the file is malformed, readable by others, or sealed with something else
 */
export function readOrCreateSeed(path: string, secret: KeySecret | null = keySecretIn(process.env)): Uint8Array {
  if (!existsSync(path)) createKeyFile(path, textOf(randomBytes(seedBytes), secret))
  return readSeed(path, secret)
}

/** Reads a seed. @throws BailiwickError `KEY_FILE` when the file is missing, malformed, readable by others, or sealed with something else */
export function readSeed(path: string, secret: KeySecret | null = keySecretIn(process.env)): Uint8Array {
  const text = readKeyText(path)
  if (referenceIn(text, path) !== null)
    throw new BailiwickError('KEY_FILE', `the key file \`${path}\` refers to a device, where a key itself is needed`, {
      mend: 'only the keys of the ledger and of tokens can be kept by a device',
    })
  const seed = isSealed(text) ? unsealed(text, secret, path) : Buffer.from(text.trim(), 'base64url')
  if (seed.length !== seedBytes)
    throw new BailiwickError('KEY_FILE', `the key file \`${path}\` does not hold an Ed25519 seed`, { mend: 'restore it from a copy' })
  return new Uint8Array(seed)
}

/** The text of a key file. @throws BailiwickError `KEY_FILE` when it is missing or readable by others */
export function readKeyText(path: string): string {
  if (!existsSync(path)) throw new BailiwickError('KEY_FILE', `there is no key file at \`${path}\``)
  const mode = statSync(path).mode & 0o077
  if (process.platform !== 'win32' && mode !== 0)
    throw new BailiwickError('KEY_FILE', `the key file \`${path}\` can be read by others`, {
      mend: `run \`chmod 600 ${path}\`, and replace the key if others may have read it`,
    })
  return readFileSync(path, 'utf8')
}

/** Writes a key file anew, sealed as the environment says now, whole or not at all. */
export function resealSeed(path: string, before: KeySecret | null, after: KeySecret | null): void {
  const seed = readSeed(path, before)
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = openSync(draft, 'wx', 0o600)
  writeSync(file, textOf(seed, after))
  fsyncSync(file)
  closeSync(file)
  replaceSeed(path, draft)
}

/** Whether a key file is sealed. */
export function isSeedSealed(path: string): boolean {
  return isSealed(readFileSync(path, 'utf8'))
}

function textOf(seed: Uint8Array, secret: KeySecret | null): string {
  return secret === null ? `${Buffer.from(seed).toString('base64url')}\n` : sealed(seed, secret)
}

/** Puts a key file in the place of another, durably. Nothing happens when another process has done so already. */
export function replaceSeed(path: string, next: string): void {
  try {
    renameSync(next, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const folder = openSync(dirname(path), 'r')
  fsyncSync(folder)
  closeSync(folder)
}

/** Makes a key file where there is none. Writes whole and then links into place, so that two processes that start at once agree on one key. */
export function createKeyFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = openSync(draft, 'wx', 0o600)
  writeSync(file, text)
  fsyncSync(file)
  closeSync(file)
  chmodSync(draft, 0o600)
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    unlinkSync(draft)
  }
}
