import * as z from 'zod'
import { credentialSchema } from './credential-schema.ts'
import { exportSchema } from './export-schema.ts'
import { factSchema } from './fact-schema.ts'
import type { FrameDeclaration, InvariantDeclaration, Manifest } from './manifest.ts'
import { durationPattern, ratePattern, sizePattern } from './quantity.ts'
import { foundSecretSchema, secretSchema, variableSchema } from './secret-schema.ts'
import { trustSchema } from './trust-schema.ts'
import { allowances, effects, riskDimensions, sinks } from './vocabulary.ts'

const name = z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,62}$/, 'a name has letters, digits and hyphens, and begins with a letter')
const toolName = z.string().regex(/^[A-Za-z0-9_./-]{1,128}$/, 'a tool name has letters, digits and `_ . / -`')
const toolReference = z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,62}\.[A-Za-z0-9_./-]{1,128}$/, 'a tool is named `toolbox.tool`')
const label = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'a label has lower-case letters, digits and hyphens')
const patternName = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'the name of a pattern has lower-case letters, digits and hyphens')
const parameterName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'a parameter name has letters, digits and underscores')
/** Words that Cedar keeps for itself, so that no attribute can be read under them plainly. */
const reserved = new Set(['true', 'false', 'if', 'then', 'else', 'in', 'is', 'like', 'has'])
const factName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, 'the name of a fact has letters, digits and underscores, and begins with a letter')
  .refine((text) => !reserved.has(text), 'Cedar keeps this word for itself; choose another name')
const duration = z.string().regex(durationPattern, 'a duration is written like `90s`, `10m` or `1h`')
const header = z.string().regex(/^[A-Za-z0-9-]+$/, 'the name of an HTTP header')

const judged = z.strictObject({ score: z.int().min(1).max(5), rationale: z.string().trim().min(1, 'say why') })

const agent = z.strictObject({
  owner: z.string().min(1),
  model: z.string().min(1).optional(),
  version: z.string().min(1).optional(),
  purpose: z.string().min(1).optional(),
  goals: z.array(name).min(1, 'an agent needs at least one goal; without one it can do nothing'),
  delegates: z.array(name).optional(),
  delegatedOnly: z.boolean().optional(),
  mode: z.enum(['enforce', 'observe']).default('enforce'),
  value: judged.optional(),
  risk: z.partialRecord(z.enum(riskDimensions), judged).optional(),
})

const tool = z.strictObject({
  effect: z.enum(effects),
  labels: z.array(label).default([]),
  sinks: z.record(z.string(), z.enum(sinks)).default({}),
  pin: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'a pin is `sha256:` and 64 hexadecimal digits')
    .optional(),
  undo: toolReference.optional(),
})

const server = z
  .strictObject({
    command: z.string().min(1).optional(),
    args: z.array(z.string()).optional(),
    env: z.record(variableSchema, secretSchema).optional(),
    cwd: z.string().min(1).optional(),
    url: z.url({ protocol: /^https?$/ }).optional(),
    headers: z.record(header, secretSchema).optional(),
    timeout: duration.default('60s'),
  })
  .superRefine((value, context) => {
    if ((value.command === undefined) === (value.url === undefined))
      context.addIssue({ code: 'custom', message: 'give either `command` or `url`' })
    else if (value.url !== undefined && (value.args ?? value.env ?? value.cwd) !== undefined)
      context.addIssue({ code: 'custom', message: '`args`, `env` and `cwd` go with `command`, not with `url`' })
    else if (value.command !== undefined && value.headers !== undefined)
      context.addIssue({ code: 'custom', message: '`headers` go with `url`, not with `command`' })
  })

const toolbox = z.strictObject({
  mcp: server,
  names: z.enum(['prefixed', 'plain']).default('prefixed'),
  credential: credentialSchema.optional(),
  tools: z.record(toolName, tool),
})

const parameter = z.strictObject({
  type: z.enum(['string', 'integer', 'number', 'boolean']),
  description: z.string().optional(),
  pattern: z.string().optional(),
  enum: z
    .array(z.union([z.string(), z.number()]))
    .min(1)
    .optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  maxLength: z.int().positive().optional(),
})

const bound = z.union([z.number(), z.string().regex(/^\$[A-Za-z_]/, 'a number or `$parameter`')])

/** A frame as a contract writes it. */
export const frameSchema: z.ZodType<FrameDeclaration> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), constraints], {
    error: 'a value, `$parameter`, or an object of `in`, `pattern`, `range`, `prefix`, `domain`, `path`, `fields`, `optional`',
  }),
)

