import { createHash } from 'node:crypto'
import { credentialChange, sessionRevoked } from '../../model/event-types.ts'
import { agentUri, goalUri, thumbprintUri } from '../../model/principal-uri.ts'
import { announcerOf } from '../announced-by.ts'
import type { RevocationEntry } from '../entry.ts'
import { recordId } from './export-record.ts'
import type { ExportRecord } from './export-record.ts'
import { shortened } from './text.ts'

/** The most characters of a reason that are told. */
const longestReason = 1000

/** Members of a complex subject without which it would be taken for more than it says. */
export const criticalMembers = ['session', 'tenant'] as const

/** Who tells, and whom. */
export interface Announcement {
  /** As this installation signs its tokens and events. */
  readonly issuer: string
  readonly audience: string
  readonly trustDomain: string
}

/** The claims of a security event token (RFC 8417, OpenID Shared Signals Framework 1.0). */
export interface SecurityEventClaims {
  readonly iss: string
  readonly aud: string
  readonly jti: string
  /** Seconds since 1970. */
  readonly iat: number
  readonly txn: string
  readonly sub_id: Subject
  readonly events: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

type SimpleSubject =
  | { readonly format: 'uri'; readonly uri: string }
  | { readonly format: 'opaque'; readonly id: string }
  | { readonly format: 'jwt_id'; readonly iss: string; readonly jti: string }
type Subject =
  | SimpleSubject
  | { readonly format: 'complex'; readonly session: SimpleSubject; readonly application: SimpleSubject }
  | { readonly format: 'complex'; readonly tenant: SimpleSubject }

/**
 * What a receiver is told of a revocation: the same each time it is told, and under a `jti` that no other event has. Null for a record that is no
 * revocation, or takes one back: CAEP has no event by which something is given back.
 */
export function securityEvent(record: ExportRecord, { issuer, audience, trustDomain }: Announcement): SecurityEventClaims | null {
  const { entry, party } = record
  if (entry.type !== 'revocation' || entry.event !== 'revoked') return null
  const at = Math.floor(Date.parse(entry.time) / 1000)
  const txn = recordId(record)
  return {
    iss: issuer,
    aud: audience,
    jti: createHash('sha256').update(`${txn}\n${issuer}\n${audience}`).digest('base64url'),
    iat: at,
    txn,
    sub_id: subjectOf(entry, party?.agent ?? null, issuer, trustDomain),
    events: {
      [entry.kind === 'key' ? credentialChange : sessionRevoked]: {
        event_timestamp: at,
        initiating_entity: announcerOf(entry) === null ? 'admin' : 'system',
        ...(entry.reason === '' ? {} : { reason_admin: { und: shortened(entry.reason, longestReason) } }),
        ...(entry.kind === 'key' ? { credential_type: 'jwk', change_type: 'revoke', friendly_name: entry.id } : {}),
      },
    },
  }
}

/** What was revoked, as RFC 9493 and the framework name subjects. */
function subjectOf({ kind, id }: RevocationEntry, agent: string | null, issuer: string, trustDomain: string): Subject {
  switch (kind) {
    case 'everything':
      return { format: 'complex', tenant: { format: 'uri', uri: issuer } }
    case 'agent':
      return { format: 'uri', uri: agentUri(trustDomain, id) }
    case 'goal':
      return { format: 'uri', uri: goalUri(trustDomain, id) }
    case 'session': {
      const session = { format: 'opaque', id } as const
      if (agent === null) return session
      return { format: 'complex', session, application: { format: 'uri', uri: agentUri(trustDomain, agent) } }
    }
    case 'token':
      return { format: 'jwt_id', iss: issuer, jti: id }
    case 'delegation':
      return { format: 'opaque', id }
    case 'key':
      return { format: 'uri', uri: thumbprintUri(id) }
  }
}
