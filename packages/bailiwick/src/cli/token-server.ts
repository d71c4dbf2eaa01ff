import { AgentKeys } from '../authority/agent-keys.ts'
import { SecurityEvents } from '../authority/events/security-events.ts'
import type { AuthorityOfChains } from '../authority/attenuation/authority-of-chains.ts'
import type { AccessTokens, Authority } from '../authority/authority.ts'
import type { Delegations } from '../authority/delegations.ts'
import type { EndedSignIns } from '../authority/ended-sign-ins.ts'
import type { HeldPersonTokens } from '../authority/credentials/held-person-tokens.ts'
import { ClientAssertions } from '../authority/oauth/client-assertions.ts'
import { DpopProofs } from '../authority/oauth/dpop-proofs.ts'
import { PartExchange } from '../authority/oauth/part-exchange.ts'
import { TokenEndpoint } from '../authority/oauth/token-endpoint.ts'
import type { TokenKeys } from '../authority/token-keys.ts'
import type { TrustedIssuers } from '../authority/trust/trusted-issuers.ts'
import type { UsedIds } from '../authority/used-ids.ts'
import type { HttpGatewayOptions } from '../enforce/mcp/http-gateway.ts'
import { tokenPath } from '../enforce/oauth/oauth-site.ts'
import type { Runtime } from '../enforce/runtime.ts'
import type { Ledger } from '../ledger/ledger.ts'

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

/** Puts into the ledger that an agent which is known was refused something. */
export async function noteRefused(ledger: Pick<Ledger, 'append'>, subject: string, reason: string): Promise<void> {
  await ledger.append({ type: 'event', event: 'refused', session: null, subject, detail: reason.slice(0, 2000).toWellFormed() })
}

export interface TokenServerParts {
  readonly runtime: Runtime
  readonly address: GatewayAddress
  readonly tokens: Authority & AccessTokens
  readonly chains: AuthorityOfChains
  readonly delegations: Delegations
  readonly tokenKeys: TokenKeys
  readonly keys: AgentKeys
  readonly issuers: TrustedIssuers
  readonly used: UsedIds
  readonly endedSignIns: EndedSignIns
  readonly personTokens: HeldPersonTokens
}

/** What HTTP needs to let agents in: proofs of possession, and the authorisation server. */
export function tokenServer({
  runtime,
  address,
  tokens,
  chains,
  delegations,
  tokenKeys,
  keys,
  issuers,
  used,
  endedSignIns,
  personTokens,
}: TokenServerParts): Pick<HttpGatewayOptions, 'proofs' | 'admit' | 'oauth'> {
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
    persons: personTokens,
    parts: new PartExchange({ authority: tokens, clients, delegations, ruleset: () => rules.current, clock }),
    sessions,
    revocations,
    ruleset: () => rules.current,
    clock,
    resource: () => address.resource(),
    note: (agent, reason) => noteRefused(ledger, `token for ${agent}`, reason),
  })
  return {
    proofs,
    admit: (token) => chains.admit(token),
    oauth: {
      endpoint,
      events: new SecurityEvents({ ruleset: () => rules.current, sessions, revocations, endedSignIns, clock }),
      issuer: () => address.issuer(),
      transmits: () => (rules.current.manifest.export ?? []).some(({ securityEvents }) => securityEvents !== undefined),
      keys: () => tokenKeys.published(),
    },
  }
}
