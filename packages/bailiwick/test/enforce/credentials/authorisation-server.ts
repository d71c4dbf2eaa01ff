import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLocalJWKSet, exportJWK, jwtVerify, SignJWT } from 'jose'
import type { JWK } from 'jose'
import { Provider } from 'oidc-provider'
import type { GrantContext } from 'oidc-provider'
import { onTestFinished } from 'vitest'
import { issuerKey } from '../../authority/trust/issuer.ts'

export interface AuthorisationServer {
  readonly url: string
  readonly jwks: { readonly keys: JWK[] }
  readonly clientSecret: string
  /** The private key, as a JWK, of the client `signer`, which has no secret. */
  readonly clientKey: string
  /** Parameters of each request to the token endpoint. */
  readonly asked: URLSearchParams[]
  /** Puts something in the place of the real server's answer for a path; null for the real one. */
  answer: ((path: string, response: ServerResponse, request: IncomingMessage) => boolean) | null
  /** Seconds that its tokens live. */
  lifetime: number
  /** The server knows its clients no more. */
  revoked: boolean
  /** What somebody signed in with, which expires after five minutes unless it is said when, as `jose` reads it. */
  idToken(subject: string, expires?: string): Promise<string>
}

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** A real authorisation server (oidc-provider), gone when the test is over: client credentials and token exchange, with resource indicators. */
export async function authorisationServer(): Promise<AuthorisationServer> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { privateKey, jwk } = await issuerKey('provider', 'RS256')
  const signer = await issuerKey('signer', 'ES256')
  const state: { -readonly [K in keyof AuthorisationServer]: AuthorisationServer[K] } = {
    url,
    jwks: { keys: [jwk] },
    clientSecret: `canary-client-secret-${crypto.randomUUID()}`,
    clientKey: JSON.stringify({ ...(await exportJWK(signer.privateKey)), kid: 'signer', alg: 'ES256' }),
    asked: [],
    answer: null,
    lifetime: 300,
    revoked: false,
    idToken: (subject, expires = '5m') =>
      new SignJWT({})
        .setProtectedHeader({ alg: 'RS256', kid: 'provider' })
        .setIssuer(url)
        .setAudience('bailiwick')
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime(expires)
        .setJti(crypto.randomUUID())
        .sign(privateKey),
  }
  const resourceServer = (resource: string): object => ({
    scope: 'crm.read crm.write crm.admin',
    audience: resource,
    accessTokenFormat: 'jwt',
    accessTokenTTL: state.lifetime,
    jwt: { sign: { alg: 'RS256' } },
  })
  const client = {
    grant_types: ['client_credentials', exchange],
    redirect_uris: [],
    response_types: [],
    scope: 'crm.read crm.write crm.admin',
  }
  const provider = new Provider(url, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'provider', alg: 'RS256', use: 'sig' }] },
    cookies: { keys: ['of the tests'] },
    scopes: ['crm.read', 'crm.write', 'crm.admin'],
    clients: [
      { ...client, client_id: 'bailiwick', client_secret: state.clientSecret },
      { ...client, client_id: 'signer', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [signer.jwk] } },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: { enabled: true, getResourceServerInfo: (_: unknown, resource: string) => resourceServer(resource) },
    },
  })
  const subjects = createLocalJWKSet(state.jwks)
  provider.registerGrantType(
    exchange,
    async (context: GrantContext) => {
      const { subject_token: subject = '', resource = '', scope = '' } = context.oidc.params
      const { payload } = await jwtVerify(subject, subjects, { issuer: url, audience: 'bailiwick' })
      const token = new provider.AccessToken({ accountId: payload.sub, client: context.oidc.client, scope, gty: 'token-exchange' })
      token.resourceServer = new provider.ResourceServer(resource, resourceServer(resource))
      context.body = {
        access_token: await token.save(),
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: state.lifetime,
        scope,
      }
    },
    ['subject_token', 'subject_token_type', 'requested_token_type', 'resource', 'scope', 'audience'],
  )
  const real = provider.callback()
  server.on('request', (request, response) => {
    const path = request.url ?? ''
    if (path === '/token') {
      const chunks: Buffer[] = []
      // The server reads it as well.
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => state.asked.push(new URLSearchParams(Buffer.concat(chunks).toString())))
    }
    if (state.answer?.(path, response, request) === true) return
    if (path === '/token' && state.revoked)
      response
        .writeHead(401, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error: 'invalid_client', error_description: `who is ${state.clientSecret}?` }))
    else real(request, response)
  })
  return state
}
