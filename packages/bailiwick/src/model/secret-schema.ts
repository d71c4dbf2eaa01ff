import * as z from 'zod'
import { durationPattern } from './quantity.ts'
import type { FoundSecret, SecretSource } from './secret-source.ts'

/** The name of an environment variable. */
export const variableSchema: z.ZodType<string> = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable')

const fromEnvironment = z.strictObject({ env: variableSchema })
const fromFile = z.strictObject({ file: z.string().min(1) })
const fromCommand = z.strictObject({
  command: z.array(z.string().min(1)).min(1),
  ttl: z.string().regex(durationPattern, 'a duration is written like `90s`, `10m` or `1h`').default('5m'),
  variables: z.array(variableSchema).default([]),
})

/** Where a secret is found. */
export const foundSecretSchema: z.ZodType<FoundSecret> = z.union([fromEnvironment, fromFile, fromCommand], {
  error: '`{ env: NAME }`, `{ file: PATH }` or `{ command: [PROGRAM, …] }`',
})

/** A text, or where a secret is found. */
export const secretSchema: z.ZodType<SecretSource> = z.union([z.string(), fromEnvironment, fromFile, fromCommand], {
  error: 'a text, `{ env: NAME }`, `{ file: PATH }` or `{ command: [PROGRAM, …] }`',
})
