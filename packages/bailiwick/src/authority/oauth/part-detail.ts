import * as z from 'zod'
import { frameSchema } from '../../model/manifest-schema.ts'
import { bytes, durationPattern, milliseconds, rate, ratePattern, sizePattern } from '../../model/quantity.ts'
import { allowances } from '../../model/vocabulary.ts'
import type { DelegationRequest } from '../delegations.ts'

/** The type of authorisation details (RFC 9396) that names a part of a session that is to be handed on. */
export const partDetailType = 'urn:bailiwick:part'

/** What an agent asks to be handed on of its session; to whom, it is told by something else. */
export type PartDetail = Pick<DelegationRequest, 'part' | 'lifetime' | 'request'>

const name = z.string().max(256)
const limits = z.strictObject({
  calls: z.int().positive().optional(),
  resultBytes: z
    .union([z.int().positive(), z.string().regex(sizePattern)])
    .transform(bytes)
    .optional(),
  minutes: z.number().positive().optional(),
  rates: z.record(name, z.string().regex(ratePattern).transform(rate)).optional(),
  repeats: z.int().positive().optional(),
})

/** Written as a contract is; what is not said stays as it is in the session. */
export const partDetailSchema: z.ZodType<PartDetail> = z
  .strictObject({
    type: z.literal(partDetailType),
    tools: z.record(name, z.record(name, frameSchema)),
    allow: z.array(z.enum(allowances)).optional(),
    limits: limits.optional(),
    lifetime: z.string().regex(durationPattern).optional(),
    request: z.string().max(16_384).optional(),
  })
  .transform(({ tools, allow, limits: { minutes, ...counted } = {}, lifetime, request }): PartDetail => {
    const given = Object.entries({ ...counted, lifetime: minutes === undefined ? undefined : minutes * 60_000 })
    return {
      part: {
        tools,
        ...(allow === undefined ? {} : { allow }),
        limits: Object.fromEntries(given.filter(([, limit]) => limit !== undefined)),
      },
      lifetime: lifetime === undefined ? null : milliseconds(lifetime),
      request: request ?? null,
    }
  })
