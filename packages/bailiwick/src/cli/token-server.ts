import { AgentKeys } from '../authority/agent-keys.ts'
import { SecurityEvents } from '../authority/events/security-events.ts'
import type { AccessTokens } from '../authority/authority.ts'
import { ClientAssertions } from '../authority/oauth/client-assertions.ts'
import { DpopProofs } from '../authority/oauth/dpop-proofs.ts'
import { TokenEndpoint } from '../authority/oauth/token-endpoint.ts'
import type { TokenKeys } from '../authority/token-keys.ts'
import type { TrustedIssuers } from '../authority/trust/trusted-issuers.ts'
import type { UsedIds } from '../authority/used-ids.ts'
import type { HttpGatewayOptions } from '../enforce/mcp/http-gateway.ts'
import { tokenPath } from '../enforce/oauth/oauth-site.ts'
import type { Runtime } from '../enforce/runtime.ts'

/** Under which address the gateway is reached. */
export class GatewayAddress {
  readonly #http: () => { readonly port: number; readonly publicUrl?: string | undefined }
  /** Where it listens, once it does. */
  origin: string | null = null

  constructor(http: () => { readonly port: number; readonly publicUrl?: string | undefined }) {
    this.#http = http
  }

  /** The issuer of tokens (RFC 8414): the public address, or else where it listens. */
  issuer(): string {
    const { publicUrl, port } = this.#http()
    return publicUrl ?? this.origin ?? `http://127.0.0.1:${port}`
  }

  /** What tokens are for (RFC 8707). */
  resource(): string {
    return `${this.issuer()}/mcp`
  }
}

export interface TokenServerParts {
  readonly runtime: Runtime
  readonly address: GatewayAddress
  readonly tokens: AccessTokens
  readonly tokenKeys: TokenKeys
  readonly keys: AgentKeys
  readonly issuers: TrustedIssuers
  readonly used: UsedIds
}

/** What HTTP needs to let agents in: proofs of possession, and the authorisation server. */
export function tokenServer({
  runtime,
  address,
  tokens,
  tokenKeys,
  keys,
  issuers,
  used,
}: TokenServerParts): Pick<HttpGatewayOptions, 'proofs' | 'oauth'> {
  const { clock, revocations, sessions, rules, ledger } = runtime
  const proofs = new DpopProofs(clock, () => rules.current.manifest.http.dpopNonce)
  const clients = new ClientAssertions({
    keys,
    issuers,
    used,
    clock,
    audiences: () => [address.issuer(), `${address.issuer()}${tokenPath}`],
  })
  const endpoint = new TokenEndpoint({
    clients,
    proofs,
    issuers,
    tokens,
    sessions,
    revocations,
    ruleset: () => rules.current,
    clock,
    resource: () => address.resource(),
    note: async (agent, reason) => {
      await ledger.append({
        type: 'event',
        event: 'refused',
        session: null,
        subject: `token for ${agent}`,
        detail: reason.slice(0, 2000).toWellFormed(),
      })
    },
  })
  return {
    proofs,
    oauth: {
      endpoint,
      events: new SecurityEvents({ ruleset: () => rules.current, sessions, revocations, clock }),
      issuer: () => address.issuer(),
      keys: () => tokenKeys.published(),
    },
  }
}
