import * as z from 'zod'
import type { FactValue } from '../../model/fact.ts'
import { aarmNames } from '../../model/vocabulary.ts'
import type { DecisionEntry } from '../entry.ts'
import { commitment, digest, leaf, linked, list, params, response, spiffeId, text, tier, verdict } from './fields.ts'
import { exactly } from './exactly.ts'

const factValue: z.ZodType<FactValue> = z.union([z.boolean(), z.int(), z.string()])

const members = {
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
  policyDigest: digest,
  response,
  aarm: z.enum(Object.values(aarmNames)),
  tier,
  rule: text,
  reason: text,
  observed: response.nullable(),
  verdicts: list(verdict),
  policies: list(text),
  severity: z.enum(['low', 'medium', 'high', 'critical']).nullable(),
  labels: list(text),
  approval: z.strictObject({ id: text, hash: digest, approver: text, signature: text }).nullable(),
}
const facts = z.record(z.string(), factValue)

type FirstDecision = Omit<DecisionEntry, 'v' | 'agentId' | 'waitedFor' | 'delegation'> & { readonly v: 1 }
export const firstDecisionForm: z.ZodType<FirstDecision> = exactly<FirstDecision>()(
  z.strictObject({
    ...linked,
    ...members,
    performed: commitment.nullable().exactOptional(),
    controls: list(text).exactOptional(),
    facts: facts.exactOptional(),
  }),
)

const secondMembers = {
  ...linked,
  ...members,
  previous: leaf,
  performed: commitment.nullable(),
  controls: list(text),
  facts,
  agentId: spiffeId,
  waitedFor: text.nullable(),
}

type SecondDecision = Required<Omit<DecisionEntry, 'v' | 'delegation'>> & { readonly v: 2 }
/** With the agent's id and the approval that was waited for. */
export const secondDecisionForm: z.ZodType<SecondDecision> = exactly<SecondDecision>()(
  z.strictObject({ ...secondMembers, v: z.literal(2) }),
)

type Decision = Required<Omit<DecisionEntry, 'v'>> & { readonly v: 3 }
/** With who has delegated. */
export const decisionForm: z.ZodType<Decision> = exactly<Decision>()(
  z.strictObject({
    ...secondMembers,
    v: z.literal(3),
    delegation: list(z.strictObject({ session: text, agent: text, id: text })),
  }),
)
