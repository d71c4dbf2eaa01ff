import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { KeyDevices } from '../../authority/key-devices.ts'
import { isSeedSealed } from '../../authority/key-file.ts'
import { keyReference, publicHalfOf } from '../../authority/kept-key.ts'
import { ed25519Thumbprint } from '../../authority/oauth/thumbprint.ts'

/** A key of an installation, as it may be shown. */
export interface ListedKey {
  readonly name: string
  /** `file`, `sealed file`, or the device and the key in it. */
  readonly kept: string
  readonly x: string
  /** RFC 7638. */
  readonly thumbprint: string
}

/** The signing keys in a folder; no device is reached for. @throws BailiwickError `KEY_FILE` for one that cannot be read */
export async function listKeys(folder: string, devices: Pick<KeyDevices, 'shown'>): Promise<readonly ListedKey[]> {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.key') && name !== 'vault.key')
  return Promise.all(
    names.sort().map(async (name) => {
      const path = join(folder, name)
      const reference = keyReference(path)
      const kept = reference === null ? (isSeedSealed(path) ? 'sealed file' : 'file') : devices.shown(reference.uri)
      const x = publicHalfOf(path)
      return { name: name.slice(0, -'.key'.length), kept, x, thumbprint: await ed25519Thumbprint(x) }
    }),
  )
}
