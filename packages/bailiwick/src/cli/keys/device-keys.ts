import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Argument } from 'commander'
import type { Command } from 'commander'
import type { DeviceKey, KeyDevices } from '../../authority/key-devices.ts'
import { writeReference } from '../../authority/kept-key.ts'
import { ed25519Thumbprint } from '../../authority/oauth/thumbprint.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { Pkcs11Devices } from '../../storage/pkcs11/pkcs11-devices.ts'
import { action, command } from '../command.ts'
import { stateFolder } from '../installation.ts'
import type { Output } from '../output.ts'

const uriHelp = 'a PKCS#11 URI (RFC 7512): `pkcs11:token=…;object=…?module-path=/…&pin-source=file:/…`'

export function makeCommand(): Command {
  return command('make', 'make a key in a device')
    .argument('<uri>', uriHelp)
    .description(
      'Makes an Ed25519 key that the device never gives away, and prints its public half. Nothing is signed with it before it is rotated to.',
    )
    .action(action(async ({ output }, uri: string) => withDevices((devices) => devices.make(uri), output)))
}

export function showCommand(): Command {
  return command('show', 'show a key that is in a device')
    .argument('<uri>', uriHelp)
    .description('Looks whether a key can be used, has it sign, and prints its public half.')
    .action(action(async ({ output }, uri: string) => withDevices((devices) => devices.open(uri, null), output)))
}

export function useCommand(): Command {
  return command('use', 'begin an installation with a key that is in a device')
    .addArgument(new Argument('<key>', 'which key it is to be').choices(['ledger', 'gateway']))
    .argument('<uri>', uriHelp)
    .description(
      'Before the first session: has the ledger, or tokens, be signed with a key in a device from the start. Later on, rotate to it.',
    )
    .action(
      action(async ({ output, locations }, key: string, uri: string) => {
        const folder = stateFolder(locations)
        const file = join(folder, 'keys', `${key}.key`)
        if (!existsSync(file) && key === 'ledger' && existsSync(join(folder, 'bailiwick.db')))
          throw new BailiwickError('KEY_FILE', `the key \`${file}\` of a ledger that exists is missing`, {
            mend: 'restore it from a copy, then rotate',
          })
        return withDevices(async (devices) => {
          const found = await devices.open(uri, null)
          writeReference(file, { uri, x: found.x })
          return found
        }, output)
      }),
    )
}

async function withDevices(work: (devices: KeyDevices) => Promise<DeviceKey>, output: Output): Promise<0> {
  const devices = new Pkcs11Devices(process.env)
  try {
    const { x, shown, madeThere } = await work(devices)
    const thumbprint = await ed25519Thumbprint(x)
    output.data({ key: shown, x, thumbprint, madeThere })
    const origin = madeThere ? 'made by the device' : 'brought into the device from elsewhere: copies of it may exist'
    output.text(`key         ${shown}\npublic key  ${x}\nthumbprint  ${thumbprint}\n${origin}`)
    return 0
  } finally {
    await devices.close()
  }
}
