import { randomUUID } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import { paramsHash } from '../decide/t0-identity.ts'
import type { Credential, Session } from '../model/session.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { verifyText } from './signing-key.ts'
import type { SigningKey } from './signing-key.ts'

/** Issues and checks what says who acts. The port behind which a full authorisation server can stand later. */
export interface Authority {
  /** Issues a token for a session, bound to its agent, that agent's key, goal and parameters. @throws BailiwickError `KEY_FILE` when the proof is not by that key */
  issue(session: Session, agentId: string, proof: KeyProof, lifetime: number): Promise<string>
  /** What a token says; never throws for what a caller could have sent. */
  verify(token: string): Promise<Credential>
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
  readonly key: SigningKey
  readonly clock: () => number
}

const authorizationType = 'urn:bailiwick:goal'

/** An authority on one machine: JWTs (RFC 7519) signed with the gateway's Ed25519 key, with the goal in `authorization_details` (RFC 9396). */
export class LocalAuthority implements Authority {
  readonly #options: LocalAuthorityOptions
  readonly #verified = new Map<string, Credential>()

  constructor(options: LocalAuthorityOptions) {
    this.#options = options
  }

  get #issuer(): string {
    return `spiffe://${this.#options.trustDomain}/bailiwick`
  }

  async issue(session: Session, agentId: string, proof: KeyProof, lifetime: number): Promise<string> {
    const { key, clock } = this.#options
    if (!verifyText(proof.x, proofText(session.id), proof.signature))
      throw new BailiwickError('KEY_FILE', `the proof for the session \`${session.id}\` is not by the key of \`${session.agent}\``)
    const now = Math.floor(clock() / 1000)
    return new SignJWT({
      sid: session.id,
      agent: session.agent,
      cnf: { jwk: { kty: 'OKP', crv: 'Ed25519', x: proof.x } },
      authorization_details: [{ type: authorizationType, goal: session.goal, params_hash: paramsHash(session.params) }],
    })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt' })
      .setIssuer(this.#issuer)
      .setAudience(this.#issuer)
      .setSubject(agentId)
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + Math.floor(lifetime / 1000))
      .sign(key.privateKey)
  }

  async verify(token: string): Promise<Credential> {
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
      const { payload } = await jwtVerify(token, this.#options.key.publicKey, {
        algorithms: ['EdDSA'],
        issuer: this.#issuer,
        audience: this.#issuer,
        typ: 'at+jwt',
        requiredClaims: ['jti', 'exp', 'sub', 'sid', 'agent', 'authorization_details'],
        currentDate: new Date(this.#options.clock()),
      })
      const details = (payload['authorization_details'] as readonly Record<string, unknown>[]).find(
        (detail) => detail['type'] === authorizationType,
      )
      if (details === undefined) return { valid: false, reason: 'the token names no goal' }
      return {
        valid: true,
        tokenId: payload.jti as string,
        agent: payload['agent'] as string,
        session: payload['sid'] as string,
        goal: details['goal'] as string,
        paramsHash: details['params_hash'] as string,
        expires: (payload.exp as number) * 1000,
      }
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { valid: false, reason: 'the token has expired' }
      if (error instanceof errors.JOSEError) return { valid: false, reason: `the token is not one of ours (${error.code})` }
      throw error
    }
  }
}
