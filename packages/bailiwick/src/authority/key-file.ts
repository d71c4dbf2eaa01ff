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
import { BailiwickError } from '../model/bailiwick-error.ts'

const seedBytes = 32

/**
 * Reads an Ed25519 seed from a key file, or makes one. The file holds the seed as base64url and is readable by its owner only.
 * @throws BailiwickError `KEY_FILE` when the file is malformed, or readable by others
 */
export function readOrCreateSeed(path: string): Uint8Array {
  if (!existsSync(path)) createSeed(path)
  return readSeed(path)
}

/** Reads a seed. @throws BailiwickError `KEY_FILE` when the file is missing, malformed, or readable by others */
export function readSeed(path: string): Uint8Array {
  if (!existsSync(path)) throw new BailiwickError('KEY_FILE', `there is no key file at \`${path}\``)
  const mode = statSync(path).mode & 0o077
  if (process.platform !== 'win32' && mode !== 0)
    throw new BailiwickError('KEY_FILE', `the key file \`${path}\` can be read by others`, {
      mend: `run \`chmod 600 ${path}\`, and replace the key if others may have read it`,
    })
  const seed = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64url')
  if (seed.length !== seedBytes)
    throw new BailiwickError('KEY_FILE', `the key file \`${path}\` does not hold an Ed25519 seed`, { mend: 'restore it from a copy' })
  return new Uint8Array(seed)
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

/** Writes whole and then links into place, so that two processes that start at once agree on one key. */
function createSeed(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = openSync(draft, 'wx', 0o600)
  writeSync(file, `${randomBytes(seedBytes).toString('base64url')}\n`)
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
