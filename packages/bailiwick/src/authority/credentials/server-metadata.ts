import { discoveryRequest, customFetch, allowInsecureRequests, processDiscoveryResponse } from 'oauth4webapi'
import type { AuthorizationServer } from 'oauth4webapi'
import { isIssuerUrl } from '../../model/trust-schema.ts'
import { boundedFetch } from './bounded-fetch.ts'
import { TokenRefused } from './token-refused.ts'

/** How long what a server says of itself is relied on, in milliseconds. */
const metadataAge = 10 * 60_000

/** What authorisation servers say of themselves (RFC 8414, or OpenID Connect Discovery where a server has but that). */
export class ServerMetadata {
  readonly #clock: () => number
  readonly #timeout: number
  readonly #known = new Map<string, { readonly server: Promise<AuthorizationServer>; readonly until: number }>()

  constructor(clock: () => number, timeout: number) {
    this.#clock = clock
    this.#timeout = timeout
  }

  /** @throws TokenRefused */
  of(issuer: string): Promise<AuthorizationServer> {
    const now = this.#clock()
    const known = this.#known.get(issuer)
    if (known !== undefined && now < known.until) return known.server
    const server = this.#discover(issuer)
    this.#known.set(issuer, { server, until: now + metadataAge })
    server.catch(() => this.#known.delete(issuer))
    return server
  }

  async #discover(issuer: string): Promise<AuthorizationServer> {
    const url = new URL(issuer)
    const ask = (algorithm: 'oauth2' | 'oidc'): Promise<Response> =>
      discoveryRequest(url, {
        algorithm,
        [customFetch]: (address, options) => boundedFetch(address, options, this.#timeout),
        [allowInsecureRequests]: url.protocol === 'http:',
      })
    const first = await ask('oauth2')
    const response = first.ok ? first : await ask('oidc')
    if (!response.ok) throw new TokenRefused(`its authorisation server publishes no metadata: it answers with status ${response.status}`)
    const server = await processDiscoveryResponse(url, response).catch(() => {
      throw new TokenRefused('what its authorisation server publishes of itself cannot be used, or is of another server')
    })
    // Where the client's secret goes: never in the clear, whatever the metadata says.
    if (server.token_endpoint === undefined || !isIssuerUrl(server.token_endpoint))
      throw new TokenRefused('its authorisation server names no token endpoint that a secret could be sent to')
    return server
  }
}
