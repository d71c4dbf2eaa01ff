import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Option } from 'commander'
import type { Command } from 'commander'
import pc from 'picocolors'
import { signInByBrowser } from '../authority/sign-in/by-browser.ts'
import { signInByDevice } from '../authority/sign-in/by-device.ts'
import { findProvider, scopesFor } from '../authority/sign-in/provider.ts'
import { ManifestTrust } from '../authority/trust/manifest-trust.ts'
import { Secrets } from '../authority/credentials/secrets.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { action, command } from './command.ts'
import { installedRuleset, stateFolder } from './installation.ts'
import type { Locations } from './installation.ts'
import { safe } from './output.ts'
import { port } from './whole-number.ts'

/** How long a person may take to sign in, in milliseconds. */
const patience = 300_000

interface LoginOptions {
  readonly device?: boolean
  readonly port: number
  readonly out?: string
  readonly print?: boolean
}

export function loginCommand(): Command {
  return command('login', 'sign in at the provider of `trust.people`')
    .description(
      'Signs you in at the provider that the manifest names and keeps the ID token, which proves to `--person-token` who you are, in a file that only you can read.',
    )
    .option('--device', 'sign in with a browser on another device')
    .addOption(new Option('--port <n>', 'the port that the browser comes back to; 0 for any that is free').argParser(port).default(0))
    .option('--out <path>', 'where to keep the token (default: .bailiwick/person.jwt beside the manifest)')
    .addOption(new Option('--print', 'print the token and keep it nowhere').conflicts('out'))
    .action(
      action(async ({ output, locations }, options: LoginOptions) => {
        const ruleset = installedRuleset(locations)
        const people = ruleset.manifest.trust?.people
        if (people?.issuer === undefined || people.clientId === undefined)
          throw new BailiwickError('USAGE', 'the manifest names no provider to sign in at', {
            mend: 'give `issuer` and `clientId` under `trust.people`',
          })
        const { issuer, clientId, clientSecret } = people
        const places = { base: ruleset.base, environment: process.env }
        const secret = clientSecret === undefined ? null : await new Secrets(Date.now).read(clientSecret, 'clientSecret', places)
        const provider = await findProvider({ issuer, clientId, clientSecret: secret })
        const scope = scopesFor(people.claim)
        const token =
          options.device === true
            ? await signInByDevice(provider, {
                scope,
                pause: (duration) => pause(duration),
                show: (page, code) => output.note(`On any device, open ${pc.bold(safe(page))}\nand enter the code ${pc.bold(safe(code))}`),
              })
            : await signInByBrowser(provider, {
                scope,
                port: options.port,
                patience,
                show: (url) => output.note(`Open in your browser:\n${safe(url)}`),
              })
        // As the gateway will, but without using anything up. A sign-in of this moment is after whatever was ended.
        const trust = new ManifestTrust({
          ruleset: () => ruleset,
          usedIds: { use: async () => true },
          endedSignIns: { endedUntil: async () => null },
          clock: Date.now,
        })
        const answer = await trust.person(token)
        if (!answer.ok)
          throw new BailiwickError('SIGN_IN_FAILED', `the gateway would not take what the provider gave: ${answer.reason}`, {
            mend: 'check `trust.people`, and which claims the provider puts into ID tokens',
          })
        const { person, expires } = answer
        const until = new Date(expires).toISOString()
        if (options.print === true) {
          output.data({ person, issuer, expires: until, token })
          output.text(token)
          return 0
        }
        const file = tokenFile(locations, options.out)
        mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
        // Whatever stood there may have been readable by others, or a link.
        rmSync(file, { force: true })
        writeFileSync(file, `${token}\n`, { mode: 0o600, flag: 'wx' })
        output.data({ person, issuer, expires: until, file })
        output.text(`${pc.bold('person')}   ${safe(person)}\n${pc.bold('until')}    ${until}\n${pc.bold('token')}    ${file}`)
        return 0
      }),
    )
}

/** Where a token is kept. */
export function tokenFile(locations: Locations, out: string | undefined): string {
  return out === undefined ? join(stateFolder(locations), 'person.jwt') : resolve(out)
}
