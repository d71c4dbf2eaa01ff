import { deepest } from '../../decide/delegation-chain.ts'
import { agentId } from '../../model/agent-id.ts'
import { lineageOf } from '../../model/lineage-of.ts'
import { linkText } from '../../model/lineage.ts'
import type { Link } from '../../model/lineage.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { Session } from '../../model/session.ts'
import { scopeText } from '../../model/token-scope.ts'
import { paramsHash } from '../../decide/t0-identity.ts'
import { detailType as attenuableDetailType } from '../attenuation/claims.ts'
import type { AccessTokens, BoundGrant } from '../authority.ts'
import type { HeldPersonTokens } from '../credentials/held-person-tokens.ts'
import type { Revocations } from '../revocations.ts'
import { sessionChain } from '../session-chain.ts'
import type { Sessions } from '../sessions.ts'
import { personProof } from '../trust/trusted-issuers.ts'
import type { PersonAnswer, TrustedIssuers } from '../trust/trusted-issuers.ts'
import type { Client, ClientAssertions } from './client-assertions.ts'
import type { DpopAnswer, DpopProofs } from './dpop-proofs.ts'
import type { PartExchange } from './part-exchange.ts'
import { accessTokenType, goalDetailType, jwtTokenType, readTokenRequest, refusal } from './token-request.ts'
import type { OAuthRefusal, TokenRequest } from './token-request.ts'

/** How long a token is good for, in milliseconds. One more is had for the same session. */
const lifetime = 10 * 60_000
/** The same of one that is attenuated offline: what is handed on by it lasts no longer. */
const attenuableLifetime = 60 * 60_000

/** What the endpoint answers (RFC 6749 section 5.1, RFC 8693 section 2.2, RFC 9396 section 7). */
export interface TokenResponse {
  readonly access_token: string
  /** `N_A` for what is no access token (RFC 8693 section 2.2.1). */
  readonly token_type: 'DPoP' | 'N_A'
  readonly issued_token_type: typeof accessTokenType | typeof jwtTokenType
  /** Seconds. */
  readonly expires_in: number
  /** Absent from a token that is for all that its contract allows. */
  readonly scope?: string
  readonly authorization_details: readonly Record<string, unknown>[]
}

