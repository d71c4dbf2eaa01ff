import type { DpopProofs } from '../../authority/oauth/dpop-proofs.ts'
import { dpopAlgorithms } from '../../authority/oauth/dpop-proofs.ts'
import type { Authority } from '../../authority/authority.ts'
import type { Credential } from '../../model/session.ts'
import { requestUrl } from './request-url.ts'

export interface TokenGuardOptions {
  readonly authority: Pick<Authority, 'verify'>
  readonly proofs: DpopProofs
  /** Where the metadata of the resource are (RFC 9728). */
  readonly metadata: () => string
  readonly publicUrl: () => string | null
  readonly clock: () => number
  /** Told of each token that was presented as it must be, and says why it is not taken all the same; null when it is. */
  readonly admit: (token: string) => Promise<string | null>
}

/** A token that was presented as it must be. */
export interface Presented {
  readonly token: string
  readonly credential: Extract<Credential, { valid: true }>
}

/**
 * Checks how a request presents its token: one that is bound to a key by the scheme DPoP with a proof for this very request (RFC 9449 section 7), any other
 * as a bearer token (RFC 6750). Resolves with the challenge to answer with where it does not.
 */
export async function presentedToken(options: TokenGuardOptions, request: Request): Promise<Presented | Response> {
  const { authority, proofs, publicUrl } = options
  const [scheme = '', token = '', more] = (request.headers.get('authorization') ?? '').split(' ')
  const dpop = scheme.toLowerCase() === 'dpop'
  if ((!dpop && scheme.toLowerCase() !== 'bearer') || token === '' || more !== undefined)
    return challenge(options, scheme === '' ? null : 'invalid_request', 'Missing or malformed Authorization header')
  const credential = await authority.verify(token)
  if (!credential.valid) return challenge(options, 'invalid_token', credential.reason)
  if (options.clock() >= credential.expires) return challenge(options, 'invalid_token', 'the token has expired')
  if (dpop !== (credential.dpop === true))
    return challenge(
      options,
      'invalid_token',
      dpop ? 'the token is a bearer token' : 'the token is bound to a key: present it by the scheme DPoP with a proof',
    )
  if (dpop) {
    const proved = await proofs.verify(request.headers.get('dpop'), {
      method: request.method,
      url: requestUrl(request, publicUrl()),
      token,
    })
    if (!proved.ok) return challenge(options, proved.error, proved.reason)
    if (proved.thumbprint !== credential.key)
      return challenge(options, 'invalid_token', 'the proof is by another key than the token is bound to')
  }
  const refused = await options.admit(token)
  if (refused !== null) return challenge(options, 'invalid_token', refused)
  return { token, credential }
}

function challenge({ metadata, proofs }: TokenGuardOptions, error: string | null, reason: string): Response {
  const told = error === null ? '' : `error="${error}", error_description="${reason.replaceAll(/["\\\r\n]/g, "'")}", `
  const about = `${told}resource_metadata="${metadata()}"`
  const headers = new Headers({ 'content-type': 'application/json', 'dpop-nonce': proofs.nonce() })
  headers.append('www-authenticate', `Bearer ${about}`)
  headers.append('www-authenticate', `DPoP ${about}, algs="${dpopAlgorithms.join(' ')}"`)
  return new Response(JSON.stringify({ error: error ?? 'invalid_token', error_description: reason }), { status: 401, headers })
}
