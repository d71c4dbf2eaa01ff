import { lineageOf } from '../../model/lineage-of.ts'
import { linkText } from '../../model/lineage.ts'
import type { Link } from '../../model/lineage.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { Session } from '../../model/session.ts'
import { paramsHash } from '../../decide/t0-identity.ts'
import type { AccessTokens } from '../authority.ts'
import type { Revocations } from '../revocations.ts'
import type { Sessions } from '../sessions.ts'
import type { TrustedIssuers } from '../trust/trusted-issuers.ts'
import type { Client, ClientAssertions } from './client-assertions.ts'
import type { DpopProofs } from './dpop-proofs.ts'
import { accessTokenType, goalDetailType, readTokenRequest, refusal } from './token-request.ts'
import type { OAuthRefusal, TokenRequest } from './token-request.ts'

/** How long a token is good for, in milliseconds. One more is had for the same session. */
const lifetime = 10 * 60_000

/** What the endpoint answers (RFC 6749 section 5.1, RFC 8693 section 2.2, RFC 9396 section 7). */
export interface TokenResponse {
  readonly access_token: string
  readonly token_type: 'DPoP'
  readonly issued_token_type: typeof accessTokenType
  /** Seconds. */
  readonly expires_in: number
  readonly authorization_details: readonly Record<string, unknown>[]
}

export interface TokenEndpointOptions {
  readonly clients: ClientAssertions
  readonly proofs: DpopProofs
  readonly issuers: TrustedIssuers
  readonly tokens: AccessTokens
  readonly sessions: Sessions
  readonly revocations: Pick<Revocations, 'first'>
  readonly ruleset: () => Ruleset
  readonly clock: () => number
  /** The resource that tokens are for (RFC 8707): the MCP endpoint. */
  readonly resource: () => string
  /** Told, in one line, of a client that is known and was refused. */
  readonly note: (agent: string, reason: string) => Promise<void>
}

/**
 * Opens sessions for agents, and gives them tokens that are bound to session, goal, parameters and the key that they have proved to hold; for one resource, for
 * minutes. An agent that is cut off gets none.
 */
export class TokenEndpoint {
  readonly #options: TokenEndpointOptions

  constructor(options: TokenEndpointOptions) {
    this.#options = options
  }

  /** @param url the endpoint's own, which the proof of possession must be for */
  async answer(form: URLSearchParams, proof: string | null, url: string): Promise<TokenResponse | OAuthRefusal> {
    const { proofs, clients, resource, note } = this.#options
    const request = readTokenRequest(form)
    if ('error' in request) return request
    if (request.resource !== resource()) return refusal('invalid_target', `tokens are for \`${resource()}\` alone`)
    const proved = await proofs.verify(proof, { method: 'POST', url, token: null })
    if (!proved.ok) return refusal(proved.error, proved.reason)
    const client = await clients.client(request.assertion)
    if (!client.ok) return refusal('invalid_client', client.reason)
    const answer = await this.#issue(client, request, proved.thumbprint)
    if ('error' in answer) await note(client.agent, `${answer.error}: ${answer.reason}`)
    return answer
  }

  async #issue(client: Client, request: TokenRequest, thumbprint: string): Promise<TokenResponse | OAuthRefusal> {
    const { tokens, revocations, ruleset } = this.#options
    const agent = ruleset().agents.get(client.agent)
    if (agent === undefined) return refusal('unauthorized_client', `the manifest declares no agent \`${client.agent}\``)
    const keys: Link[] = [client.key, thumbprint].flatMap((id) => (id === null ? [] : [{ kind: 'key', id }]))
    const session = await this.#session(client, request, keys)
    if ('error' in session) return session
    const cut = await revocations.first([...keys, ...lineageOf(session, { valid: false, reason: '' })])
    if (cut !== null) return refusal('invalid_grant', `${linkText(cut)} was revoked`)
    const token = await tokens.issueBound({ session, agentId: agent.id, thumbprint, lifetime })
    return {
      access_token: token,
      token_type: 'DPoP',
      issued_token_type: accessTokenType,
      expires_in: lifetime / 1000,
      authorization_details: [
        { type: goalDetailType, session: session.id, goal: session.goal, params: session.params, params_hash: paramsHash(session.params) },
      ],
    }
  }

  async #session(client: Client, { detail, personToken }: TokenRequest, keys: readonly Link[]): Promise<Session | OAuthRefusal> {
    const { sessions, issuers, ruleset, revocations } = this.#options
    const person = personToken === null ? null : await issuers.person(personToken)
    if (person !== null && !person.ok) return refusal('invalid_grant', `the subject token was not accepted: ${person.reason}`)
    try {
      if ('session' in detail) {
        const session = await sessions.find(detail.session)
        const same = session.agent === client.agent && (person === null || person.person === session.person)
        return same && session.state === 'active' ? session : refusal('invalid_grant', 'no such session of this agent is active')
      }
      const links: Link[] = [
        { kind: 'everything', id: '*' },
        { kind: 'agent', id: client.agent },
        { kind: 'goal', id: detail.goal },
        ...keys,
      ]
      const cut = await revocations.first(links)
      if (cut !== null) return refusal('invalid_grant', `${linkText(cut)} was revoked`)
      const { goal, params, request } = detail
      const lineage = keys.length === 0 ? {} : { lineage: keys }
      return await sessions.open(ruleset(), { agent: client.agent, goal, params, person: person?.person ?? null, request, ...lineage })
    } catch (error) {
      if (!(error instanceof BailiwickError)) throw error
      if (error.code === 'SESSION_UNKNOWN') return refusal('invalid_grant', 'no such session of this agent is active')
      if (error.code === 'GOAL_UNKNOWN' || error.code === 'PARAMETER_INVALID')
        return refusal('invalid_authorization_details', error.message)
      throw error
    }
  }
}
