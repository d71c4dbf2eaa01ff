// Tests are registered here, and not written: their titles are names of suites and cases.
/* oxlint-disable vitest/valid-title */
import { describe, test } from 'vitest'
import type { CaseResult } from '../evals/run/suite-results.ts'
import { openSuite, openSuiteFiles } from './evaluate.ts'
import type { Evaluation } from './evaluate.ts'
import type { SuiteInput } from './suite-input.ts'

/**
 * Registers a suite with Vitest: one test for each case. A blocking case that does not pass fails its test with all that was not as expected;
 * an advisory one leaves an annotation. To be called where tests are collected.
 * @param manifest path or `file:` address of `bailiwick.yaml`
 * @throws BailiwickError for a suite or rules that do not hold together
 */
export function evalSuite(manifest: string | URL, suite: SuiteInput): void {
  register(openSuite(manifest, suite))
}

/** Registers the suites in `suites/*.yaml` beside a manifest, or in another folder, as {@link evalSuite} does. */
export function evalSuiteFiles(manifest: string | URL, folder?: string): void {
  register(openSuiteFiles(manifest, folder))
}

/** Milliseconds that a test has beyond those of its runs. */
const grace = 10_000

function register({ cases, run }: Evaluation): void {
  for (const [suite, inSuite] of Map.groupBy(cases, (placed) => placed.suite))
    describe(suite, () => {
      for (const placed of inSuite) {
        const { case: one } = placed
        const time = 'time' in one ? one.time * one.repeat + grace : 60_000
        test(one.name, { timeout: time }, async ({ annotate }) => {
          const result = await run(placed)
          if (result.status === 'passed') return
          if (result.severity === 'blocking' || result.status === 'error') throw new Error(failureMessage(result))
          await annotate(failureMessage(result), 'advisory')
        })
      }
    })
}

/** Everything that was not as expected in the runs of a case, a line each. */
export function failureMessage({ error, failures, runs, passed, calls }: CaseResult): string {
  const share = runs === 1 ? [] : [`${passed} of ${runs} runs passed`]
  const lines = failures.map(({ message, place, lead }) => {
    const at = place === null ? '' : `${place.file}:${place.line}: `
    return `${at}${message}${lead === null ? '' : ` (${lead.place.file}:${lead.place.line}: ${lead.hint})`}`
  })
  const made = calls.map(({ tool, response, tier, rule }) => `  ${response.padEnd(8)} ${tier} ${tool}  ${rule}`)
  return [...(error === null ? [] : [error]), ...share, ...lines, ...(made.length === 0 ? [] : ['the calls were', ...made])].join('\n')
}
