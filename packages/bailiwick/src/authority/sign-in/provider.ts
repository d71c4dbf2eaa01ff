import * as oauth from 'oauth4webapi'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { wholeBody } from '../trust/issuer-documents.ts'

/** How long the provider may take for one answer, in milliseconds. */
const patience = 10_000

/** A provider of OpenID Connect, and what the gateway is to it. */
export interface Provider {
  readonly server: oauth.AuthorizationServer
  readonly client: oauth.Client
  readonly authentication: oauth.ClientAuth
  /** For every request to it. */
  readonly request: ProviderRequest
}

interface ProviderRequest {
  readonly signal: () => AbortSignal
  readonly [oauth.allowInsecureRequests]: boolean
  readonly [oauth.customFetch]: typeof boundedFetch
}

export interface ProviderOptions {
  /** As the manifest has it: https, or http on loopback. */
  readonly issuer: string
  readonly clientId: string
  /** Null for a public client, which a command line is. */
  readonly clientSecret: string | null
}

/** Looks a provider up by its issuer. @throws BailiwickError `SIGN_IN_FAILED` */
export async function findProvider({ issuer, clientId, clientSecret }: ProviderOptions): Promise<Provider> {
  const url = new URL(issuer)
  const request: ProviderRequest = {
    signal: () => AbortSignal.timeout(patience),
    [oauth.allowInsecureRequests]: url.protocol === 'http:',
    [oauth.customFetch]: boundedFetch,
  }
  const server = await orSignInFailed(async () =>
    oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { algorithm: 'oidc', ...request })),
  )
  return {
    server,
    client: { client_id: clientId },
    authentication: clientSecret === null ? oauth.None() : oauth.ClientSecretPost(clientSecret),
    request,
  }
}

/** As `fetch` does, with as much of an answer as can be borne. */
async function boundedFetch(url: string, options: oauth.CustomFetchOptions<string, URLSearchParams | undefined>): Promise<Response> {
  const { body, ...rest } = options
  const response = await fetch(url, { ...rest, ...(body === undefined ? {} : { body }) })
  const whole = await wholeBody(response)
  return new Response(whole.length === 0 ? null : whole, { status: response.status, headers: response.headers })
}

/** The scopes whose claims include the one that names the person. */
export function scopesFor(claim: string): string {
  return claim === 'sub' ? 'openid' : claim === 'email' ? 'openid email' : 'openid profile'
}

/** Does a step of a sign-in; whatever the provider, or who poses as it, makes of it is one fault of ours. @throws BailiwickError `SIGN_IN_FAILED` */
export async function orSignInFailed<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    if (error instanceof BailiwickError) throw error
    throw new BailiwickError('SIGN_IN_FAILED', `the sign-in failed: ${saidOf(error)}`, {
      mend: 'check `trust.people` and how the client is registered at the provider, then sign in again',
      cause: error,
    })
  }
}

function saidOf(error: unknown): string {
  if (error instanceof oauth.ResponseBodyError || error instanceof oauth.AuthorizationResponseError) {
    const said = error.error_description === undefined ? error.error : `${error.error}: ${error.error_description}`
    return `the provider says ${said.slice(0, 300)}`
  }
  if (!(error instanceof Error)) return String(error)
  return error.name === 'TimeoutError' ? 'the provider takes too long to answer' : error.message.slice(0, 300)
}
