import * as z from 'zod'
import { agentUri, domainUri, goalUri, thumbprintUri } from '../../model/principal-uri.ts'
import type { Session } from '../../model/session.ts'

/** Who an event is about (RFC 9493), as far as people can be told by it. */
const subjectSchema = z.union([
  z.object({ format: z.literal('iss_sub'), iss: z.string(), sub: z.string() }),
  z.object({ format: z.literal('email'), email: z.string() }),
  z.object({ format: z.literal('opaque'), id: z.string() }),
])

/** How people are named: by a claim of the tokens of one issuer. */
export interface Naming {
  readonly issuer: string
  readonly claim: string
}

/** The name under which a person stands in sessions; null for a subject that says nothing of that. */
export function personOf(subject: unknown, { issuer, claim }: Naming): string | null {
  const parsed = subjectSchema.safeParse(subject)
  if (!parsed.success) return null
  const found = parsed.data
  // As the name is taken from an ID token.
  if (claim === 'email') return found.format === 'email' ? found.email.toLowerCase() : null
  if (claim !== 'sub') return found.format === 'opaque' ? found.id : null
  if (found.format === 'iss_sub') return found.iss === issuer ? found.sub : null
  return found.format === 'opaque' ? found.id : null
}

const uri = z.strictObject({ format: z.literal('uri'), uri: z.string() })
const opaque = z.strictObject({ format: z.literal('opaque'), id: z.string() })
/** Of a complex subject no member may be passed over: what is left would be about more. */
const complex = z.strictObject({
  format: z.literal('complex'),
  session: opaque.optional(),
  application: uri.optional(),
  tenant: uri.optional(),
})
const aboutSessions = z.discriminatedUnion('format', [uri, opaque, complex])

/** Where sessions are. */
export interface Gateway {
  readonly trustDomain: string
  /** The address under which others know it. */
  readonly publicUrl: string | undefined
}

/** The sessions of a gateway that a subject is about, as we name subjects ourselves; null for one that says nothing of that. */
export function sessionsOf(subject: unknown, { trustDomain, publicUrl }: Gateway): ((session: Session) => boolean) | null {
  const parsed = aboutSessions.safeParse(subject)
  if (!parsed.success) return null
  const found = parsed.data
  switch (found.format) {
    case 'opaque':
      return ({ id }) => id === found.id
    case 'uri':
      return (session) => namesOf(session, trustDomain).includes(found.uri)
    case 'complex': {
      const { session, application, tenant } = found
      if (session === undefined && application === undefined && tenant === undefined) return null
      return ({ id, agent }) =>
        (session === undefined || session.id === id) &&
        (application === undefined || application.uri === agentUri(trustDomain, agent)) &&
        (tenant === undefined || [domainUri(trustDomain), publicUrl].includes(tenant.uri))
    }
  }
}

/** What a session is of: its agent, its goal, and the keys that it was opened with. */
function namesOf({ agent, goal, lineage = [] }: Session, trustDomain: string): string[] {
  const keys = lineage.flatMap(({ kind, id }) => (kind === 'key' ? [thumbprintUri(id)] : []))
  return [agentUri(trustDomain, agent), goalUri(trustDomain, goal), ...keys]
}
