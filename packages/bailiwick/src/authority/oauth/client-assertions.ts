import { compactVerify, decodeJwt, decodeProtectedHeader, errors, importJWK, jwtVerify } from 'jose'
import type { AgentKey, AgentKeys } from '../agent-keys.ts'
import type { TrustedIssuers } from '../trust/trusted-issuers.ts'
import type { UsedIds } from '../used-ids.ts'

/** The only way in which a client says who it is (RFC 7523). */
export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

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
}

export type ClientAnswer = ({ readonly ok: true } & Client) | { readonly ok: false; readonly reason: string }

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
    if (assertion.length > longestAssertion) return refused(`the assertion is over ${longestAssertion} characters`)
    try {
      const { iss, sub } = decodeJwt(assertion)
      const key = await this.#signer(assertion, iss)
      if (key === null) return await this.#workload(assertion)
      if (iss !== key.agent || sub !== key.agent)
        return refused('`iss` and `sub` of the assertion must be the agent that the key is registered for')
      return await this.#own(assertion, key)
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError)
        return refused('the assertion is malformed, or not signed by the key that it names')
      throw error
    }
  }

  /** The registered key that an assertion says it is signed with, by its id or else as one of the agent that it names; null for none. */
  async #signer(assertion: string, issuer: string | undefined): Promise<AgentKey | null> {
    const { keys } = this.#options
    const { kid, alg } = decodeProtectedHeader(assertion)
    if (alg !== 'EdDSA' && alg !== 'Ed25519') return null
    if (kid !== undefined) return keys.inForce(kid)
    for (const key of issuer === undefined ? [] : await keys.allInForce(issuer)) if (await isSignedWith(assertion, key)) return key
    return null
  }

  async #own(assertion: string, { agent, thumbprint, x }: AgentKey): Promise<ClientAnswer> {
    const { used, clock, audiences } = this.#options
    const { payload } = await jwtVerify(assertion, await importJWK({ kty: 'OKP', crv: 'Ed25519', x }, 'EdDSA'), {
      algorithms: ['EdDSA', 'Ed25519'],
      audience: [...audiences()],
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'jti'],
      currentDate: new Date(clock()),
      clockTolerance: skew,
    })
    if (Array.isArray(payload.aud) && payload.aud.length !== 1) return refused('the assertion must be for one audience alone')
    const { exp = 0, jti = '' } = payload
    if (exp * 1000 > clock() + (longestLife + skew) * 1000) return refused(`the assertion may be good for at most ${longestLife} s`)
    if (jti === '' || jti.length > 256) return refused('the assertion has no usable `jti`')
    if (!(await used.use(`client-assertion ${thumbprint} ${jti}`, (exp + skew) * 1000))) return refused('the assertion was used before')
    return { ok: true, agent, key: thumbprint }
  }

  async #workload(assertion: string): Promise<ClientAnswer> {
    const answer = await this.#options.issuers.workload(assertion)
    return answer.ok
      ? { ok: true, agent: answer.agent, key: null }
      : refused(`no registered key has signed the assertion, and as a token of a platform ${answer.reason}`)
  }
}

function refused(reason: string): ClientAnswer {
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
