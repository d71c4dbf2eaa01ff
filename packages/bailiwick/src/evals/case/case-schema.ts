import * as z from 'zod'
import { durationPattern } from '../../model/quantity.ts'
import { parseRedaction } from '../../model/redaction.ts'
import { responses } from '../../model/vocabulary.ts'
import { credentialKinds, severities } from './eval-case.ts'
import type { CaseStep, EvalCase } from './eval-case.ts'

const duration = z.string().regex(durationPattern, 'a duration is written like `90s`, `10m` or `1h`')

const step = z.strictObject({
  call: z.string().max(512),
  with: z.looseObject({}).default({}),
  session: z.int().min(0).max(99).optional(),
  wait: duration.optional(),
  approved: z.boolean().optional(),
  credential: z.enum(credentialKinds).optional(),
  state: z.enum(['active', 'paused', 'revoked', 'closed']).optional(),
  pin: z.enum(['changed', 'absent']).optional(),
  bytes: z.int().min(0).optional(),
  times: z.int().min(1).max(5000).optional(),
  at: z.literal('T2').optional(),
  labels: z.array(z.string()).optional(),
  facts: z.record(z.string(), z.union([z.boolean(), z.int(), z.string()])).optional(),
  expect: z.enum(responses).optional(),
  rule: z.string().optional(),
  redacts: z.array(z.string()).optional(),
})

/** One step of a case as it is written. */
export const stepSchema: z.ZodType<WrittenStep & { readonly with: Readonly<Record<string, unknown>> }> = step

const keptStep = step.extend({
  removes: z
    .record(
      z.string().refine((text) => parseRedaction(text) !== null, 'write a redaction as `@redact` does, such as `output:email`'),
      z.array(z.string().min(1)).min(1),
    )
    .optional(),
})

const testCase = z.strictObject({
  name: z.string().min(1).max(300),
  kind: z.enum(['attack', 'honest']).default('attack'),
  why: z.string().max(2000).default(''),
  agent: z.string(),
  goal: z.string(),
  params: z.record(z.string(), z.json()).default({}),
  person: z.string().nullable().default(null),
  request: z.string().nullable().default(null),
  steps: z
    .array(keptStep)
    .min(1)
    .max(5000)
    .refine((steps) => steps.some((one) => one.expect !== undefined), 'say what is expected of at least one step with `expect`'),
  severity: z.enum(severities).default('blocking'),
  tags: z.array(z.string().max(64)).default([]),
})

/** A step as it is written; the arguments come from the file itself, since a reader of schemas leaves out those named `__proto__`. */
export type WrittenStep = Omit<CaseStep, 'with' | 'wait'> & { readonly wait?: string | undefined }

/** A file in `suites/redteam/` as it was read. */
export interface CaseFile {
  readonly version: 1
  readonly cases: readonly (Omit<EvalCase, 'steps' | 'params'> & {
    readonly params: Readonly<Record<string, unknown>>
    readonly steps: readonly WrittenStep[]
  })[]
}

/** The form of a file in `suites/redteam/`. */
export const caseFileSchema: z.ZodType<CaseFile> = z.strictObject({ version: z.literal(1), cases: z.array(testCase).max(2000) })
