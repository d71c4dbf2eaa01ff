import * as oauth from 'oauth4webapi'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { loopbackRedirect } from './loopback-redirect.ts'
import { orSignInFailed } from './provider.ts'
import type { Provider } from './provider.ts'

export interface BrowserSignIn {
  readonly scope: string
  /** The port of the redirect; 0 for any that is free. */
  readonly port: number
  /** How long the person may take, in milliseconds. */
  readonly patience: number
  /** Is told the address that the person has to open. */
  readonly show: (url: string) => void
}

/**
 * Signs a person in with their browser: authorisation code with PKCE, `state`, `nonce` and the provider's `iss` (RFC 6749, 7636, 9207).
 * Resolves with the ID token, whose claims were compared with what was asked for; its signature is left to whoever takes it.
 * @throws BailiwickError `SIGN_IN_FAILED` or `PORT_IN_USE`
 */
export async function signInByBrowser({ server, client, authentication, request }: Provider, how: BrowserSignIn): Promise<string> {
  const [state, nonce, verifier] = [oauth.generateRandomState(), oauth.generateRandomNonce(), oauth.generateRandomCodeVerifier()]
  const endpoint = server.authorization_endpoint
  if (endpoint === undefined)
    throw new BailiwickError('SIGN_IN_FAILED', 'the provider has no page to sign in at', { mend: 'try `--device`' })
  const redirect = await loopbackRedirect(state, how.port, how.patience)
  try {
    const url = new URL(endpoint)
    for (const [name, value] of Object.entries({
      client_id: client.client_id,
      redirect_uri: redirect.url,
      response_type: 'code',
      scope: how.scope,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }))
      url.searchParams.set(name, value)
    how.show(url.href)
    const answer = await redirect.answer
    return await orSignInFailed(async () => {
      const checked = oauth.validateAuthResponse(server, client, answer, state)
      const response = await oauth.authorizationCodeGrantRequest(server, client, authentication, checked, redirect.url, verifier, request)
      const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce, requireIdToken: true })
      return tokens.id_token as string
    })
  } finally {
    redirect.close()
  }
}
