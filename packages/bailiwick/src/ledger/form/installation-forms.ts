import * as z from 'zod'
import type { AgentKeyEntry, EvaluationEntry, EventEntry, InventoryEntry } from '../entry.ts'
import { exactly } from './exactly.ts'
import { commitment, count, digest, linked, stamp, text } from './fields.ts'
import type { Unlinked } from './fields.ts'

export const eventForm: z.ZodType<EventEntry> = exactly<EventEntry>()(
  z.strictObject({
    ...linked,
    type: z.literal('event'),
    event: z.enum(['withheld', 'refused', 'completion', 'rules', 'upstream', 'alert']),
    session: text.nullable(),
    subject: text,
    detail: text,
  }),
)

export const inventoryForm: z.ZodType<Unlinked<InventoryEntry>> = exactly<Unlinked<InventoryEntry>>()(
  z.strictObject({
    ...stamp,
    type: z.literal('inventory'),
    session: z.null(),
    agents: count,
    tools: count,
    servers: count,
    findings: z.record(z.string(), count),
    items: commitment,
  }),
)

export const evaluationForm: z.ZodType<Unlinked<EvaluationEntry>> = exactly<Unlinked<EvaluationEntry>>()(
  z.strictObject({
    ...stamp,
    type: z.literal('evaluation'),
    session: z.null(),
    kind: z.enum(['suites', 'redteam', 'fuzz', 'ledger']),
    policyDigest: digest,
    ok: z.boolean(),
    passed: count,
    failed: count,
    results: commitment,
  }),
)

export const agentKeyForm: z.ZodType<Unlinked<AgentKeyEntry>> = exactly<Unlinked<AgentKeyEntry>>()(
  z.strictObject({
    ...stamp,
    type: z.literal('agent-key'),
    session: z.null(),
    event: z.enum(['registered', 'expires']),
    agent: text,
    thumbprint: text,
    until: text.nullable(),
    by: text,
  }),
)
