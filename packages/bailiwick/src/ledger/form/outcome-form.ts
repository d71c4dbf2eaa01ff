import * as z from 'zod'
import { outcomeStatuses } from '../../model/vocabulary.ts'
import type { OutcomeEntry } from '../entry.ts'
import { exactly } from './exactly.ts'
import { commitment, count, linked, list, text } from './fields.ts'

export const outcomeForm: z.ZodType<OutcomeEntry> = exactly<OutcomeEntry>()(
  z.strictObject({
    ...linked,
    type: z.literal('outcome'),
    call: text,
    session: text,
    status: z.enum(outcomeStatuses),
    error: text.nullable(),
    result: commitment.nullable(),
    bytes: count,
    milliseconds: count,
    labels: list(text),
    redacted: z.record(z.string(), count).exactOptional(),
  }),
)
