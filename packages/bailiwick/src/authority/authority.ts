import { randomUUID } from 'node:crypto'
import { decodeProtectedHeader, errors, jwtVerify } from 'jose'
import { paramsHash } from '../decide/t0-identity.ts'
import { readScope, scopeText } from '../model/token-scope.ts'
import type { Effect } from '../model/vocabulary.ts'
import type { Credential, Session } from '../model/session.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { rootToken } from './attenuation/attenuate.ts'
import { ed25519Thumbprint } from './oauth/thumbprint.ts'
import { goalDetailType } from './oauth/token-request.ts'
import { signedJwt } from './signed-jwt.ts'
import { verifyText } from './signing-key.ts'
import type { TokenKeys } from './token-keys.ts'

/** Issues and checks what says who acts. The port behind which a full authorisation server can stand later. */
export interface Authority {
  /** Issues a token for a session, bound to its agent, that agent's key, goal and parameters. @throws BailiwickError `KEY_FILE` when the proof is not by that key */
  issue(session: Session, agentId: string, proof: KeyProof, lifetime: number): Promise<string>
  /** What a token says; never throws for what a caller could have sent. */
  verify(token: string): Promise<Credential>
}

/** What the token endpoint issues tokens by. */
export interface AccessTokens {
  /** Issues an access token (RFC 9068) for a session, to whoever can prove to hold a key (RFC 9449). */
  issueBound(grant: BoundGrant): Promise<string>
  /** Issues a token of a session that its holder can attenuate, after draft-niyikiza-oauth-attenuating-agent-tokens-01. By itself it lets nothing through. */
  issueAttenuable(grant: AttenuableGrant): Promise<string>
}

export interface AttenuableGrant {
  readonly session: Session
  /** The tools that may be handed on, within what the session may do with them. */
  readonly tools: readonly string[]
  /** The public key, Ed25519, of who may hand them on: `x` of its JWK. */
  readonly holder: string
  /** The thumbprint of the agent's own key, by which it was known; null for a workload. */
  readonly agentKey: string | null
  /** How many times it may be handed on. */
  readonly depth: number
  /** Milliseconds. */
  readonly lifetime: number
}

export interface BoundGrant {
  /** Of which effects the tools are that the token is for; null for all. */
  readonly scope: readonly Effect[] | null
  readonly session: Session
  /** The ids of the agents of the session and those that it was delegated from, outermost first. */
  readonly agentIds: readonly [string, ...string[]]
  /** Of the key that the token is bound to (RFC 7638). */
  readonly thumbprint: string
  /** Of the agent's own key, by which it is known just now; null for a workload, and where the session descends from it. */
  readonly agentKey: string | null
  /** Milliseconds. */
  readonly lifetime: number
}

/** Shows that an agent holds its private key: its signature over {@link proofText}. */
export interface KeyProof {
  /** The agent's public key, `x` of its JWK. */
  readonly x: string
  readonly signature: string
}

/** What an agent signs to open a session. */
export function proofText(session: string): string {
  return `bailiwick session v1\n${session}`
}

export interface LocalAuthorityOptions {
  readonly trustDomain: string
  readonly keys: TokenKeys
  readonly clock: () => number
  /** The issuer of the tokens of the token endpoint, and the resource that they are for; absent where there is no such endpoint. */
  readonly server?: { readonly issuer: () => string; readonly resource: () => string }
}

/**
 * An authority on one machine: JWTs (RFC 7519) signed with the gateway's Ed25519 key, with the goal in `authorization_details` (RFC 9396). Tokens of the command
 * line are issued by and for the installation, those of the token endpoint by its URL and for the resource.
 */
export class LocalAuthority implements Authority, AccessTokens {
  readonly #options: LocalAuthorityOptions
  readonly #verified = new Map<string, Credential>()
  #generation = 0

  constructor(options: LocalAuthorityOptions) {
    this.#options = options
  }

