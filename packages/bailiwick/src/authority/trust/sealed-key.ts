import { randomBytes, scrypt } from 'node:crypto'
import * as z from 'zod'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { bytesSchema, openSeed, sealingSchema, sealSeed } from '../seed-seal.ts'
import { signingKey } from '../signing-key.ts'
import type { KeyPair } from '../signing-key.ts'

const format = 'bailiwick-person-key'
/** 128 MiB and about half a second for each guess. */
const cost = { N: 131_072, r: 8, p: 1 } as const
const mostCost = { N: 1_048_576, r: 16, p: 4 } as const
export const leastPassphrase = 8

/** The form of the file. Everything but the sealed seed is in the clear and held to it by the cipher. */
const sealedForm = z.strictObject({
  format: z.literal(format),
  version: z.literal(1),
  person: z.string(),
  publicKey: bytesSchema,
  kdf: z.strictObject({
    name: z.literal('scrypt'),
    N: z.int().min(cost.N).max(mostCost.N),
    r: z.int().min(cost.r).max(mostCost.r),
    p: z.int().min(cost.p).max(mostCost.p),
    salt: bytesSchema,
  }),
  cipher: sealingSchema.refine(({ sealed }) => sealed.length === 43),
})

type SealedForm = z.infer<typeof sealedForm>

/** A person's key, out of its seal. */
export interface PersonKey {
  readonly person: string
  readonly key: KeyPair
}

/** Makes a key for a person. Resolves with the text of the file that holds it, sealed with a passphrase, and the public key, `x` of its JWK. */
export async function makeSealedKey(person: string, passphrase: string): Promise<{ readonly text: string; readonly x: string }> {
  const seed = randomBytes(32)
  const { x } = signingKey(seed)
  const head = {
    format,
    version: 1,
    person,
    publicKey: x,
    kdf: { name: 'scrypt', ...cost, salt: randomBytes(16).toString('base64url') },
  } as const
  const whole: SealedForm = { ...head, cipher: sealSeed(seed, await stretched(passphrase, head.kdf), head) }
  return { text: `${JSON.stringify(whole, null, 2)}\n`, x }
}

/** Opens the text of a key file. @throws BailiwickError `KEY_FILE` for another text, another passphrase, or a file that was changed */
export async function openSealedKey(text: string, passphrase: string): Promise<PersonKey> {
  const { cipher, ...head } = readForm(text)
  const key = await stretched(passphrase, head.kdf)
  try {
    return { person: head.person, key: signingKey(openSeed(cipher, key, head)) }
  } catch (error) {
    throw new BailiwickError(
      'KEY_FILE',
      `the key of \`${head.person}\` does not open: the passphrase is another, or the file was changed`,
      { cause: error },
    )
  }
}

function readForm(text: string): SealedForm {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    value = null
  }
  const read = sealedForm.safeParse(value)
  if (read.success) return read.data
  throw new BailiwickError('KEY_FILE', 'the file is no key of a person', { mend: 'name the file that `bailiwick people add` made' })
}

function stretched(passphrase: string, { N, r, p, salt }: SealedForm['kdf']): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // One text, however a keyboard composes its letters.
    const secret = passphrase.normalize('NFC')
    scrypt(secret, Buffer.from(salt, 'base64url'), 32, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    )
  })
}
