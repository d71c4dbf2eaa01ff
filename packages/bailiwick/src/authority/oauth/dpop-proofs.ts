import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { decodeProtectedHeader, errors, importJWK, jwtVerify } from 'jose'
import type { JWK } from 'jose'
import { thumbprintOf } from './thumbprint.ts'

/** Algorithms that proofs may be signed with. */
export const dpopAlgorithms: readonly string[] = ['EdDSA', 'Ed25519', 'ES256']

/** How far a proof's time may be from ours, in seconds (RFC 9449 section 11.1). */
const acceptableAge = 60
/** How long a nonce is good for, in milliseconds; for as long again it still is. */
const nonceStep = 150_000
const longestProof = 4096
const mostIds = 100_000

/** The request that a proof came with. */
export interface ProvedRequest {
  readonly method: string
  /** Without query and fragment. */
  readonly url: string
  /** The token that came with it; null at the token endpoint, unless one is exchanged there. */
  readonly token: string | null
}

export type DpopAnswer =
  | { readonly ok: true; /** RFC 7638. */ readonly thumbprint: string; /** The public key. */ readonly jwk: JWK }
  | Refused

interface Refused {
  readonly ok: false
  readonly error: 'invalid_dpop_proof' | 'use_dpop_nonce'
  readonly reason: string
}

/** A proof that holds, and was or is still to be used. */
export interface HeldProof extends Extract<DpopAnswer, { ok: true }> {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/**
 * Verifies proofs of possession (RFC 9449): signature, method, URL, time, token hash, nonce; each once. The ids of proofs are remembered by this process, which
 * alone serves the URLs that they are for.
 */
export class DpopProofs {
  readonly #clock: () => number
  readonly #secret = randomBytes(32)
  readonly #needsNonce: () => boolean
  readonly #used = new Map<string, number>()

  /** @param needsNonce whether a proof must hold a nonce of ours; looked at with each */
  constructor(clock: () => number, needsNonce: () => boolean) {
    this.#clock = clock
    this.#needsNonce = needsNonce
  }

  /** A nonce for the next proof, for the header `DPoP-Nonce`. */
  nonce(): string {
    return this.#nonceOf(Math.floor(this.#clock() / nonceStep))
  }

  /** Checks a proof and uses it. Never throws for what a client could send. */
  async verify(proof: string | null, request: ProvedRequest): Promise<DpopAnswer> {
    const held = await this.check(proof, request)
    return held.ok ? this.use(held) : held
  }

  /** Uses a proof that was checked: once. */
  use({ id, at, thumbprint, jwk }: HeldProof): DpopAnswer {
    return this.#useOnce(id, at) ? { ok: true, thumbprint, jwk } : refused('the proof was used before')
  }

  /**
   * Checks a proof without using it, where it is still to be seen who sends it: anybody can make proofs, and only so many are remembered. Never throws for what
   * a client could send.
   */
  async check(proof: string | null, request: ProvedRequest): Promise<HeldProof | Refused> {
    if (proof === null) return refused('the request carries no proof of possession')
    if (proof.length > longestProof) return refused(`the proof is over ${longestProof} characters`)
    try {
      const jwk = keyIn(proof)
      if (typeof jwk === 'string') return refused(jwk)
      const { payload } = await jwtVerify(proof, await importJWK(jwk, decodeProtectedHeader(proof).alg), {
        typ: 'dpop+jwt',
        algorithms: [...dpopAlgorithms],
        requiredClaims: ['jti', 'htm', 'htu', 'iat'],
        currentDate: new Date(this.#clock()),
        clockTolerance: acceptableAge,
      })
      const problem = this.#problem(payload, request)
      if (problem !== null) return problem
      const thumbprint = await thumbprintOf(jwk)
      return { ok: true, thumbprint, jwk, id: `${thumbprint} ${payload.jti as string}`, at: (payload.iat as number) * 1000 }
    } catch (error) {
      // What WebCrypto says of a key that is none is a DOMException.
      if (error instanceof errors.JOSEError || error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException)
        return refused('the proof is malformed, or not signed by the key that it names')
      throw error
    }
  }

  #problem(payload: Readonly<Record<string, unknown>>, { method, url, token }: ProvedRequest): Refused | null {
    const { jti, htm, htu, iat, ath, nonce } = payload
    if (typeof jti !== 'string' || jti === '' || jti.length > 256) return refused('the proof has no usable `jti`')
    if (htm !== method) return refused('the proof is for another method')
    if (typeof htu !== 'string' || bareUrl(htu) !== bareUrl(url)) return refused('the proof is for another URL')
    if (typeof iat !== 'number' || Math.abs(this.#clock() / 1000 - iat) > acceptableAge)
      return refused(`the proof's time is more than ${acceptableAge} s from ours`)
    if (token !== null && ath !== createHash('sha256').update(token).digest('base64url')) return refused('the proof is for another token')
    if (nonce === undefined && !this.#needsNonce()) return null
    return typeof nonce === 'string' && this.#isNonce(nonce)
      ? null
      : { ok: false, error: 'use_dpop_nonce', reason: 'the proof needs the nonce of the header DPoP-Nonce' }
  }

  #isNonce(nonce: string): boolean {
    const now = Math.floor(this.#clock() / nonceStep)
    return [now, now - 1].some((step) => {
      const wanted = Buffer.from(this.#nonceOf(step))
      return wanted.length === Buffer.byteLength(nonce) && timingSafeEqual(wanted, Buffer.from(nonce))
    })
  }

  #nonceOf(step: number): string {
    return createHmac('sha256', this.#secret).update(`bailiwick dpop nonce v1\n${step}`).digest('base64url')
  }

  #useOnce(id: string, at: number): boolean {
    const now = this.#clock()
    for (const [known, until] of this.#used) {
      if (until > now) break
      this.#used.delete(known)
    }
    if (this.#used.has(id) || this.#used.size >= mostIds) return false
    this.#used.set(id, Math.max(at, now) + 2 * acceptableAge * 1000)
    return true
  }
}

/** The public key of a proof's header, or why there is none. */
function keyIn(proof: string): JWK | string {
  const { jwk } = decodeProtectedHeader(proof)
  if (jwk === undefined || typeof jwk !== 'object') return 'the proof names no key'
  if ('d' in jwk || 'k' in jwk) return 'the proof holds a key that is not public'
  return jwk.kty === 'OKP' || jwk.kty === 'EC' ? jwk : 'the proof names a key of another type than OKP and EC'
}

/** A URL without query and fragment, normalised; null for what is none. */
function bareUrl(text: string): string | null {
  if (!URL.canParse(text)) return null
  const { origin, pathname } = new URL(text)
  return `${origin}${pathname}`
}

function refused(reason: string): Refused {
  return { ok: false, error: 'invalid_dpop_proof', reason }
}
