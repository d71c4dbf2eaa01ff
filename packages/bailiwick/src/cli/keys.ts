import { join } from 'node:path'
import type { Command } from 'commander'
import { readOrCreateSeed, replaceSeed } from '../authority/key-file.ts'
import { ed25519Thumbprint } from '../authority/oauth/thumbprint.ts'
import { signingKey } from '../authority/signing-key.ts'
import { readPastKeys } from '../authority/token-keys.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { durationPattern, milliseconds } from '../model/quantity.ts'
import { action, command } from './command.ts'
import { currentUser, openInstallation, stateFolder } from './installation.ts'
import { replaceFile } from './replace-file.ts'

export function keysCommand(): Command {
  const keys = command('keys', 'replace the key that tokens are signed with').description(
    'The key that the gateway signs tokens with. The ledger’s own is replaced by `bailiwick log rotate-key`, those of agents by `bailiwick agents register`.',
  )
  keys.addCommand(rotateCommand())
  return keys
}

function rotateCommand(): Command {
  return command('rotate', 'sign tokens with a new key')
    .description(
      'Makes a new key, with which tokens are signed from now on in every process. Those that the old one has signed are taken for the overlap; its private half is gone at once.',
    )
    .option('--overlap <duration>', 'how long tokens of the old key are still taken', '1h')
    .action(
      action(async ({ output, locations }, options: { overlap: string }) => {
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
          const [before, after] = [signingKey(readOrCreateSeed(file)), signingKey(readOrCreateSeed(next))]
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
