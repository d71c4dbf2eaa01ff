import * as z from 'zod'
import type { Verdict } from '../../model/decision.ts'
import { responses, tiers } from '../../model/vocabulary.ts'
import type { Response, Tier } from '../../model/vocabulary.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { Commitment } from '../commitment.ts'
import { exactly } from './exactly.ts'

/** Any text; names of tools and people are those that were given. */
export const text: z.ZodType<string> = z.string()

/** A count, or a number of bytes or milliseconds. */
export const count: z.ZodType<number> = z.int().nonnegative()

/** `sha256:` and 64 hexadecimal digits. */
export const digest: z.ZodType<string> = z.string().regex(/^sha256:[0-9a-f]{64}$/)

/** The leaf hash of an entry, in hex. */
export const leaf: z.ZodType<string> = z.string().regex(/^[0-9a-f]{64}$/)

export const spiffeId: z.ZodType<string> = z.string().regex(/^spiffe:\/\/[a-z0-9.-]+\/\S+$/)

export const response: z.ZodType<Response> = z.enum(responses)
export const tier: z.ZodType<Tier> = z.enum(tiers)

export const commitment: z.ZodType<Commitment> = exactly<Commitment>()(z.strictObject({ hash: digest, bytes: count }))
export const verdict: z.ZodType<Verdict> = exactly<Verdict>()(z.strictObject({ tier, response, rule: text, reason: text }))

/** Members of any kind: goals declare their parameters themselves. */
export const params: z.ZodType<JsonObject> = z.record(z.string(), z.unknown() as z.ZodType<Json>)

export function list<T>(of: z.ZodType<T>): z.ZodType<readonly T[]> {
  return z.array(of)
}

/** What every entry of the first version of a form says, whatever it is about. */
export const stamp: { readonly v: z.ZodLiteral<1>; readonly time: z.ZodType<string>; readonly instance: z.ZodType<string> } = {
  v: z.literal(1),
  time: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  instance: text,
}

/** An entry of no session, which has no entry before it. */
export type Unlinked<E> = E extends unknown ? Omit<E, 'previous'> : never

/** What an entry says that can be about a session. */
export const linked: typeof stamp & { readonly previous: z.ZodExactOptional<z.ZodType<string>> } = {
  ...stamp,
  previous: leaf.exactOptional(),
}
