import * as z from 'zod'
import { durationPattern } from '../../model/quantity.ts'
import { frameSchema, runInvariantSchema } from '../../model/manifest-schema.ts'
import { responses, tiers } from '../../model/vocabulary.ts'
import { stepSchema } from '../case/case-schema.ts'
import { severities } from '../case/eval-case.ts'
import { canaryPlaces, provenances } from '../expect/expectations.ts'
import { frameworks } from './suite.ts'
import type { SuiteFile } from './suite-file.ts'

const text = z.string().max(100_000)
const name = z.string().min(1).max(300)
const duration = z.string().regex(durationPattern, 'a duration is written like `90s`, `10m` or `1h`')
const tool = z.string().min(1).max(512)
const object = z.record(z.string(), z.json())
const frames = z.record(z.string(), frameSchema)
const count = z.union([z.int().min(0), z.strictObject({ min: z.int().min(0).optional(), max: z.int().min(0).optional() })], {
  error: 'a whole number, or `{ min, max }`',
})

const callKeys = ['used', 'tried', 'unused', 'untried', 'order', 'count'] as const
const callExpectation = z
  .strictObject({
    used: tool.optional(),
    tried: tool.optional(),
    unused: tool.optional(),
    untried: tool.optional(),
    with: frames.optional(),
    times: count.optional(),
    order: z.array(tool).min(1).optional(),
    count: count.optional(),
  })
  .refine(
    (value) => callKeys.filter((key) => value[key] !== undefined).length === 1,
    `give exactly one of ${callKeys.map((key) => `\`${key}\``).join(', ')}`,
  )
  .refine((value) => value.times === undefined || (value.used ?? value.tried) !== undefined, '`times` goes with `used` and `tried`')
  .refine(
    (value) => value.with === undefined || (value.order === undefined && value.count === undefined),
    '`with` does not go with `order` and `count`',
  )

const decisionExpectation = z
  .strictObject({
    tool,
    with: frames.optional(),
    which: z.enum(['every', 'some', 'first', 'last']).default('every'),
    response: z.enum(responses).optional(),
    tier: z.enum(tiers).optional(),
    rule: z.string().optional(),
  })
  .refine((value) => (value.response ?? value.tier ?? value.rule) !== undefined, 'give at least one of `response`, `tier`, `rule`')

const textExpectation = {
  contains: z.array(text).optional(),
  lacks: z.array(text).optional(),
  matches: z.array(z.string()).optional(),
}

const expectations = z.strictObject({
  calls: z.array(callExpectation).default([]),
  decisions: z.array(decisionExpectation).default([]),
  labels: z.strictObject({ has: z.array(z.string()).default([]), lacks: z.array(z.string()).default([]) }).prefault({}),
  provenance: z.array(z.strictObject({ tool, argument: z.string(), from: z.array(z.enum(provenances)).min(1) })).default([]),
  answer: z.strictObject({ ...textExpectation, schema: object.optional(), given: z.boolean().optional() }).prefault({}),
  absent: z
    .array(z.strictObject({ canary: z.string(), from: z.array(z.enum(canaryPlaces)).min(1).default(['answer', 'arguments']) }))
    .default([]),
  never: z.array(runInvariantSchema).default([]),
  budget: z
    .strictObject({
      calls: z.int().min(0).optional(),
      denials: z.int().min(0).optional(),
      tokens: z.int().min(0).optional(),
      cost: z.number().min(0).optional(),
      time: duration.optional(),
    })
    .prefault({}),
})

const underTest = z.union(
  [
    z.strictObject({ command: z.array(z.string()).min(1), cwd: z.string().optional(), env: z.record(z.string(), z.string()).optional() }),
    z.strictObject({ url: z.url({ protocol: /^https?$/ }), headers: z.record(z.string(), z.string()).optional() }),
    z.strictObject({
      module: z.string().min(1),
      export: z.string().default('default'),
      framework: z.enum(frameworks).optional(),
      env: z.record(z.string(), z.string()).optional(),
    }),
    z.strictObject({ script: z.array(z.strictObject({ call: tool, with: object.default({}) })).max(1000), answer: text.optional() }),
    z.strictObject({ session: z.string().regex(/^ses_[\w-]+$/, 'a session, such as `ses_…`') }),
  ],
  { error: 'one of `{ command }`, `{ url }`, `{ module }`, `{ script }`, `{ session }`' },
)

const prices = z.strictObject({ input: z.number().min(0), output: z.number().min(0) })
const turn = z
  .strictObject({ when: z.string().optional(), say: text.optional(), call: z.string().optional(), with: object.optional() })
  .refine((value) => (value.say ?? value.call) !== undefined, 'a turn needs `say` or `call`')
const model = z.union(
  [
    z.strictObject({ script: z.array(turn).min(1).max(1000), prices: prices.optional() }),
    z.strictObject({
      endpoint: z.url({ protocol: /^https?$/ }),
      key: z.strictObject({ env: z.string().regex(/^[A-Za-z_]\w*$/) }).optional(),
      cassette: z.string().optional(),
      prices: prices.optional(),
    }),
  ],
  { error: '`{ script }`, or `{ endpoint }` with perhaps `key`, `cassette` and `prices`' },
)

const mock = z
  .strictObject({ when: frames.optional(), result: object.optional(), fixture: z.string().optional(), error: text.optional() })
  .refine(
    (value) => [value.result, value.fixture, value.error].filter((one) => one !== undefined).length === 1,
    'give exactly one of `result`, `fixture`, `error`',
  )

/** What a suite says for all its cases, and each case may say anew. */
const shared = {
  params: object.optional(),
  person: z.string().nullable().optional(),
  request: text.nullable().optional(),
  at: z.iso.datetime({ offset: true }).optional(),
  underTest: underTest.optional(),
  model: model.nullable().optional(),
  canaries: z.record(z.string().regex(/^[A-Za-z][\w-]*$/, 'a name has letters, digits, `_` and hyphens'), z.string().min(4)).optional(),
  tools: z
    .record(tool, z.union([mock, z.array(mock).min(1)], { error: 'a mock, or a list of mocks for one call after the other' }))
    .optional(),
  inject: z.array(z.strictObject({ into: tool, at: z.string().optional(), text, replace: z.boolean().default(false) })).optional(),
  approvals: z
    .array(z.strictObject({ tool, with: frames.optional(), answer: z.enum(['approve', 'refuse', 'ignore']).default('approve') }))
    .optional(),
  repeat: z.int().min(1).max(1000).optional(),
  pass: z.number().gt(0).max(1).optional(),
  time: duration.optional(),
}

const about = {
  name,
  why: z.string().max(2000).default(''),
  severity: z.enum(severities).default('blocking'),
  tags: z.array(z.string().max(64)).default([]),
}

const agentCase = z.strictObject({
  ...about,
  kind: z.enum(['safety', 'correctness', 'privacy']),
  ...shared,
  expect: expectations.prefault({}),
})
const policyCase = z.strictObject({
  ...about,
  kind: z.literal('policy'),
  params: object.optional(),
  person: z.string().nullable().optional(),
  request: text.nullable().optional(),
  steps: z
    .array(stepSchema)
    .min(1)
    .max(5000)
    .refine((steps) => steps.some((one) => one.expect !== undefined), 'say what is expected of at least one step with `expect`'),
})
const promptCase = z.strictObject({
  ...about,
  kind: z.literal('prompt'),
  prompt: z
    .strictObject({
      file: z.string().optional(),
      module: z.string().optional(),
      export: z.string().default('default'),
      values: object.default({}),
      untrusted: z.array(z.string()).default([]),
      between: z.tuple([z.string().min(1), z.string().min(1)]).optional(),
    })
    .refine((value) => (value.file === undefined) !== (value.module === undefined), 'give either `file` or `module`')
    .refine((value) => value.untrusted.length === 0 || value.between !== undefined, '`untrusted` needs `between`: the two marks'),
  expect: z.strictObject({ ...textExpectation, characters: z.int().min(1).optional() }).prefault({}),
})

/** The form of a file in `suites/`. */
export const suiteFileSchema: z.ZodType<SuiteFile> = z.strictObject({
  version: z.literal(1),
  name: name.optional(),
  agent: z.string(),
  goal: z.string(),
  ...shared,
  cases: z
    .array(z.discriminatedUnion('kind', [agentCase, policyCase, promptCase]))
    .min(1)
    .max(2000),
}) as never

/** JSON Schema 2020-12 of a suite, for editors. */
export function suiteJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(suiteFileSchema, { io: 'input', target: 'draft-2020-12' })
  return { $id: 'urn:bailiwick:suite:1', title: 'suites/*.yaml', ...schema }
}
