import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose'
import type { JWTPayload, JWTVerifyGetKey } from 'jose'
import { IssuerUnusable } from './issuer-documents.ts'
import type { Refused } from './trusted-issuers.ts'

/** The longest token that is looked at, in characters. */
const longestToken = 8192
/** By how much the clocks of issuers may differ from ours, in seconds. */
export const skew = 60
/** Signatures by a private key: neither `none` nor those that who checks can make. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
/** The compact form to the letter: what decodes base64url passes over blanks and line breaks. */
const compactForm = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
const plainTypes: ReadonlySet<string> = new Set(['jwt', 'jose', 'application/jwt'])

/** What a token says of itself before anything is checked: good for choosing with what to check it. */
export interface UnprovedToken {
  readonly issuer: string
  readonly type: string | null
}

/** A token whose signature, times and issuer hold. */
export interface VerifiedToken {
  readonly claims: JWTPayload
  readonly subject: string
  readonly tokenId: string | null
  /** Seconds since 1970. */
  readonly issued: number
  /** Milliseconds since 1970. */
  readonly expires: number
}

export function refused(reason: string): Refused {
  return { ok: false, reason }
}

/** Reads which issuer a token says it is of. */
export function readToken(token: string): UnprovedToken | Refused {
  if (token.length > longestToken) return refused(`the token is over ${longestToken} characters`)
  if (!compactForm.test(token)) return refused('the token is not a signed JWT')
  try {
    const { typ } = decodeProtectedHeader(token)
    const { iss } = decodeJwt(token)
    if (typ !== undefined && typeof typ !== 'string') return refused('the token is not a JWT')
    return typeof iss === 'string' ? { issuer: iss, type: typ?.toLowerCase() ?? null } : refused('the token names no issuer')
  } catch (error) {
    // A header or payload of another form is a TypeError or a JOSEError, depending on the part.
    if (error instanceof errors.JOSEError || error instanceof TypeError) return refused('the token is not a JWT')
    throw error
  }
}

/** True for a token that is not meant for something else by its type, such as an access token or a notice of sign-out. */
export function isPlain({ type }: UnprovedToken): boolean {
  return type === null || plainTypes.has(type)
}

/** Checks signature, issuer and times of a token with the keys of its issuer; who it is for is left to the caller. */
export async function verifyToken(
  token: string,
  keys: JWTVerifyGetKey,
  { issuer, clock }: { readonly issuer: string; readonly clock: () => number },
): Promise<VerifiedToken | Refused> {
  const now = clock()
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms,
      issuer,
      requiredClaims: ['iss', 'aud', 'sub', 'exp', 'iat'],
      clockTolerance: skew,
      currentDate: new Date(now),
    })
    const {
      sub,
      jti,
      iat = 0,
      exp = 0,
    } = payload as { readonly sub: unknown; readonly jti?: unknown; readonly iat?: number; readonly exp?: number }
    if (iat > now / 1000 + skew) return refused('the token is from the future')
    if (!Number.isFinite(exp) || !Number.isFinite(iat)) return refused('a time in the token is not a number')
    if (typeof sub !== 'string' || !/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]{1,1024}$/u.test(sub))
      return refused('the subject of the token is no name')
    if (jti !== undefined && (typeof jti !== 'string' || jti === '')) return refused('the id of the token is not a text')
    return { claims: payload, subject: sub, tokenId: jti ?? null, issued: iat, expires: exp * 1000 }
  } catch (error) {
    const reason = reasonOf(error)
    if (reason === null) throw error
    return refused(reason)
  }
}

function reasonOf(error: unknown): string | null {
  if (error instanceof IssuerUnusable) return `the token cannot be checked: ${error.message}`
  if (error instanceof errors.JWTExpired) return 'the token has expired'
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'nbf') return 'the token is not valid yet'
    return error.reason === 'missing'
      ? `the token has no claim \`${error.claim}\``
      : `the claim \`${error.claim}\` of the token is not as it must be`
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'the token is signed in a way that is not taken'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'the signature of the token is not by its issuer'
  return error instanceof errors.JOSEError ? `the token is not a JWT that can be taken (${error.code})` : null
}
