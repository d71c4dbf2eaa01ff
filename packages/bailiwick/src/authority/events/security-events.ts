import { decodeJwt, errors, jwtVerify } from 'jose'
import type { JWTVerifyGetKey } from 'jose'
import { resolve } from 'node:path'
import { announcedBy } from '../../ledger/announced-by.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { endingEvents } from '../../model/event-types.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { Session } from '../../model/session.ts'
import type { EndedSignIns } from '../ended-sign-ins.ts'
import type { Revocations } from '../revocations.ts'
import type { Sessions } from '../sessions.ts'
import { IssuerUnusable, usualFetching } from '../trust/issuer-documents.ts'
import { IssuerKeys, transmitterDiscovery } from '../trust/issuer-keys.ts'
import { personOf, sessionsOf } from './event-subject.ts'

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
  readonly endedSignIns: Pick<EndedSignIns, 'end'>
  readonly clock: () => number
}

/** Whom an event is about. */
interface Concern {
  /** The name of the person whose sign-ins end as well; null where it is about sessions alone. */
  readonly person: string | null
  readonly has: (session: Session) => boolean
}

/** Whom an event of an issuer is about; null for a subject that nobody here is. */
type Concerned = (subject: unknown) => Concern | null

/** An issuer whose events are taken. */
interface Source {
  readonly issuer: string
  readonly audience: string
  readonly keys: JWTVerifyGetKey
  readonly concerned: Concerned
}

/**
 * Takes security event tokens (RFC 8417): of the provider that the manifest trusts to say who people are, about people, and of transmitters that it names,
 * about agents, goals, keys and sessions. An event that ends what they may do ends the sessions that were opened until then, which is the second of its
 * `iat`. Of a person it ends those as well that were opened later by what they had signed in with until then, which opens no other. An event can only take
 * away.
 */
export class SecurityEvents {
  readonly #options: SecurityEventsOptions
  readonly #keys = new IssuerKeys()
  readonly #transmitterKeys = new IssuerKeys(usualFetching, transmitterDiscovery)

  constructor(options: SecurityEventsOptions) {
    this.#options = options
  }

  /** Never throws for what a transmitter could send. */
  async receive(token: string): Promise<EventAnswer> {
    if (token.length > longestEvent) return refused('invalid_request', `the event is over ${longestEvent} characters`)
    const sources = this.#sources()
    if (sources.length === 0) return refused('invalid_issuer', 'nobody is trusted to send events here')
    const claims = await this.#verified(token, sources)
    return 'ok' in claims ? claims : { ok: true, ended: await this.#take(claims) }
  }

  #sources(): readonly Source[] {
    const { manifest, base } = this.#options.ruleset()
    const { people, events = [] } = manifest.trust ?? {}
    const fileOf = (jwks: string | undefined): string | null => (jwks === undefined ? null : resolve(base, jwks))
    const transmitters = events.map(({ issuer, audience, jwks }): Source => {
      const concerned: Concerned = (subject) => {
        const has = sessionsOf(subject, { trustDomain: manifest.trustDomain, publicUrl: manifest.http.publicUrl })
        return has === null ? null : { person: null, has }
      }
      return { issuer, audience, keys: this.#transmitterKeys.of(issuer, fileOf(jwks)), concerned }
    })
    const { issuer, clientId: audience, claim = 'sub', jwks } = people ?? {}
    if (issuer === undefined || audience === undefined) return transmitters
    const concerned: Concerned = (subject) => {
      const person = personOf(subject, { issuer, claim })
      return person === null ? null : { person, has: (session) => session.person === person }
    }
    return [{ issuer, audience, keys: this.#keys.of(issuer, fileOf(jwks)), concerned }, ...transmitters]
  }

  async #verified(token: string, sources: readonly Source[]): Promise<EventClaims | Extract<EventAnswer, { ok: false }>> {
    try {
      const named = decodeJwt(token).iss
      const source = sources.find((one) => one.issuer === named)
      if (source === undefined) return refused('invalid_issuer', 'the issuer of the event is not trusted')
      const { issuer, audience, keys, concerned } = source
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
        iat < 0 ||
        typeof events !== 'object' ||
        events === null
      )
        return refused('invalid_request', 'the event is not of the form that it must have')
      if (iat > this.#options.clock() / 1000 + skew) return refused('invalid_request', 'the event is from the future')
      return { issuer, concerned, iat, subject: payload['sub_id'], events: events as Readonly<Record<string, unknown>> }
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
  async #take({ issuer, concerned, iat, subject, events }: EventClaims): Promise<number> {
    const { sessions, endedSignIns } = this.#options
    const until = (iat + 1) * 1000
    let ended = 0
    for (const [type, event] of Object.entries(events)) {
      const concern = endingEvents.has(type) ? concerned(subject ?? subjectIn(event)) : null
      if (concern === null) continue
      // Before the sessions are listed: none is opened meanwhile that would be passed over.
      if (concern.person !== null) await endedSignIns.end({ issuer, person: concern.person }, until)
      for (const session of await sessions.list(Number.MAX_SAFE_INTEGER)) {
        const begun = concern.person === null ? session.opened : Math.min(session.opened, session.signedIn ?? session.opened)
        if (!concern.has(session) || begun >= until) continue
        if (session.state !== 'active' && session.state !== 'paused') continue
        await this.#end(session.id, announcedBy(issuer), type.slice(type.lastIndexOf('/') + 1))
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

interface EventClaims extends Pick<Source, 'issuer' | 'concerned'> {
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
