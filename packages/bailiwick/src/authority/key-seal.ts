import { randomBytes, scryptSync } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import * as z from 'zod'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { jsonIn } from '../model/json.ts'
import { bytesSchema, openSeed, sealingSchema, sealSeed } from './seed-seal.ts'

/** What key files are sealed with: 32 bytes, or a passphrase of which they are made anew for each file. */
export type KeySecret = { readonly kind: 'bytes'; readonly bytes: Uint8Array } | { readonly kind: 'passphrase'; readonly text: string }

export const passphraseVariable = 'BAILIWICK_KEY_PASSPHRASE'
export const passphraseFileVariable = 'BAILIWICK_KEY_PASSPHRASE_FILE'
export const secretVariable = 'BAILIWICK_KEY_SECRET'

const format = 'bailiwick-key'
const leastPassphrase = 12
const secretBytes = 32
/** 64 MiB and a fifth of a second for each guess. */
const cost = { N: 65_536, r: 8, p: 1 } as const
const memory = 128 * 1024 * 1024

const sealedForm = z.strictObject({
  format: z.literal(format),
  version: z.literal(1),
  /** Null for a key that is sealed with bytes. */
  kdf: z
    .strictObject({
      name: z.literal('scrypt'),
      N: z.literal(cost.N),
      r: z.literal(cost.r),
      p: z.literal(cost.p),
      salt: bytesSchema.length(22),
    })
    .nullable(),
  cipher: sealingSchema,
})
type SealedForm = z.infer<typeof sealedForm>

/**
 * The secret that an environment names; null when it names none.
 * @throws BailiwickError `KEY_FILE` when it names two, or one that is malformed, short, or a file that others can read
 */
export function keySecretIn(environment: Readonly<Record<string, string | undefined>>): KeySecret | null {
  const named = [passphraseVariable, passphraseFileVariable, secretVariable].filter((name) => (environment[name] ?? '') !== '')
  const [name] = named
  if (name === undefined) return null
  if (named.length > 1)
    throw new BailiwickError('KEY_FILE', `${named.map((one) => `\`${one}\``).join(' and ')} are both set`, { mend: 'set one of them' })
  const value = environment[name] as string
  if (name === secretVariable) {
    const secret = Buffer.from(value, 'base64')
    if (secret.length === secretBytes) return { kind: 'bytes', bytes: new Uint8Array(secret) }
    throw new BailiwickError('KEY_FILE', `\`${name}\` does not hold ${secretBytes} bytes in Base64`, {
      mend: 'make one with `openssl rand -base64 32`',
    })
  }
  const text = name === passphraseVariable ? value : passphraseIn(value)
  if (text.length >= leastPassphrase) return { kind: 'passphrase', text }
  throw new BailiwickError('KEY_FILE', `the passphrase of \`${name}\` has less than ${leastPassphrase} characters`, {
    mend: 'choose a longer one',
  })
}

function passphraseIn(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined)
    throw new BailiwickError('KEY_FILE', `there is no file \`${file}\`, which \`${passphraseFileVariable}\` names`, {
      mend: 'put the passphrase there',
    })
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0)
    throw new BailiwickError('KEY_FILE', `the file \`${file}\` of the passphrase can be read by others`, {
      mend: `run \`chmod 600 ${file}\``,
    })
  return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
}

/** Seals a seed (AES-256-GCM). */
export function sealed(seed: Uint8Array, secret: KeySecret): string {
  const kdf = secret.kind === 'bytes' ? null : ({ name: 'scrypt', ...cost, salt: randomBytes(16).toString('base64url') } as const)
  const head = { format, version: 1, kdf } as const
  const whole: SealedForm = { ...head, cipher: sealSeed(seed, keyOf(secret, kdf), head) }
  return `${JSON.stringify(whole, null, 2)}\n`
}

/** Whether the text of a key file is sealed. */
export function isSealed(text: string): boolean {
  return text.trimStart().startsWith('{')
}

/** Opens a sealed seed; `path` is for the words of a fault. @throws BailiwickError `KEY_FILE` when it cannot be opened */
export function unsealed(text: string, secret: KeySecret | null, path: string): Uint8Array {
  const parsed = sealedForm.safeParse(jsonIn(text))
  if (!parsed.success)
    throw new BailiwickError('KEY_FILE', `the key file \`${path}\` is not of the form that it must have`, {
      mend: 'restore it from a copy',
    })
  const { cipher, ...head } = parsed.data
  const wanted = head.kdf === null ? `\`${secretVariable}\`` : `\`${passphraseVariable}\` or \`${passphraseFileVariable}\``
  if (secret === null || (secret.kind === 'bytes') !== (head.kdf === null))
    throw new BailiwickError('KEY_FILE', `the key file \`${path}\` is sealed`, { mend: `set ${wanted} to what it was sealed with` })
  const key = keyOf(secret, head.kdf)
  try {
    return openSeed(cipher, key, head)
  } catch (error) {
    throw new BailiwickError('KEY_FILE', `the key file \`${path}\` is sealed with something else, or was altered`, {
      mend: `set ${wanted} to what it was sealed with`,
      cause: error,
    })
  }
}

function keyOf(secret: KeySecret, kdf: SealedForm['kdf']): Uint8Array {
  if (secret.kind === 'bytes') return secret.bytes
  return scryptSync(secret.text.normalize('NFC'), Buffer.from(kdf?.salt ?? '', 'base64url'), secretBytes, { ...cost, maxmem: memory })
}
