import { readFile, stat } from 'node:fs/promises'
import { createLocalJWKSet, createRemoteJWKSet, customFetch, errors } from 'jose'
import type { JSONWebKeySet, JWTVerifyGetKey, RemoteJWKSet } from 'jose'
import { isIssuerUrl } from '../../model/trust-schema.ts'
import { IssuerDocuments, IssuerUnusable, longestDocument, usualFetching } from './issuer-documents.ts'
import type { Fetching } from './issuer-documents.ts'

/** How long what discovery said stands, in milliseconds. */
const discoveryAge = 3_600_000
const leastModulus = 2048

interface Discovered {
  readonly keys: RemoteJWKSet
  readonly at: number
}

/** Where an issuer says where its keys are. */
export type Discovery = (issuer: string) => string

/** OpenID Connect Discovery 1.0. */
const openIdDiscovery: Discovery = (issuer) => `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`

/** OpenID Shared Signals Framework 1.0, section 7.2. */
export const transmitterDiscovery: Discovery = (issuer) => {
  const { origin, pathname } = new URL(issuer)
  return `${origin}/.well-known/ssf-configuration${pathname.replace(/\/$/, '')}`
}

/** The keys of issuers: from their discovery documents, looked up when first needed, or from files. */
export class IssuerKeys {
  readonly #documents: IssuerDocuments
  readonly #discovery: Discovery
  readonly #discovered = new Map<string, Promise<Discovered>>()

  constructor(fetching: Fetching = usualFetching, discovery: Discovery = openIdDiscovery) {
    this.#documents = new IssuerDocuments(fetching)
    this.#discovery = discovery
  }

  /**
   * The key that a token's header asks for. Keys that the header itself brings, or says where to get, are not looked at.
   * @param file the set of keys on disk, which is then the only one; null for what the issuer publishes
   */
  of(issuer: string, file: string | null): JWTVerifyGetKey {
    return async (header, token) => {
      const keys = file === null ? (await this.#discover(issuer)).keys : await keysIn(file)
      return usable(async () => keys(header, token))
    }
  }

  /** How many keys an issuer has just now, fetched anew. @throws IssuerUnusable */
  async count(issuer: string, file: string | null): Promise<number> {
    if (file !== null) {
      const set = await setIn(file)
      await usable(async () => createLocalJWKSet(set))
      return set.keys.length
    }
    const { keys } = await this.#discover(issuer)
    await usable(() => keys.reload())
    return keys.jwks()?.keys.length ?? 0
  }

  async #discover(issuer: string): Promise<Discovered> {
    const known = this.#discovered.get(issuer)
    if (known !== undefined) {
      const discovered = await known
      if (performance.now() - discovered.at < discoveryAge) return discovered
    }
    const asked = this.#read(issuer)
    this.#discovered.set(issuer, asked)
    // A failure is not remembered here: the documents know how soon they may be asked for again.
    asked.catch(() => this.#discovered.delete(issuer))
    return asked
  }

  async #read(issuer: string): Promise<Discovered> {
    const text = await this.#documents.read(this.#discovery(issuer))
    const found = parsed(text) as { readonly issuer?: unknown; readonly jwks_uri?: unknown } | null
    if (typeof found !== 'object' || found === null || found.issuer !== issuer)
      throw new IssuerUnusable('the discovery document of its issuer is about another issuer')
    const address = found.jwks_uri
    if (typeof address !== 'string' || !areKeysOf(issuer, address))
      throw new IssuerUnusable('the discovery document of its issuer names no address of keys that may be used')
    const { timeout, cooldown } = this.#documents.fetching
    const keys = createRemoteJWKSet(new URL(address), {
      timeoutDuration: timeout,
      cooldownDuration: cooldown,
      [customFetch]: async (url) => new Response(await this.#documents.read(url)),
    })
    return { keys, at: performance.now() }
  }
}

/** That an issuer is elsewhere does not make it one to send us to an address of this machine. */
function areKeysOf(issuer: string, address: string): boolean {
  return isIssuerUrl(address.split('?')[0] as string) && (issuer.startsWith('http:') || address.startsWith('https:'))
}

/** A person's own Ed25519 key, for a header that asks for no other kind. @param x the public key, `x` of its JWK */
export function ownKey(x: string): JWTVerifyGetKey {
  const keys = createLocalJWKSet({ keys: [{ kty: 'OKP', crv: 'Ed25519', x }] })
  return async (header, token) => usable(async () => keys(header, token))
}

async function keysIn(file: string): Promise<JWTVerifyGetKey> {
  const set = await setIn(file)
  return usable(async () => createLocalJWKSet(set))
}

async function setIn(file: string): Promise<JSONWebKeySet> {
  try {
    if ((await stat(file)).size > longestDocument)
      throw new IssuerUnusable(`the file of keys of its issuer is over ${longestDocument} bytes`)
    return parsed(await readFile(file, 'utf8')) as JSONWebKeySet
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (error instanceof IssuerUnusable || code === undefined) throw error
    throw new IssuerUnusable(`the file of keys of its issuer cannot be read: ${code}`, { cause: error })
  }
}

/** What an issuer publishes can be broken in as many ways as a library has of saying so. */
async function usable<T>(work: () => Promise<T>): Promise<T> {
  let result: T
  try {
    result = await work()
  } catch (error) {
    if (error instanceof IssuerUnusable) throw error
    if (error instanceof errors.JWKSNoMatchingKey) throw new IssuerUnusable('its issuer has no such key', { cause: error })
    if (error instanceof errors.JWKSMultipleMatchingKeys)
      throw new IssuerUnusable("it does not say with which of its issuer's keys it is signed", { cause: error })
    throw new IssuerUnusable('what its issuer publishes is not a set of keys that can be used', { cause: error })
  }
  const { modulusLength } = (result as { algorithm?: { modulusLength?: number } } | undefined)?.algorithm ?? {}
  if (modulusLength !== undefined && modulusLength < leastModulus)
    throw new IssuerUnusable(`its issuer's key is shorter than ${leastModulus} bits`)
  return result
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new IssuerUnusable('what its issuer publishes is not JSON', { cause: error })
  }
}
