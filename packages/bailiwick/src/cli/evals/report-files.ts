import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { junitXml } from '../../evals/report/junit.ts'
import type { ReportedCheck } from '../../evals/report/junit.ts'
import { sarifLog } from '../../evals/report/sarif.ts'
import type { ReportedResult, RuleTexts } from '../../evals/report/sarif.ts'
import { replaceFile } from '../replace-file.ts'
import { findingRules } from './finding-text.ts'

/** Writes the reports that were asked for, each whole or not at all. */
export function writeReports(
  options: { readonly junit?: string; readonly sarif?: string },
  checks: readonly ReportedCheck[],
  results: readonly ReportedResult[],
  rules: RuleTexts = findingRules,
): void {
  if (options.junit !== undefined) writeReport(options.junit, junitXml(checks))
  if (options.sarif !== undefined) writeReport(options.sarif, `${JSON.stringify(sarifLog(results, rules, '0.1.0'), null, 2)}\n`)
}

/** Writes a report, making the folders on the way to it. */
export function writeReport(path: string, text: string): void {
  mkdirSync(dirname(resolve(path)), { recursive: true })
  replaceFile(path, text)
}
