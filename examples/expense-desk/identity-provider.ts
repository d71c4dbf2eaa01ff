import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { Provider } from 'oidc-provider'

/** The company's provider of OpenID Connect (oidc-provider), at which everybody signs in with their address, and which tells others when that is over. */
export interface IdentityProvider {
  readonly issuer: string
  /** An ID token as it gave it two hours ago to who signed in at an application; it was good for one. */
  oldIdToken(clientId: string, email: string): Promise<string>
  /** Pushes a security event (RFC 8417, 8935): the sessions of a person are over (CAEP). Resolves with the receiver's status. */
  revokeSessions(receiver: URL, audience: string, email: string): Promise<number>
  close(): void
}

/** @param redirects where each application is returned to, by its client id */
export async function startIdentityProvider(redirects: Readonly<Record<string, string>>): Promise<IdentityProvider> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'corp', alg: 'RS256', use: 'sig' }] },
    cookies: { keys: [randomUUID()] },
    clients: Object.entries(redirects).map(([client_id, redirect]) => ({
      client_id,
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      redirect_uris: [redirect],
      response_types: ['code'],
      grant_types: ['authorization_code'],
    })),
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    ttl: { Interaction: 60, Grant: 300, IdToken: 300, AccessToken: 300, Session: 300, AuthorizationCode: 60 },
    findAccount: (_: unknown, email: string) => ({ accountId: email, claims: () => ({ sub: email, email, email_verified: true }) }),
  })
  server.on('request', provider.callback())
  const now = (): number => Math.floor(Date.now() / 1000)
  const signed = (typ: string, claims: Readonly<Record<string, unknown>>): Promise<string> =>
    new SignJWT({ iss: issuer, jti: randomUUID(), ...claims }).setProtectedHeader({ alg: 'RS256', kid: 'corp', typ }).sign(privateKey)
  return {
    issuer,
    oldIdToken: (clientId, email) =>
      signed('JWT', { aud: clientId, sub: email, email, email_verified: true, iat: now() - 7200, exp: now() - 3600 }),
    revokeSessions: async (receiver, audience, email) => {
      const events = { 'https://schemas.openid.net/secevent/caep/event-type/session-revoked': { initiating_entity: 'admin' } }
      const response = await fetch(receiver, {
        method: 'POST',
        headers: { 'content-type': 'application/secevent+jwt', accept: 'application/json' },
        body: await signed('secevent+jwt', { aud: audience, iat: now(), sub_id: { format: 'email', email }, events }),
      })
      return response.status
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
