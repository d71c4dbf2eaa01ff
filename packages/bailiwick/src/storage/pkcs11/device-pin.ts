import { readFileSync, statSync } from 'node:fs'
import { BailiwickError } from '../../model/bailiwick-error.ts'

export const pinVariable = 'BAILIWICK_PKCS11_PIN'
export const moduleVariable = 'BAILIWICK_PKCS11_MODULE'

/**
 * The PIN of a device, read anew each time: of the file that the URI names, else of the environment.
 * @throws BailiwickError `KEY_DEVICE` when there is none, or others can read the file
 */
export function devicePin(file: string | null, environment: Readonly<Record<string, string | undefined>>): Uint8Array {
  const pin = file === null ? (environment[pinVariable] ?? '') : pinIn(file)
  if (pin !== '') return Buffer.from(pin, 'utf8')
  throw new BailiwickError(
    'KEY_DEVICE',
    file === null ? 'nothing says what the PIN of the device is' : `the file \`${file}\` holds no PIN`,
    {
      mend: `put it into a file (\`chmod 600\`) and name that in the URI, \`pin-source=file:/…\`, or set \`${pinVariable}\``,
    },
  )
}

function pinIn(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined)
    throw new BailiwickError('KEY_DEVICE', `there is no file \`${file}\`, which is to hold the PIN of the device`, {
      mend: 'put the PIN there',
    })
  if ((found.mode & 0o077) !== 0)
    throw new BailiwickError('KEY_DEVICE', `the file \`${file}\`, which holds the PIN of the device, can be read by others`, {
      mend: `run \`chmod 600 ${file}\`, and change the PIN if others may have read it`,
    })
  return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
}
