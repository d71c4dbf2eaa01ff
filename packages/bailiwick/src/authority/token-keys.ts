import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import * as z from 'zod'
import { BailiwickError } from '../model/bailiwick-error.ts'
import type { KeyDevices } from './key-devices.ts'
import { keptOrNewKey } from './kept-key.ts'
import { ed25519Thumbprint } from './oauth/thumbprint.ts'
import type { SigningKey } from './signing-key.ts'

/** A public key as it is published (RFC 7517). */
export interface PublishedKey {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
  /** RFC 7638. */
  readonly kid: string
  readonly alg: 'EdDSA'
  readonly use: 'sig'
}

/** The keys that tokens are, and until lately were, signed with. */
export interface TokenKeys {
  /** What signs now. */
  current(): Promise<{ readonly kid: string; readonly key: SigningKey }>
  /** The public key with an id if tokens signed with it are still taken; null otherwise. Without an id, the current one. */
  byId(kid: string | undefined): Promise<KeyObject | null>
  published(): Promise<readonly PublishedKey[]>
  /** Another value whenever a key came or went: what was verified before is to be verified anew. */
  generation(): number
}

/** One key that is never replaced. */
export async function singleKey(key: SigningKey): Promise<TokenKeys> {
  const kid = await ed25519Thumbprint(key.x)
  return {
    current: async () => ({ kid, key }),
    byId: async (wanted) => (wanted === undefined || wanted === kid ? key.publicKey : null),
    published: async () => [publishedKey(key.x, kid)],
    generation: () => 0,
  }
}

/** A key that was replaced. The file holds the public half alone. */
export interface PastKey {
  readonly x: string
  /** Milliseconds since 1970; tokens that it signed are not taken from then on. */
  readonly until: number
}

const pastSchema = z.array(z.strictObject({ x: z.string().length(43), until: z.int().nonnegative() }))

/** Reads the keys that were replaced; none where there is no such file. @throws BailiwickError `KEY_FILE` for a file of another form */
export function readPastKeys(file: string): readonly PastKey[] {
  if (!existsSync(file)) return []
  try {
    return pastSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error
    throw new BailiwickError('KEY_FILE', `\`${file}\` is not a list of keys that were replaced`, {
      mend: 'restore it from a copy; without it, tokens that such keys have signed are not taken',
      cause: error,
    })
  }
}

interface Loaded {
  readonly stamp: string
  readonly kid: string
  readonly key: SigningKey
  readonly past: readonly (PastKey & { readonly kid: string; readonly publicKey: KeyObject })[]
}

/** Keys in files, looked at again whenever they have changed, so that every process takes up one that was replaced. */
export class FileTokenKeys implements TokenKeys {
  readonly #file: string
  readonly #pastFile: string
  readonly #clock: () => number
  readonly #devices: Pick<KeyDevices, 'open'>
  #loaded: Loaded | null = null
  #generation = 0

  constructor(file: string, pastFile: string, clock: () => number, devices: Pick<KeyDevices, 'open'>) {
    this.#devices = devices
    this.#file = file
    this.#pastFile = pastFile
    this.#clock = clock
  }

  async current(): Promise<{ readonly kid: string; readonly key: SigningKey }> {
    return this.#load()
  }

  async byId(wanted: string | undefined): Promise<KeyObject | null> {
    const { kid, key, past } = await this.#load()
    if (wanted === undefined || wanted === kid) return key.publicKey
    return past.find((one) => one.kid === wanted && one.until > this.#clock())?.publicKey ?? null
  }

  async published(): Promise<readonly PublishedKey[]> {
    const { kid, key, past } = await this.#load()
    return [publishedKey(key.x, kid), ...past.filter(({ until }) => until > this.#clock()).map((one) => publishedKey(one.x, one.kid))]
  }

  generation(): number {
    if (this.#loaded !== null && this.#loaded.stamp !== this.#stamp()) this.#generation += 1
    return this.#generation
  }

  async #load(): Promise<Loaded> {
    const stamp = this.#stamp()
    if (this.#loaded?.stamp === stamp) return this.#loaded
    const key = keptOrNewKey(this.#file, this.#devices)
    const past = await Promise.all(
      readPastKeys(this.#pastFile).map(async (one) => ({
        ...one,
        kid: await ed25519Thumbprint(one.x),
        publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: one.x }, format: 'jwk' }),
      })),
    )
    this.#loaded = { stamp: this.#stamp(), kid: await ed25519Thumbprint(key.x), key, past }
    return this.#loaded
  }

  /** Changes with either file. */
  #stamp(): string {
    return [this.#file, this.#pastFile]
      .map((file) => statSync(file, { throwIfNoEntry: false }))
      .map((found) => (found === undefined ? '-' : `${found.ino} ${found.mtimeMs} ${found.size}`))
      .join('\n')
  }
}

function publishedKey(x: string, kid: string): PublishedKey {
  return { kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' }
}
