import * as z from 'zod'
import { outcomeStatuses } from '../../model/vocabulary.ts'
import type { LentCredential, OutcomeEntry } from '../entry.ts'
import { exactly } from './exactly.ts'
import { commitment, count, leaf, linked, list, text } from './fields.ts'

const members = {
  type: z.literal('outcome'),
  call: text,
  session: text,
  status: z.enum(outcomeStatuses),
  error: text.nullable(),
  result: commitment.nullable(),
  bytes: count,
  milliseconds: count,
  labels: list(text),
}
const redacted = z.record(z.string(), count)
const credential: z.ZodType<LentCredential> = exactly<LentCredential>()(
  z.strictObject({ name: text, scopes: list(text).nullable(), person: text.nullable() }),
)

type FirstOutcome = Omit<OutcomeEntry, 'v' | 'credentials'> & { readonly v: 1 }
export const firstOutcomeForm: z.ZodType<FirstOutcome> = exactly<FirstOutcome>()(
  z.strictObject({ ...linked, ...members, redacted: redacted.exactOptional() }),
)

type Outcome = Omit<OutcomeEntry, 'v' | 'previous' | 'credentials'> &
  Required<Pick<OutcomeEntry, 'previous' | 'credentials'>> & { readonly v: 2 }
/** With what the toolbox was lent. */
export const outcomeForm: z.ZodType<Outcome> = exactly<Outcome>()(
  z.strictObject({
    ...linked,
    ...members,
    v: z.literal(2),
    previous: leaf,
    redacted: redacted.exactOptional(),
    credentials: list(credential),
  }),
)
