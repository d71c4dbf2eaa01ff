import * as oauth from 'oauth4webapi'
import type { Browser } from './browser.ts'

/** An application of the company that people sign in at; its agent works for whoever did. */
export interface Application {
  readonly clientId: string
  /** Where the provider sends people back to. */
  readonly redirect: string
}

/** Signs a person in: authorisation code with PKCE, `state` and `nonce`. Resolves with their ID token, which the application keeps to itself and its agent. */
export async function signIn({ clientId, redirect }: Application, issuer: string, browser: Browser): Promise<string> {
  const at = { [oauth.allowInsecureRequests]: true }
  const server = await oauth.processDiscoveryResponse(new URL(issuer), await oauth.discoveryRequest(new URL(issuer), at))
  const client: oauth.Client = { client_id: clientId }
  const [state, nonce, verifier] = [oauth.generateRandomState(), oauth.generateRandomNonce(), oauth.generateRandomCodeVerifier()]
  const page = new URL(server.authorization_endpoint as string)
  page.search = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirect,
    response_type: 'code',
    scope: 'openid email',
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString()
  const answer = oauth.validateAuthResponse(server, client, await browser.open(page.href, redirect), state)
  const response = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), answer, redirect, verifier, at)
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce, requireIdToken: true })
  return tokens.id_token as string
}
