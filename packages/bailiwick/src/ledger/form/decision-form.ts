import * as z from 'zod'
import type { FactValue } from '../../model/fact.ts'
import { aarmNames } from '../../model/vocabulary.ts'
import type { DecisionEntry } from '../entry.ts'
import { commitment, digest, linked, list, params, response, text, tier, verdict } from './fields.ts'
import { exactly } from './exactly.ts'

const factValue: z.ZodType<FactValue> = z.union([z.boolean(), z.int(), z.string()])

export const decisionForm: z.ZodType<DecisionEntry> = exactly<DecisionEntry>()(
  z.strictObject({
    ...linked,
    type: z.literal('decision'),
    call: text,
    point: text,
    session: text,
    agent: text,
    person: text.nullable(),
    goal: text,
    params,
    token: text.nullable(),
    tool: text,
    pin: digest.nullable(),
    arguments: commitment,
    performed: commitment.nullable().exactOptional(),
    policyDigest: digest,
    response,
    aarm: z.enum(Object.values(aarmNames)),
    tier,
    rule: text,
    reason: text,
    observed: response.nullable(),
    verdicts: list(verdict),
    policies: list(text),
    controls: list(text).exactOptional(),
    severity: z.enum(['low', 'medium', 'high', 'critical']).nullable(),
    facts: z.record(z.string(), factValue).exactOptional(),
    labels: list(text),
    approval: z.strictObject({ id: text, hash: digest, approver: text, signature: text }).nullable(),
  }),
)