  get #issuer(): string {
    return `spiffe://${this.#options.trustDomain}/bailiwick`
  }

  async issue(session: Session, agentId: string, proof: KeyProof, lifetime: number): Promise<string> {
    const { keys, clock } = this.#options
    if (!verifyText(proof.x, proofText(session.id), proof.signature))
      throw new BailiwickError('KEY_FILE', `the proof for the session \`${session.id}\` is not by the key of \`${session.agent}\``)
    const now = Math.floor(clock() / 1000)
    const { kid, key } = await keys.current()
    return signedJwt(
      key,
      { typ: 'at+jwt', kid },
      {
        sid: session.id,
        agent: session.agent,
        cnf: { jwk: { kty: 'OKP', crv: 'Ed25519', x: proof.x } },
        authorization_details: [detailOf(session)],
        iss: this.#issuer,
        aud: this.#issuer,
        sub: agentId,
        jti: randomUUID(),
        iat: now,
        exp: now + Math.floor(lifetime / 1000),
      },
    )
  }

  async issueBound({ session, agentIds, thumbprint, agentKey, lifetime, scope }: BoundGrant): Promise<string> {
    const { keys, clock, server } = this.#options
    if (server === undefined) throw new Error('this authority has no token endpoint')
    const now = Math.floor(clock() / 1000)
    const { kid, key } = await keys.current()
    // Whoever it is done for is the subject, and all who act for them follow (RFC 8693 section 4.1).
    const [subject, ...actors] = session.person === null ? agentIds : ([session.person, ...agentIds] as const)
    return signedJwt(
      key,
      { typ: 'at+jwt', kid },
      {
        client_id: session.agent,
        sid: session.id,
        agent: session.agent,
        cnf: { jkt: thumbprint },
        ...(agentKey === null ? {} : { agent_key: agentKey }),
        ...actorsOf(actors),
        ...(scope === null ? {} : { scope: scopeText(scope) }),
        authorization_details: [{ ...detailOf(session), params: session.params }],
        iss: server.issuer(),
        aud: server.resource(),
        sub: subject,
        jti: randomUUID(),
        iat: now,
        exp: now + Math.floor(lifetime / 1000),
      },
    )
  }

  async issueAttenuable({ session, tools, holder, agentKey, depth, lifetime }: AttenuableGrant): Promise<string> {
    const { keys, clock, server } = this.#options
    if (server === undefined) throw new Error('this authority has no token endpoint')
    const now = Math.floor(clock() / 1000)
    const { kid, key } = await keys.current()
    return rootToken(
      { name: server.issuer(), key, kid },
      {
        tools: Object.fromEntries(tools.map((tool) => [tool, {}])),
        holder,
        issuedAt: now,
        expires: now + Math.floor(lifetime / 1000),
        maxDepth: depth,
      },
      {
        aud: server.resource(),
        sid: session.id,
        agent: session.agent,
        goal: session.goal,
        params_hash: paramsHash(session.params),
        ...(agentKey === null ? {} : { agent_key: agentKey }),
      },
    )
  }

  async verify(token: string): Promise<Credential> {
    const generation = this.#options.keys.generation()
    if (generation !== this.#generation) this.#verified.clear()
    this.#generation = generation
    const known = this.#verified.get(token)
    if (known !== undefined) return known
    const credential = await this.#check(token)
    if (credential.valid) {
      if (this.#verified.size >= 10_000) this.#verified.clear()
      this.#verified.set(token, credential)
    }
    return credential
  }

  async #check(token: string): Promise<Credential> {
    try {
      const { server } = this.#options
      const audiences = new Map([
        [this.#issuer, this.#issuer],
        ...(server === undefined ? [] : [[server.issuer(), server.resource()] as const]),
      ])
      const key = await this.#options.keys.byId(decodeProtectedHeader(token).kid)
      if (key === null) return { valid: false, reason: 'the token is signed by a key that is not, or no longer, ours' }
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['EdDSA'],
        issuer: [...audiences.keys()],
        typ: 'at+jwt',
        requiredClaims: ['jti', 'exp', 'sub', 'aud', 'sid', 'agent', 'cnf', 'authorization_details'],
        currentDate: new Date(this.#options.clock()),
      })
      // Each issuer's tokens are for its own audience, and for it alone.
      if (payload.aud !== audiences.get(payload.iss as string)) return { valid: false, reason: 'the token is for another audience' }
      const details = (payload['authorization_details'] as readonly Record<string, unknown>[]).find(
        (detail) => detail['type'] === goalDetailType,
      )
      if (details === undefined) return { valid: false, reason: 'the token names no goal' }
      const { scope: told } = payload
      const scope = told === undefined ? undefined : typeof told === 'string' ? readScope(told) : null
      if (scope === null) return { valid: false, reason: 'the scope of the token is not one of ours' }
      return {
        valid: true,
        tokenId: payload.jti as string,
        agent: payload['agent'] as string,
        session: payload['sid'] as string,
        goal: details['goal'] as string,
        paramsHash: details['params_hash'] as string,
        expires: (payload.exp as number) * 1000,
        ...(scope === undefined ? {} : { scope }),
        ...(typeof payload['agent_key'] === 'string' ? { agentKey: payload['agent_key'] } : {}),
        ...(await bindingOf(payload['cnf'] as Readonly<Record<string, unknown>>)),
      }
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { valid: false, reason: 'the token has expired' }
      if (error instanceof TypeError) return { valid: false, reason: 'the token is none' }
      if (error instanceof errors.JOSEError) return { valid: false, reason: `the token is not one of ours (${error.code})` }
      throw error
    }
  }
}

function detailOf(session: Session): Record<string, unknown> {
  return { type: goalDetailType, goal: session.goal, params_hash: paramsHash(session.params) }
}

/** The claim `act`, whose outermost member acts now; none where the subject acts itself. */
function actorsOf(outermostFirst: readonly string[]): Record<string, unknown> {
  let act: Record<string, unknown> | null = null
  for (const sub of outermostFirst) act = act === null ? { sub } : { sub, act }
  return act === null ? {} : { act }
}

/** The key that a token of ours is bound to. */
async function bindingOf({
  jkt,
  jwk,
}: Readonly<Record<string, unknown>>): Promise<Pick<Extract<Credential, { valid: true }>, 'key' | 'dpop'>> {
  if (typeof jkt === 'string') return { key: jkt, dpop: true }
  return { key: await ed25519Thumbprint((jwk as { readonly x: string }).x) }
}
