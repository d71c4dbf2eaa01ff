import * as oauth from 'oauth4webapi'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { orSignInFailed } from './provider.ts'
import type { Provider } from './provider.ts'

/** Seconds between two questions where the provider names none, and by how much more it can ask for (RFC 8628, sections 3.2 and 3.5). */
const usualInterval = 5
/** The longest that a provider may let a person take, in seconds. */
const longestPatience = 1800

export interface DeviceSignIn {
  readonly scope: string
  /** Is told what the person has to do on another device. */
  readonly show: (page: string, code: string) => void
  /** Waits, in milliseconds. */
  readonly pause: (duration: number) => Promise<void>
}

/**
 * Signs a person in with a browser on another device (RFC 8628). Resolves with the ID token, as by the browser of this one.
 * @throws BailiwickError `SIGN_IN_FAILED`
 */
export async function signInByDevice({ server, client, authentication, request }: Provider, how: DeviceSignIn): Promise<string> {
  const begun = await orSignInFailed(async () =>
    oauth.processDeviceAuthorizationResponse(
      server,
      client,
      await oauth.deviceAuthorizationRequest(server, client, authentication, { scope: how.scope }, request),
    ),
  )
  assertPage(begun.verification_uri, server.issuer)
  how.show(begun.verification_uri, begun.user_code)
  let interval = begun.interval ?? usualInterval
  for (let left = Math.min(begun.expires_in, longestPatience); left > 0; left -= interval) {
    await how.pause(interval * 1000)
    const answer = await orSignInFailed(async () => {
      const response = await oauth.deviceCodeGrantRequest(server, client, authentication, begun.device_code, request)
      return await oauth.processDeviceCodeResponse(server, client, response).catch(waiting)
    })
    if (answer === 'slow_down') interval += usualInterval
    else if (answer !== 'authorization_pending') return idTokenOf(answer)
  }
  throw new BailiwickError('SIGN_IN_FAILED', 'nobody signed in before the code expired', { mend: 'begin again' })
}

/** The two answers that mean to ask again later. */
function waiting(error: unknown): 'authorization_pending' | 'slow_down' {
  if (error instanceof oauth.ResponseBodyError && (error.error === 'authorization_pending' || error.error === 'slow_down'))
    return error.error
  throw error
}

function idTokenOf({ id_token }: oauth.TokenEndpointResponse): string {
  if (id_token !== undefined) return id_token
  throw new BailiwickError('SIGN_IN_FAILED', 'the provider gave no ID token', { mend: 'have the client allowed the scope `openid`' })
}

/** The person types their password there. */
function assertPage(page: string, issuer: string): void {
  const usable = URL.canParse(page) && new URL(page).protocol === (issuer.startsWith('http:') ? 'http:' : 'https:')
  if (!usable) throw new BailiwickError('SIGN_IN_FAILED', 'the provider names no page that may be used')
}
