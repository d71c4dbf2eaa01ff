import pc from 'picocolors'
import type { CaseChange } from '../../evals/report/compare-results.ts'
import type { ReportedCheck } from '../../evals/report/junit.ts'
import type { ReportedResult } from '../../evals/report/sarif.ts'
import type { CaseFailure, CaseResult } from '../../evals/run/suite-results.ts'
import { safe } from '../output.ts'

/** A case as a person reads it: one line, and what was not as expected beneath it. */
export function caseText(result: CaseResult): string {
  const { suite, name, kind, severity, status, error, runs, passed, interval, failures } = result
  const mark =
    status === 'passed' ? pc.green('passed') : severity === 'advisory' && status === 'failed' ? pc.yellow('failed') : pc.red(status)
  const share =
    runs === 1 ? '' : pc.dim(` ${passed} of ${runs} runs, ${percent(interval[0])} to ${percent(interval[1])} with 95 % confidence`)
  const lines = [...(error === null ? [] : [`    ${oneLine(error)}`]), ...failures.map((failure) => `    ${failureText(failure)}`)]
  return [
    `${mark} ${pc.dim(`${oneLine(suite)} ·`)} ${oneLine(name)} ${pc.dim(`${kind}${severity === 'advisory' ? ', advisory' : ''}`)}${share}`,
    ...lines,
  ].join('\n')
}

function failureText({ message, place, lead, runs }: CaseFailure): string {
  const at = place === null ? '' : `${pc.bold(safe(`${place.file}:${place.line}:${place.column}`))}: `
  const by =
    lead === null ? '' : `\n        ${pc.bold(safe(`${lead.place.file}:${lead.place.line}:${lead.place.column}`))}: ${oneLine(lead.hint)}`
  return `${at}${oneLine(message)}${runs > 1 ? pc.dim(` (in ${runs} runs)`) : ''}${by}`
}

const changeMarks: Readonly<Record<CaseChange['change'], (text: string) => string>> = {
  worse: pc.red,
  still: pc.yellow,
  better: pc.green,
  new: pc.cyan,
  gone: pc.dim,
  calls: pc.dim,
}

/** What has changed since a baseline, as a person reads it. */
export function changesText(changes: readonly CaseChange[]): string {
  if (changes.length === 0) return 'nothing has changed since the baseline'
  const lines = changes.map(
    ({ suite, name, change, detail }) =>
      `  ${changeMarks[change](change.padEnd(6))} ${oneLine(suite)} · ${oneLine(name)}: ${oneLine(detail)}`,
  )
  return [pc.bold('since the baseline'), ...lines].join('\n')
}

/** A case for JUnit. One that is of advice only is left out when it fails. */
export function checkOf({ suite, name, severity, status, error, failures, figures, runs, passed }: CaseResult): ReportedCheck {
  const texts = failures.map(({ message, place, lead }) =>
    [
      `${place === null ? '' : `${place.file}:${place.line}: `}${message}`,
      ...(lead === null ? [] : [`${lead.place.file}:${lead.place.line}: ${lead.hint}`]),
    ].join('\n'),
  )
  const duration = figures === null ? {} : { duration: figures.duration * runs }
  if (status === 'passed') return { suite, name, failures: [], ...duration }
  const share = runs === 1 ? [] : [`${passed} of ${runs} runs passed`]
  if (severity === 'advisory')
    return { suite, name, failures: [], skipped: `advisory: ${[...share, error ?? texts.join('; ')].join(': ')}`, ...duration }
  return error === null ? { suite, name, failures: [...share, ...texts], ...duration } : { suite, name, failures: [], error, ...duration }
}

/** A case that did not pass for SARIF: one result for each thing that was not as expected. */
export function sarifResults({ name, kind, severity, status, error, failures, place, tags }: CaseResult): ReportedResult[] {
  if (status === 'passed') return []
  const unplaced = { file: 'suites', line: 1, column: 1 }
  const level = severity === 'blocking' ? 'error' : 'warning'
  const all: readonly Pick<CaseFailure, 'message' | 'place' | 'lead'>[] =
    error === null ? failures : [{ message: error, place, lead: null }]
  return all.map((failure) => ({
    ruleId: kind,
    level,
    message: `${name}: ${failure.message}`,
    place: failure.place ?? place ?? unplaced,
    related: failure.lead?.place ?? null,
    tags,
  }))
}

/** What each kind of case is about, for SARIF. */
export const suiteRules: Readonly<Record<CaseResult['kind'], string>> = {
  safety: 'the agent, or what stands around it, does not withstand what a case tries',
  correctness: 'the agent does not do its task as a case expects',
  privacy: 'data turns up where a case forbids it',
  policy: 'the rules decide otherwise than a case expects',
  prompt: 'a prompt is not made as a case expects',
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`
}

function oneLine(text: string): string {
  return safe(text).replaceAll('\n', '\\n')
}
