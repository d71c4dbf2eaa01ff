import { createHash, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { thumbprintUri } from '../../model/principal-uri.ts'
import type { KeyPair } from '../signing-key.ts'

/** `typ` of a token that a person makes with their own key. */
export const personTokenType = 'person+jwt'
/** The longest that such a token may live, in milliseconds. */
export const longestPersonToken: number = 10 * 60_000

/** Whom tokens by people's own keys are for: the gateway of a trust domain. */
export function gatewayAudience(trustDomain: string): string {
  return `spiffe://${trustDomain}/bailiwick`
}

/** The issuer of tokens by an Ed25519 key: its thumbprint URI (RFC 9278). @param x the public key, `x` of its JWK */
export function keyIssuer(x: string): string {
  // RFC 7638: the members that a key needs, in the order of their names, without white space.
  const thumbprint = createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url')
  return thumbprintUri(thumbprint)
}

/**
 * A token by which a person shows a gateway who they are, good once.
 * @param lifetime milliseconds, {@link longestPersonToken} at most
 * @throws RangeError for a longer life
 */
export async function personToken(
  key: KeyPair,
  {
    person,
    trustDomain,
    lifetime,
    now,
  }: { readonly person: string; readonly trustDomain: string; readonly lifetime: number; readonly now: number },
): Promise<string> {
  if (lifetime > longestPersonToken) throw new RangeError(`a person's token lives ${longestPersonToken / 60_000} minutes at most`)
  const issued = Math.floor(now / 1000)
  return new SignJWT()
    .setProtectedHeader({ alg: 'EdDSA', typ: personTokenType })
    .setIssuer(keyIssuer(key.x))
    .setSubject(person)
    .setAudience(gatewayAudience(trustDomain))
    .setIssuedAt(issued)
    .setExpirationTime(issued + Math.floor(lifetime / 1000))
    .setJti(randomUUID())
    .sign(key.privateKey)
}
