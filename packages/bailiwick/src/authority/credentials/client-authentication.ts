import { importJWK } from 'jose'
import { ClientSecretBasic, ClientSecretPost, PrivateKeyJwt } from 'oauth4webapi'
import type { AuthorizationServer, ClientAuth } from 'oauth4webapi'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { isJsonObject } from '../../model/json.ts'
import type { OAuthDeclaration } from '../../model/credential.ts'
import type { SecretPlaces, Secrets } from './secrets.ts'

const algorithms: Readonly<Record<string, string>> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512', Ed25519: 'Ed25519' }

/** How the gateway shows that it is the client: with a key of its own, or else with the secret, in the header unless the server takes it in the body alone. */
export async function clientAuthentication(
  { clientSecret, clientKey }: OAuthDeclaration,
  { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] }: AuthorizationServer,
  { toolbox, secrets, places }: { readonly toolbox: string; readonly secrets: Secrets; readonly places: SecretPlaces },
): Promise<ClientAuth> {
  if (clientSecret !== undefined) {
    const secret = await secrets.read(clientSecret, `${toolbox}.credential.clientSecret`, places)
    return methods.includes('client_secret_basic') || !methods.includes('client_secret_post')
      ? ClientSecretBasic(secret)
      : ClientSecretPost(secret)
  }
  const name = `${toolbox}.credential.clientKey`
  if (clientKey === undefined) throw new TypeError('a client has a secret or a key')
  const text = await secrets.read(clientKey, name, places)
  try {
    const jwk: unknown = JSON.parse(text)
    if (!isJsonObject(jwk) || typeof jwk['d'] !== 'string') throw new TypeError('no private JWK')
    const { alg, crv } = jwk
    const algorithm = typeof alg === 'string' ? alg : typeof crv === 'string' ? algorithms[crv] : 'RS256'
    const key = await importJWK(jwk, algorithm === 'EdDSA' ? 'Ed25519' : algorithm)
    if (key instanceof Uint8Array) throw new TypeError('no private JWK')
    const { kid } = jwk
    return PrivateKeyJwt(typeof kid === 'string' ? { key, kid } : { key })
  } catch {
    // What went wrong may quote the key.
    throw new BailiwickError('SECRET_MISSING', `\`${name}\` is no private key as a JWK`, {
      mend: 'give it as JSON, with `alg` and, where the server knows it by one, `kid`',
    })
  }
}
