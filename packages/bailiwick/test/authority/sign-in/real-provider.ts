import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'
import { onTestFinished } from 'vitest'
import { issuerKey } from '../trust/issuer.ts'
import { exportJWK } from 'jose'

/** A provider of OpenID Connect at which anybody signs in under the name that they type. Only `mallory` has an address that is not verified. */
export async function realProvider(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { privateKey } = await issuerKey('provider', 'RS256')
  const provider = new Provider(url, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'provider', alg: 'RS256', use: 'sig' }] },
    cookies: { keys: ['of the tests'] },
    clients: [
      {
        client_id: 'bailiwick',
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        redirect_uris: ['http://127.0.0.1/callback'],
        response_types: ['code'],
        grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    features: { deviceFlow: { enabled: true } },
    ttl: { Interaction: 60, Grant: 60, IdToken: 300, AccessToken: 60, Session: 60, DeviceCode: 60, AuthorizationCode: 60 },
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@corp.example`, email_verified: id !== 'mallory' }),
    }),
  })
  server.on('request', provider.callback())
  return url
}
