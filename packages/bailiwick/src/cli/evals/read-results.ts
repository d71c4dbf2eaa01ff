import { readFileSync } from 'node:fs'
import * as z from 'zod'
import type { SuiteResults } from '../../evals/run/suite-results.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'

/** What is read of a baseline. More may stand there; it is not looked at. */
const results = z.looseObject({
  version: z.literal(1),
  cases: z.array(
    z.looseObject({
      suite: z.string(),
      name: z.string(),
      severity: z.enum(['blocking', 'advisory']),
      status: z.enum(['passed', 'failed', 'error']),
      error: z.string().nullable(),
      runs: z.int().min(0),
      passed: z.int().min(0),
      interval: z.tuple([z.number(), z.number()]),
      failures: z.array(z.looseObject({ message: z.string() })),
      calls: z.array(z.looseObject({ tool: z.string(), response: z.string() })),
    }),
  ),
})

/** Reads results that `bailiwick eval --out` wrote. @throws BailiwickError `USAGE` */
export function readResults(file: string): SuiteResults {
  const refuse = (reason: string): BailiwickError =>
    new BailiwickError('USAGE', `\`${file}\` is no baseline: ${reason}`, { mend: 'write one with `bailiwick eval --out`' })
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw refuse((error as Error).message)
  }
  const read = results.safeParse(value)
  if (!read.success) {
    const [issue] = read.error.issues
    throw refuse(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it has another form'}`)
  }
  return read.data as unknown as SuiteResults
}
