import { compactVerify, decodeJwt, decodeProtectedHeader, errors, importJWK, jwtVerify } from 'jose'
import type { JWTPayload } from 'jose'
import * as z from 'zod'
import type { IdentityProof } from '../../model/session.ts'
import { thumbprintUri } from '../../model/principal-uri.ts'
import type { AgentKey, AgentKeys } from '../agent-keys.ts'
import type { TrustedIssuers } from '../trust/trusted-issuers.ts'
import type { UsedIds } from '../used-ids.ts'

/** The only way in which a client says who it is (RFC 7523). */
export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * What the header of an assertion says by which an agent names itself to another that delegates to it (`typ`), so that the other cannot pass for it: as
 * what a client says who it is by, it is good for nothing.
 */
export const actorAssertionType = 'bailiwick-actor+jwt'

/** Types of what a client says who it is by, in small letters: that of any JWT, and the one of RFC 7523's update. Another one is meant for something else. */
const clientTypes: ReadonlySet<unknown> = new Set([
  undefined,
  ...['jwt', 'client-authentication+jwt'].flatMap((type) => [type, `application/${type}`]),
])

/** How far ahead an assertion may expire, in seconds: one that leaks is of no use for long. */
const longestLife = 300
/** How far clocks may differ, in seconds. */
const skew = 30
const longestAssertion = 8192

/** Which agent a client is, and by what. */
export interface Client {
  readonly agent: string
  /** The thumbprint of the agent's own key; null for a workload, whose platform vouches for it. */
  readonly key: string | null
  readonly proof: IdentityProof
}

/** The agent that is to act for another, and the key that its token is to be bound to. */
interface Actor {
  readonly agent: string
  /** The thumbprint of the agent's own key. */
  readonly key: string
  /** The thumbprint of the key that its token is to be bound to (`cnf.jkt` of the assertion). */
  readonly holder: string
}

type ActorAnswer = ({ readonly ok: true } & Actor) | { readonly ok: false; readonly reason: string }
export type ClientAnswer = ({ readonly ok: true } & Client) | { readonly ok: false; readonly reason: string }

type Refused = { readonly ok: false; readonly reason: string }

const confirmation = z.strictObject({ jkt: z.string().regex(/^[A-Za-z0-9_-]{43}$/) })

export interface ClientAssertionsOptions {
  readonly keys: AgentKeys
  readonly issuers: TrustedIssuers
  readonly used: UsedIds
  readonly clock: () => number
  /** Whom an assertion may be for: the issuer, or the URL of the endpoint. */
  readonly audiences: () => readonly string[]
}

/** Finds out which agent a client is, by an assertion that its own registered key has signed, or the platform that it runs on. */
export class ClientAssertions {
  readonly #options: ClientAssertionsOptions

  constructor(options: ClientAssertionsOptions) {
    this.#options = options
  }

