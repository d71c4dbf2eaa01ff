import { decodeJwt, errors, jwtVerify } from 'jose'
import type { JWTVerifyGetKey } from 'jose'
import { resolve } from 'node:path'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { Revocations } from '../revocations.ts'
import type { Sessions } from '../sessions.ts'
import { IssuerUnusable } from '../trust/issuer-documents.ts'
import { IssuerKeys } from '../trust/issuer-keys.ts'
import { personOf } from './event-subject.ts'
import type { Naming } from './event-subject.ts'

const caep = 'https://schemas.openid.net/secevent/caep/event-type/'
const risc = 'https://schemas.openid.net/secevent/risc/event-type/'

/** Events after which what was done in a person's name goes on no longer (OpenID CAEP 1.0, RISC 1.0). */
const ending: ReadonlySet<string> = new Set([
  `${caep}session-revoked`,
  `${caep}credential-change`,
  `${caep}token-claims-change`,
  `${caep}risk-level-change`,
  `${risc}account-disabled`,
  `${risc}account-purged`,
  `${risc}account-credential-change-required`,
])

const longestEvent = 16_384
/** How far the transmitter's clock may be ahead, in seconds. */
const skew = 60

/** Codes of RFC 8935 section 2.4. */
type EventRefusalCode = 'invalid_request' | 'invalid_key' | 'invalid_issuer' | 'invalid_audience'

export type EventAnswer =
  /** Taken; how many sessions ended by it. */
  { readonly ok: true; readonly ended: number } | { readonly ok: false; readonly code: EventRefusalCode; readonly reason: string }

export interface SecurityEventsOptions {
  readonly ruleset: () => Pick<Ruleset, 'manifest' | 'base'>
  readonly sessions: Sessions
  readonly revocations: Pick<Revocations, 'revoke'>
  readonly clock: () => number
}

/**
 * Takes security event tokens (RFC 8417) of the provider that the manifest trusts to say who people are: an event that ends what a person may do ends the
 * sessions that were opened for that person until then. An event can only take away.
 */
export class SecurityEvents {
  readonly #options: SecurityEventsOptions
  readonly #keys = new IssuerKeys()

  constructor(options: SecurityEventsOptions) {
    this.#options = options
  }

  /** Never throws for what a transmitter could send. */
  async receive(token: string): Promise<EventAnswer> {
    const { manifest, base } = this.#options.ruleset()
    const { issuer, clientId, jwks, claim = 'sub' } = manifest.trust?.people ?? {}
    if (issuer === undefined || clientId === undefined) return refused('invalid_issuer', 'no provider of people is trusted here')
    if (token.length > longestEvent) return refused('invalid_request', `the event is over ${longestEvent} characters`)
    const keys = this.#keys.of(issuer, jwks === undefined ? null : resolve(base, jwks))
    const claims = await this.#verified(token, keys, issuer, clientId)
    if ('ok' in claims) return claims
    const ended = await this.#take(claims, { issuer, claim })
    return { ok: true, ended }
  }

  async #verified(
    token: string,
    keys: JWTVerifyGetKey,
    issuer: string,
    audience: string,
  ): Promise<EventClaims | Extract<EventAnswer, { ok: false }>> {
    try {
      if (decodeJwt(token).iss !== issuer) return refused('invalid_issuer', 'the issuer of the event is not trusted')
      const { payload } = await jwtVerify(token, keys, {
        typ: 'secevent+jwt',
        algorithms: ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519'],
        issuer,
        audience,
        requiredClaims: ['iat', 'jti', 'events'],
        currentDate: new Date(this.#options.clock()),
        clockTolerance: skew,
      })
      const { jti, iat, events } = payload
      if (
        typeof jti !== 'string' ||
        jti === '' ||
        jti.length > 400 ||
        typeof iat !== 'number' ||
        typeof events !== 'object' ||
        events === null
      )
        return refused('invalid_request', 'the event is not of the form that it must have')
      if (iat > this.#options.clock() / 1000 + skew) return refused('invalid_request', 'the event is from the future')
      return { iat, subject: payload['sub_id'], events: events as Readonly<Record<string, unknown>> }
    } catch (error) {
      if (error instanceof IssuerUnusable) return refused('invalid_key', error.message)
      if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud')
        return refused('invalid_audience', 'the event is for somebody else')
      if (error instanceof errors.JWSSignatureVerificationFailed)
        return refused('invalid_key', 'the signature of the event is not by its issuer')
      if (error instanceof errors.JOSEError || error instanceof TypeError)
        return refused('invalid_request', 'this is no event that can be taken')
      throw error
    }
  }

  /** Ends what there is to end. An event that comes again, as RFC 8935 lets it, finds nothing more. */
  async #take({ iat, subject, events }: EventClaims, naming: Naming): Promise<number> {
    const { sessions } = this.#options
    let ended = 0
    for (const [type, event] of Object.entries(events)) {
      const person = ending.has(type) ? personOf(subject ?? subjectIn(event), naming) : null
      if (person === null) continue
      for (const session of await sessions.list(Number.MAX_SAFE_INTEGER)) {
        const concerned = session.person === person && session.opened < (iat + 1) * 1000
        if (!concerned || (session.state !== 'active' && session.state !== 'paused')) continue
        await this.#end(session.id, `event of ${naming.issuer}`, type.slice(type.lastIndexOf('/') + 1))
        ended += 1
      }
    }
    return ended
  }

  async #end(session: string, by: string, reason: string): Promise<void> {
    const { sessions, revocations } = this.#options
    await revocations.revoke({ kind: 'session', id: session }, { by, reason })
    try {
      await sessions.change(session, 'revoke', by)
    } catch (error) {
      // It has ended by itself meanwhile.
      if (!(error instanceof BailiwickError) || error.code !== 'SESSION_STATE') throw error
    }
  }
}

interface EventClaims {
  /** Seconds since 1970. */
  readonly iat: number
  readonly subject: unknown
  readonly events: Readonly<Record<string, unknown>>
}

function refused(code: EventRefusalCode, reason: string): Extract<EventAnswer, { ok: false }> {
  return { ok: false, code, reason }
}

/** Where events were about somebody before RFC 8417 had `sub_id`. */
function subjectIn(event: unknown): unknown {
  return typeof event === 'object' && event !== null ? (event as { readonly subject?: unknown }).subject : undefined
}
