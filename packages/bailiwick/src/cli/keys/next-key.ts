import { existsSync } from 'node:fs'
import type { KeyDevices } from '../../authority/key-devices.ts'
import { keptKey, keptOrNewKey, keyReference, publicHalfOf, writeReference } from '../../authority/kept-key.ts'
import type { SigningKey } from '../../authority/signing-key.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'

/** What `--to` says when the next key is to be in a file. */
const inFile = 'file'

export const toOption = [
  '--to <where>',
  'where the next key is: the PKCS#11 URI of one in a device (`bailiwick keys make`), or `file` for a new one in a file; needed where a device keeps the one before',
] as const

/**
 * The key that is to take the place of another: made in a file, or found in a device, and put down in `next`. Asked for again, it is the same.
 * @param to as {@link toOption} has it; null when nothing was said
 * @throws BailiwickError `USAGE` when it is not said where to, another was prepared, or it is the one before; `KEY_DEVICE`
 */
export async function nextKey(
  { current, next }: { readonly current: string; readonly next: string },
  to: string | null,
  devices: KeyDevices,
): Promise<SigningKey> {
  if (existsSync(next)) {
    const prepared = keyReference(next)?.uri ?? inFile
    const key = keptKey(next, devices)
    // Before anything is signed over to it.
    await key.sign(Buffer.from('bailiwick next key v1\n'))
    if (to === null || to === prepared) return key
    throw new BailiwickError('USAGE', `another key was prepared already, \`${next}\``, {
      mend: 'leave `--to` out to go on with it, or remove the file',
    })
  }
  if (to === null && existsSync(current) && keyReference(current) !== null)
    throw new BailiwickError('USAGE', 'a device keeps the key, and it is not said where the next one is', {
      mend: 'say `--to <PKCS#11 URI>`, or `--to file` for a key in a file',
    })
  if (to === null || to === inFile) return keptOrNewKey(next, devices)
  const { x } = await devices.open(to, null)
  if (existsSync(current) && publicHalfOf(current) === x)
    throw new BailiwickError('USAGE', 'the next key is the one before', { mend: 'make another with `bailiwick keys make`' })
  writeReference(next, { uri: to, x })
  return keptKey(next, devices)
}
