import * as z from 'zod'

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
