import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { isSeedSealed, replaceSeed, resealSeed } from '../authority/key-file.ts'
import { keptOrNewKey, keyReference } from '../authority/kept-key.ts'
import { keySecretIn, passphraseFileVariable, passphraseVariable, secretVariable } from '../authority/key-seal.ts'
import { ed25519Thumbprint } from '../authority/oauth/thumbprint.ts'
import { readPastKeys } from '../authority/token-keys.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { Pkcs11Devices } from '../storage/pkcs11/pkcs11-devices.ts'
import { durationPattern, milliseconds } from '../model/quantity.ts'
import { action, command } from './command.ts'
import { currentUser, openInstallation, stateFolder } from './installation.ts'
import { makeCommand, showCommand, useCommand } from './keys/device-keys.ts'
import { listKeys } from './keys/list-keys.ts'
import { nextKey, toOption } from './keys/next-key.ts'
import { safe, table } from './output.ts'
import { replaceFile } from './replace-file.ts'

export function keysCommand(): Command {
  const keys = command('keys', 'list keys; replace the one that tokens are signed with; seal key files; keys in devices')
    .description(
      'Lists the keys of the installation and where they are kept. The ledger’s is replaced by `bailiwick log rotate-key`, those of agents by `bailiwick agents register`.',
    )
    .action(
      action(async ({ output, locations }) => {
        const found = await listKeys(join(stateFolder(locations), 'keys'), new Pkcs11Devices(process.env))
        output.data(found)
        output.text(
          found.length === 0
            ? 'there is no key yet'
            : table(
                ['key', 'kept', 'public key', 'thumbprint'],
                found.map(({ name, kept, x, thumbprint }) => [name, safe(kept), x, thumbprint]),
              ),
        )
        return 0
      }),
    )
  keys.addCommand(rotateCommand())
  keys.addCommand(makeCommand())
  keys.addCommand(showCommand())
  keys.addCommand(useCommand())
  keys.addCommand(sealCommand())
  return keys
}

function rotateCommand(): Command {
  return command('rotate', 'sign tokens with a new key')
    .option(...toOption)
    .description(
      'Makes a new key, with which tokens are signed from now on in every process. Those that the old one has signed are taken for the overlap; its private half is gone at once.',
    )
    .option('--overlap <duration>', 'how long tokens of the old key are still taken', '1h')
    .action(
      action(async ({ output, locations }, options: { overlap: string; to?: string }) => {
        if (!durationPattern.test(options.overlap))
          throw new BailiwickError('USAGE', `\`${options.overlap}\` is not a duration`, { mend: 'write it like `0s`, `10m` or `1h`' })
        const installation = await openInstallation(locations, output.note)
        try {
          const folder = join(stateFolder(locations), 'keys')
          const [file, next, pastFile] = ['gateway.key', 'gateway.next.key', 'gateway.past.json'].map((name) => join(folder, name)) as [
            string,
            string,
            string,
          ]
          const now = Date.now()
          const [before, after] = [
            keptOrNewKey(file, installation.devices),
            await nextKey({ current: file, next }, options.to ?? null, installation.devices),
          ]
          const past = readPastKeys(pastFile).filter(({ until, x }) => until > now && x !== before.x)
          const until = now + milliseconds(options.overlap)
          const [was, is] = [await ed25519Thumbprint(before.x), await ed25519Thumbprint(after.x)]
          await installation.runtime.ledger.append({
            type: 'configuration',
            event: 'token-key',
            session: null,
            from: was,
            to: is,
            until: new Date(until).toISOString(),
            by: currentUser(),
          })
          // Before the new key is in place: whoever reads in between takes the old one twice, and none is missing.
          replaceFile(pastFile, `${JSON.stringify([...past, { x: before.x, until }], null, 2)}\n`)
          replaceSeed(file, next)
          output.data({ before: was, after: is, until: new Date(until).toISOString() })
          output.text(`tokens are signed with ${is}; those of ${was} are taken until ${new Date(until).toISOString()}`)
          return 0
        } finally {
          await installation.close()
        }
      }),
    )
}

function sealCommand(): Command {
  return command('seal', 'seal the key files with a passphrase or a secret')
    .description(
      `Seals every key file of the installation with what the environment names: \`${passphraseVariable}\`, \`${passphraseFileVariable}\` or \`${secretVariable}\` (32 bytes in Base64). Every process needs it from then on; new keys are sealed with it too.`,
    )
    .option('--open', 'take the seals off instead')
    .action(
      action(async ({ output, locations }, options: { open?: boolean }) => {
        const secret = keySecretIn(process.env)
        if (secret === null)
          throw new BailiwickError('KEY_FILE', 'the environment names nothing to seal with', {
            mend: `set \`${passphraseFileVariable}\` to a file with a passphrase, or \`${secretVariable}\` to what \`openssl rand -base64 32\` gives`,
          })
        const folder = join(stateFolder(locations), 'keys')
        const files = existsSync(folder)
          ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.key'))
          : []
        const wanted = files.filter(
          (name) => keyReference(join(folder, name)) === null && isSeedSealed(join(folder, name)) === (options.open === true),
        )
        for (const name of wanted) resealSeed(join(folder, name), secret, options.open === true ? null : secret)
        output.data({ files: wanted })
        const done = options.open === true ? 'opened' : 'sealed'
        output.text(wanted.length === 0 ? 'nothing was to be done' : wanted.map((name) => `${done} ${name}`).join('\n'))
        return 0
      }),
    )
}