export interface TokenEndpointOptions {
  readonly clients: ClientAssertions
  readonly proofs: DpopProofs
  readonly issuers: TrustedIssuers
  readonly tokens: AccessTokens
  /** Keeps what people signed in with, to lend on their behalf. */
  readonly persons: Pick<HeldPersonTokens, 'hold'>
  readonly parts: PartExchange
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
    const token = request.kind === 'part' ? request.subjectToken : null
    const held = await proofs.check(proof, { method: 'POST', url, token })
    if (!held.ok) return refusal(held.error, held.reason)
    const client = await clients.client(request.assertion)
    if (!client.ok) return refusal('invalid_client', client.reason)
    const proved = proofs.use(held)
    if (!proved.ok) return refusal(proved.error, proved.reason)
    const answer = await this.#answer(client, request, proved)
    if ('error' in answer) await note(client.agent, `${answer.error}: ${answer.reason}`)
    return answer
  }

  async #answer(client: Client, request: TokenRequest, proved: Proved): Promise<TokenResponse | OAuthRefusal> {
    if (!this.#options.ruleset().agents.has(client.agent))
      return refusal('unauthorized_client', `the manifest declares no agent \`${client.agent}\``)
    const keys = keyLinks(client.key, proved.thumbprint)
    if (request.kind === 'attenuable') return this.#attenuable(client, request.session, keys, proved)
    if (request.kind === 'goal') {
      const session = await this.#session(client, request, keys)
      return 'error' in session
        ? session
        : this.#issue(session, keys, { thumbprint: proved.thumbprint, agentKey: client.key, scope: request.scope })
    }
    const handed = await this.#options.parts.handOn(client, request, proved.thumbprint)
    return 'error' in handed ? handed : this.#issue(handed.session, handed.keys, { thumbprint: handed.holder, agentKey: null, scope: null })
  }

  /** A token of a session, bound to a key. */
  async #issue(
    session: Session,
    keys: readonly Link[],
    asked: Pick<BoundGrant, 'thumbprint' | 'agentKey' | 'scope'>,
  ): Promise<TokenResponse | OAuthRefusal> {
    const { tokens, clock } = this.#options
    const { scope } = asked
    const cut = await this.#cut(session, keys)
    if (cut !== null) return cut
    const left = Math.min(lifetime, (session.delegation?.part.expires ?? Number.POSITIVE_INFINITY) - clock())
    if (left < 1000) return refusal('invalid_grant', 'what was delegated has expired')
    const token = await tokens.issueBound({ session, agentIds: await this.#agentIds(session), lifetime: left, ...asked })
    return {
      access_token: token,
      token_type: 'DPoP',
      issued_token_type: accessTokenType,
      expires_in: Math.floor(left / 1000),
      ...(scope === null ? {} : { scope: scopeText(scope) }),
      authorization_details: [
        { type: goalDetailType, session: session.id, goal: session.goal, params: session.params, params_hash: paramsHash(session.params) },
      ],
    }
  }

  /** A token of a session that its agent can hand parts of on by itself. */
  async #attenuable(client: Client, id: string, keys: readonly Link[], { jwk }: Proved): Promise<TokenResponse | OAuthRefusal> {
    const { tokens, ruleset, clock } = this.#options
    if (jwk.kty !== 'OKP' || jwk.crv !== 'Ed25519' || jwk.x === undefined)
      return refusal('invalid_request', 'what is attenuated is signed with Ed25519: prove such a key')
    const session = await this.#ownSession(client, id)
    if ('error' in session) return session
    const cut = await this.#cut(session, keys)
    if (cut !== null) return cut
    const depth = deepest(ruleset()) - (await this.#agentIds(session)).length + 1
    if (depth < 1) return refusal('invalid_grant', `the session was handed on as often as it may be`)
    const tools = Object.keys(session.delegation?.part.tools ?? ruleset().manifest.goals[session.goal]?.tools ?? {})
    const left = Math.min(attenuableLifetime, (session.delegation?.part.expires ?? Number.POSITIVE_INFINITY) - clock())
    if (left < 1000) return refusal('invalid_grant', 'what was delegated has expired')
    const token = await tokens.issueAttenuable({ session, tools, holder: jwk.x, agentKey: client.key, depth, lifetime: left })
    return {
      access_token: token,
      token_type: 'N_A',
      issued_token_type: jwtTokenType,
      expires_in: Math.floor(left / 1000),
      authorization_details: [{ type: attenuableDetailType, session: session.id, tools, del_max_depth: depth }],
    }
  }

  async #cut(session: Session, keys: readonly Link[]): Promise<OAuthRefusal | null> {
    const cut = await this.#options.revocations.first([...keys, ...lineageOf(session, { valid: false, reason: '' })])
    return cut === null ? null : refusal('invalid_grant', `${linkText(cut)} was revoked`)
  }

  /** The ids of the agents of a session and those that it was delegated from, outermost first. */
  async #agentIds(session: Session): Promise<readonly [string, ...string[]]> {
    const { sessions, ruleset } = this.#options
    const { trustDomain } = ruleset().manifest
    const [first, ...rest] = (await sessionChain(sessions, session.id)).map(({ agent }) => agentId(trustDomain, agent))
    return [first as string, ...rest]
  }

  /** A session that the client is the agent of, and may go on with. */
  async #ownSession(client: Client, id: string): Promise<Session | OAuthRefusal> {
    const { sessions } = this.#options
    const session = (await sessions.has(id)) ? await sessions.find(id) : null
    return session !== null && session.agent === client.agent && session.state === 'active'
      ? session
      : refusal('invalid_grant', 'no such session of this agent is active')
  }

  async #session(client: Client, { detail, personToken }: GoalRequest, keys: readonly Link[]): Promise<Session | OAuthRefusal> {
    const { issuers, persons } = this.#options
    if (personToken === null) return this.#sessionFor(client, detail, null, keys)
    const person = await issuers.person(personToken)
    if (!person.ok) return refusal('invalid_grant', `the subject token was not accepted: ${person.reason}`)
    const session = await this.#sessionFor(client, detail, person, keys)
    if (!('error' in session))
      persons.hold(session, { value: personToken, type: 'id_token', expires: person.expires, signIn: person.signIn })
    return session
  }

  async #sessionFor(
    client: Client,
    detail: GoalRequest['detail'],
    person: Extract<PersonAnswer, { ok: true }> | null,
    keys: readonly Link[],
  ): Promise<Session | OAuthRefusal> {
    const { sessions, ruleset, revocations } = this.#options
    if ('session' in detail) {
      const session = await this.#ownSession(client, detail.session)
      return 'error' in session || person === null || person.person === session.person
        ? session
        : refusal('invalid_grant', 'no such session of this agent is active')
    }
    try {
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
      const proofs = { agent: client.proof, person: person === null ? null : personProof(person) }
      return await sessions.open(ruleset(), {
        agent: client.agent,
        goal,
        params,
        person: person?.person ?? null,
        request,
        proofs,
        ...(person === null ? {} : { signIn: person.signIn }),
        ...lineage,
      })
    } catch (error) {
      if (!(error instanceof BailiwickError)) throw error
      if (error.code === 'GOAL_UNKNOWN' || error.code === 'PARAMETER_INVALID')
        return refusal('invalid_authorization_details', error.message)
      if (error.code === 'PERSON_UNPROVED') return refusal('invalid_grant', error.message)
      throw error
    }
  }
}

type GoalRequest = Extract<TokenRequest, { kind: 'goal' }>
type Proved = Extract<DpopAnswer, { ok: true }>

function keyLinks(...keys: readonly (string | null)[]): readonly Link[] {
  return keys.flatMap((id) => (id === null ? [] : [{ kind: 'key', id } as const]))
}
