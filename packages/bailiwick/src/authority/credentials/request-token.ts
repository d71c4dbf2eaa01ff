import {
  allowInsecureRequests,
  clientCredentialsGrantRequest,
  customFetch,
  genericTokenEndpointRequest,
  processClientCredentialsResponse,
  processGenericTokenEndpointResponse,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi'
import type { AuthorizationServer, ClientAuth, TokenEndpointResponse } from 'oauth4webapi'
import type { OAuthDeclaration } from '../../model/credential.ts'
import { boundedFetch } from './bounded-fetch.ts'
import type { PersonToken } from './person-tokens.ts'
import { TokenRefused } from './token-refused.ts'

export interface TokenWanted {
  readonly oauth: OAuthDeclaration
  /** What the token is to be good for. */
  readonly resource: string
  /** Null asks for none. */
  readonly scopes: readonly string[] | null
  /** Whose token is exchanged; null for a token of the gateway's own. */
  readonly person: PersonToken | null
}

export interface IssuedToken {
  readonly value: string
  /** Seconds; null when the server does not say. */
  readonly lifetime: number | null
}

const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const tokenTypes = 'urn:ietf:params:oauth:token-type:'
/** Codes of RFC 6749, 8693 and 8707. Whatever else a server says may quote what it was sent. */
const registered: ReadonlySet<string> = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
  'server_error',
  'temporarily_unavailable',
  'access_denied',
])
const longestToken = 16 * 1024

/** Asks a server's token endpoint for an access token that is good for no more than is wanted. @throws TokenRefused */
export async function requestToken(
  server: AuthorizationServer,
  authentication: ClientAuth,
  wanted: TokenWanted,
  timeout: number,
): Promise<IssuedToken> {
  const { oauth, resource, scopes, person } = wanted
  const client = { client_id: oauth.clientId }
  const parameters = {
    resource,
    ...(oauth.audience === undefined ? {} : { audience: oauth.audience }),
    ...(scopes === null ? {} : { scope: scopes.join(' ') }),
  }
  const options = {
    [customFetch]: (url: string, sent: Parameters<typeof boundedFetch>[1]) => boundedFetch(url, sent, timeout),
    [allowInsecureRequests]: new URL(oauth.issuer).protocol === 'http:',
  }
  try {
    if (person === null) {
      const response = await clientCredentialsGrantRequest(server, client, authentication, parameters, options)
      return checked(await processClientCredentialsResponse(server, client, response), wanted)
    }
    const exchanged = {
      ...parameters,
      subject_token: person.value,
      subject_token_type: `${tokenTypes}${person.type}`,
      requested_token_type: `${tokenTypes}access_token`,
    }
    const response = await genericTokenEndpointRequest(server, client, authentication, exchangeGrant, exchanged, options)
    return checked(await processGenericTokenEndpointResponse(server, client, response), wanted)
  } catch (error) {
    throw refusalOf(error)
  }
}

function refusalOf(error: unknown): Error {
  if (error instanceof TokenRefused) return error
  if (error instanceof ResponseBodyError) {
    const code = registered.has(error.error) ? ` (${error.error})` : ''
    return new TokenRefused(`its authorisation server refuses it with status ${error.status}${code}`)
  }
  if (error instanceof WWWAuthenticateChallengeError)
    return new TokenRefused(`its authorisation server refuses it with status ${error.status}`)
  // oauth4webapi says of everything else that it is an Error; what it says of it may quote what the server said.
  if (error instanceof Error) return new TokenRefused('what its authorisation server answers is no token')
  throw error
}

/** @throws TokenRefused */
function checked(response: TokenEndpointResponse, { scopes, person }: TokenWanted): IssuedToken {
  const { access_token: value, token_type: type, scope, expires_in: lifetime } = response
  if (type.toLowerCase() !== 'bearer') throw new TokenRefused('its authorisation server gives a token that is no bearer token')
  if (value.length > longestToken || !/^[A-Za-z0-9\-._~+/]+=*$/.test(value))
    throw new TokenRefused('its authorisation server gives a token that cannot be sent')
  const issued = response['issued_token_type']
  if (person !== null && issued !== undefined && issued !== `${tokenTypes}access_token` && issued !== `${tokenTypes}jwt`)
    throw new TokenRefused('its authorisation server gives something else than an access token')
  const more = scopes === null || scope === undefined ? [] : scope.split(' ').filter((one) => one !== '' && !scopes.includes(one))
  if (more.length > 0) throw new TokenRefused('its authorisation server gives a token with more scopes than were asked for')
  return { value, lifetime: lifetime ?? null }
}
