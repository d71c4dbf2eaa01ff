import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import pc from 'picocolors'
import { withYamlValue } from '../assess/risk/edit-yaml.ts'
import { longestPersonToken, personToken } from '../authority/trust/person-token.ts'
import { makeSealedKey, openSealedKey } from '../authority/trust/sealed-key.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { compileTexts, readRulesetTexts, trustDomainOf } from '../model/load-ruleset.ts'
import { durationPattern, milliseconds } from '../model/quantity.ts'
import { personNameSchema } from '../model/trust-schema.ts'
import { action, command } from './command.ts'
import { installedRuleset, stateFolder } from './installation.ts'
import type { Locations } from './installation.ts'
import { table } from './output.ts'
import { readPassphrase } from './passphrase.ts'
import { replaceFile } from './replace-file.ts'

interface KeyOptions {
  readonly keyFile?: string
  readonly passphraseFile?: string
}

export function peopleCommand(): Command {
  return command('people', 'give people keys of their own, and prove with one who you are')
    .description('Lists the people who have a key in `trust.people.keys` of the manifest.')
    .action(
      action(async ({ output, locations }) => {
        const keys = installedRuleset(locations).manifest.trust?.people?.keys ?? {}
        const people = Object.entries(keys).map(([name, publicKey]) => ({ name, publicKey }))
        output.data(people)
        output.text(
          people.length === 0
            ? 'nobody has a key'
            : table(
                ['person', 'public key'],
                people.map(({ name, publicKey }) => [name, publicKey]),
              ),
        )
        return 0
      }),
    )
    .addCommand(addCommand())
    .addCommand(tokenCommand())
}

function addCommand(): Command {
  return withKeyFile(command('add', 'make a key for a person and put its public half into the manifest'))
    .argument('<name>', 'what the person is called')
    .description(
      'Makes an Ed25519 key, seals it with a passphrase in a file for the person to keep, and writes its public half into the manifest.',
    )
    .action(
      action(async ({ output, locations }, name: string, options: KeyOptions) => {
        assertName(name)
        const file = keyFileOf(locations, name, options)
        if (statSync(file, { throwIfNoEntry: false }) !== undefined)
          throw new BailiwickError('USAGE', `there is a key file at \`${file}\` already`, {
            mend: 'move it away, or name another with `--key-file`',
          })
        const texts = readRulesetTexts(locations.manifest)
        const known = installedRuleset(locations).manifest.trust?.people?.keys ?? {}
        if (Object.hasOwn(known, name))
          throw new BailiwickError('USAGE', `\`${name}\` has a key in the manifest already`, {
            mend: `take \`trust.people.keys.${name}\` out of it first`,
          })
        const passphrase = await readPassphrase(`new passphrase for the key of ${name}: `, options.passphraseFile ?? null, true)
        const { text, x } = await makeSealedKey(name, passphrase)
        const edited = withKey(texts.text, name, x)
        const { ruleset, diagnostics } = compileTexts({ ...texts, text: edited })
        if (ruleset === null)
          throw new BailiwickError('USAGE', 'with the key in it the manifest would not hold together', {
            diagnostics: diagnostics.filter(({ severity }) => severity === 'error'),
          })
        mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
        writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
        replaceFile(resolve(locations.manifest), edited)
        output.data({ person: name, publicKey: x, file })
        output.text(`${pc.bold('person')}      ${name}\n${pc.bold('public key')}  ${x}\n${pc.bold('key file')}    ${file}`)
        return 0
      }),
    )
}

function tokenCommand(): Command {
  return withKeyFile(command('token', 'print a token that proves once who you are'))
    .description('Opens the key of a person and prints a token by it, for `--person-token`. It is good once, for this gateway.')
    .requiredOption('--as <name>', 'who you are')
    .option('--lifetime <duration>', 'how long the token is good for, 10m at most', '5m')
    .action(
      action(async ({ output, locations }, options: KeyOptions & { as: string; lifetime: string }) => {
        assertName(options.as)
        const lifetime = durationPattern.test(options.lifetime) ? milliseconds(options.lifetime) : 0
        if (lifetime < 1000 || lifetime > longestPersonToken)
          throw new BailiwickError('USAGE', `\`${options.lifetime}\` is no life for a token`, {
            mend: 'write a duration from `1s` to `10m`',
          })
        const trustDomain = trustDomainOf(locations.manifest)
        const sealed = readKeyFile(keyFileOf(locations, options.as, options))
        const passphrase = await readPassphrase(`passphrase for the key of ${options.as}: `, options.passphraseFile ?? null, false)
        const { person, key } = await openSealedKey(sealed, passphrase)
        if (person !== options.as)
          throw new BailiwickError('KEY_FILE', `the key is that of \`${person}\``, { mend: `say \`--as ${person}\`, or name another file` })
        const token = await personToken(key, { person, trustDomain, lifetime, now: Date.now() })
        output.data({ person, token })
        output.text(token)
        return 0
      }),
    )
}

function withKeyFile(one: Command): Command {
  return one
    .option('--key-file <path>', 'the key file (default: .bailiwick/people/<name>.json beside the manifest)')
    .option(
      '--passphrase-file <path>',
      'a file whose first line is the passphrase; - for standard input (default: asked for on the terminal)',
    )
}

function keyFileOf(locations: Locations, name: string, { keyFile }: KeyOptions): string {
  return keyFile === undefined ? join(stateFolder(locations), 'people', `${name}.json`) : resolve(keyFile)
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new BailiwickError('KEY_FILE', `the key file \`${file}\` cannot be read: ${(error as Error).message}`, {
      mend: 'make one with `bailiwick people add`, or name it with `--key-file`',
      cause: error,
    })
  }
}

function withKey(text: string, name: string, x: string): string {
  try {
    return withYamlValue(text, ['trust', 'people', 'keys', name], x)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new BailiwickError('USAGE', error.message, {
      mend: 'write `trust: { people: { keys: {} } }` out in full, without `&` and `*`',
      cause: error,
    })
  }
}

function assertName(name: string): void {
  const read = personNameSchema.safeParse(name)
  if (!read.success) throw new BailiwickError('USAGE', `\`${name}\` is no name for a person`, { mend: read.error.issues[0]?.message ?? '' })
}