const constraints = z
  .strictObject({
    in: z.array(z.json()).min(1).optional(),
    pattern: z.string().optional(),
    range: z
      .union([z.tuple([bound, bound]), z.strictObject({ min: bound.optional(), max: bound.optional() })], {
        error: '`[min, max]` or `{ min, max }`',
      })
      .optional(),
    prefix: z.string().min(1).optional(),
    domain: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
    path: z.string().min(1).optional(),
    fields: z.record(z.string(), frameSchema).optional(),
    optional: z.boolean().optional(),
  })
  .refine((value) => Object.keys(value).some((key) => key !== 'optional'), 'a frame needs at least one constraint')

const limits = z.strictObject({
  calls: z.int().positive().optional(),
  resultBytes: z.union([z.int().positive(), z.string().regex(sizePattern, 'a size is written like `5MB`')]).optional(),
  minutes: z.number().positive().optional(),
  rates: z.record(toolReference, z.string().regex(ratePattern, 'a rate is written like `5/1h`')).default({}),
  repeats: z.int().min(1).max(20).default(5),
})

const goal = z.strictObject({
  description: z.string().optional(),
  params: z.record(parameterName, parameter).default({}),
  tools: z.record(toolReference, z.record(z.string(), frameSchema)),
  allow: z.array(z.enum(allowances)).default([]),
  limits: limits.prefault({}),
  confirm: z.array(toolReference).default([]),
})

const condition = z
  .object({ labels: z.array(label).min(1).optional(), approved: z.literal(true).optional() })
  .catchall(frameSchema)
  .refine((value) => Object.keys(value).length > 0, 'a condition needs at least one of `labels`, `input.<argument>`, `params.<name>`')

const invariantForm = {
  never: z.union([toolReference, z.array(toolReference).min(1), z.strictObject({ effect: z.array(z.enum(effects)).min(1) })], {
    error: 'a tool, a list of tools, or `{ effect: [external] }`',
  }),
  when: condition.optional(),
  unless: condition.optional(),
}

/** An invariant of one run, which has no severity of its own. */
export const runInvariantSchema: z.ZodType<Omit<InvariantDeclaration, 'severity'>> = z.strictObject(invariantForm)

const invariant = z.strictObject({ ...invariantForm, severity: z.enum(['blocking', 'advisory']).default('blocking') })

export const trustDomainSchema: z.ZodType<string> = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]{0,253}[a-z0-9])?$/, 'a SPIFFE trust domain: lower-case letters, digits, dots and hyphens')

/** The form of `bailiwick.yaml`. What it cannot say (references, pins, clashes) is checked afterwards. */
export const manifestSchema: z.ZodType<Manifest> = z.strictObject({
  trustDomain: trustDomainSchema,
  agents: z.record(name, agent),
  toolboxes: z.record(name, toolbox),
  goals: z.record(name, goal),
  facts: z.record(factName, factSchema({ toolReference, label, frame: frameSchema })).default({}),
  invariants: z.record(name, invariant).optional(),
  patterns: z.record(patternName, z.string().min(1)).optional(),
  ledger: z.strictObject({ policy: z.string().min(1).optional() }).prefault({}),
  retention: z.strictObject({ payloads: duration.optional(), labels: z.record(label, duration).default({}) }).prefault({}),
  schedule: z.strictObject({ ledger: duration.optional(), redteam: duration.optional(), suites: duration.optional() }).prefault({}),
  export: exportSchema({ name, label, header, secret: secretSchema, foundSecret: foundSecretSchema }).optional(),
  trust: trustSchema({ name, foundSecret: foundSecretSchema }).optional(),
  approvals: z.strictObject({ expires: duration.default('10m') }).prefault({}),
  delegation: z.strictObject({ depth: z.int().min(1).max(16).optional() }).optional(),
  http: z
    .strictObject({
      port: z.int().min(0).max(65_535).default(7420),
      allowedOrigins: z.array(z.string()).default([]),
      publicUrl: z
        .string()
        .regex(/^https:\/\/[^\s/?#@]+$/, 'an https URL without a path')
        .optional(),
      dpopNonce: z.boolean().default(false),
    })
    .prefault({}),
})

/** JSON Schema 2020-12 of the manifest, for editors. */
export function manifestJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(manifestSchema, { io: 'input', target: 'draft-2020-12' })
  return { $id: 'urn:bailiwick:manifest:1', title: 'bailiwick.yaml', ...schema }
}