  /** Never throws for what a client could send. */
  async client(assertion: string): Promise<ClientAnswer> {
    return this.#answer(assertion, async (key) => {
      if (key === null) return this.#workload(assertion)
      const { typ } = decodeProtectedHeader(assertion) as { readonly typ?: unknown }
      if (typ === actorAssertionType) return refused('the assertion is one by which an agent is delegated to, and lets in no client')
      if (!clientTypes.has(typeof typ === 'string' ? typ.toLowerCase() : typ))
        return refused('the assertion is of a type that is meant for something else')
      const read = await this.#own(assertion, key)
      if (typeof read === 'string') return refused(read)
      const proof = { iss: thumbprintUri(key.thumbprint), sub: key.agent, jti: read.jti ?? null }
      return { ok: true, agent: key.agent, key: key.thumbprint, proof }
    })
  }

  /**
   * Which agent is to be delegated to, by an assertion that its own registered key has signed, and that names the key which the agent's token is to be bound
   * to. Never throws for what a client could send.
   */
  async actor(assertion: string): Promise<ActorAnswer> {
    return this.#answer(assertion, async (key): Promise<ActorAnswer> => {
      if (key === null) return refused('no registered key in force has signed the assertion')
      if (decodeProtectedHeader(assertion).typ !== actorAssertionType)
        return refused(`the assertion must be of the type \`${actorAssertionType}\``)
      const read = await this.#own(assertion, key)
      if (typeof read === 'string') return refused(read)
      const holder = confirmation.safeParse(read['cnf'])
      return holder.success
        ? { ok: true, agent: key.agent, key: key.thumbprint, holder: holder.data.jkt }
        : refused('the assertion must name the key of the token by `cnf` with `jkt`, and nothing else in it')
    })
  }

  async #answer<T extends { readonly ok: boolean }>(
    assertion: string,
    read: (key: AgentKey | null) => Promise<T | Refused>,
  ): Promise<T | Refused> {
    if (assertion.length > longestAssertion) return refused(`the assertion is over ${longestAssertion} characters`)
    try {
      return await read(await this.#signer(assertion))
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError)
        return refused('the assertion is malformed, or not signed by the key that it names')
      throw error
    }
  }

  /** The registered key that an assertion says it is signed with, by its id or else as one of the agent that it names; null for none. */
  async #signer(assertion: string): Promise<AgentKey | null> {
    const { keys } = this.#options
    // Nothing is signed yet: either may be anything that JSON can say.
    const { kid, alg } = decodeProtectedHeader(assertion) as { readonly kid?: unknown; readonly alg?: unknown }
    const { iss } = decodeJwt(assertion) as { readonly iss?: unknown }
    if (alg !== 'EdDSA' && alg !== 'Ed25519') return null
    if (kid !== undefined) return typeof kid === 'string' ? keys.inForce(kid) : null
    for (const key of typeof iss === 'string' ? await keys.allInForce(iss) : []) if (await isSignedWith(assertion, key)) return key
    return null
  }

  /** The claims of an assertion, which is used up by that; or what is wrong with it. */
  async #own(assertion: string, { agent, thumbprint, x }: AgentKey): Promise<JWTPayload | string> {
    const { used, clock, audiences } = this.#options
    const { payload } = await jwtVerify(assertion, await importJWK({ kty: 'OKP', crv: 'Ed25519', x }, 'EdDSA'), {
      algorithms: ['EdDSA', 'Ed25519'],
      audience: [...audiences()],
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'jti'],
      currentDate: new Date(clock()),
      clockTolerance: skew,
    })
    if (payload.iss !== agent || payload.sub !== agent)
      return '`iss` and `sub` of the assertion must be the agent that the key is registered for'
    if (Array.isArray(payload.aud) && payload.aud.length !== 1) return 'the assertion must be for one audience alone'
    const { exp = 0, jti = '' } = payload
    if (exp * 1000 > clock() + (longestLife + skew) * 1000) return `the assertion may be good for at most ${longestLife} s`
    if (jti === '' || jti.length > 256) return 'the assertion has no usable `jti`'
    if (!(await used.use(`client-assertion ${thumbprint} ${jti}`, (exp + skew) * 1000))) return 'the assertion was used before'
    return payload
  }

  async #workload(assertion: string): Promise<ClientAnswer> {
    const answer = await this.#options.issuers.workload(assertion)
    if (!answer.ok) return refused(`no registered key has signed the assertion, and as a token of a platform ${answer.reason}`)
    const { agent, issuer: iss, subject: sub, tokenId: jti } = answer
    return { ok: true, agent, key: null, proof: { iss, sub, jti } }
  }
}

function refused(reason: string): Refused {
  return { ok: false, reason }
}

async function isSignedWith(assertion: string, { x }: AgentKey): Promise<boolean> {
  try {
    await compactVerify(assertion, await importJWK({ kty: 'OKP', crv: 'Ed25519', x }, 'EdDSA'))
    return true
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return false
    throw error
  }
}
