import type { CaseResult, SuiteResults } from '../run/suite-results.ts'

/** How a case stands to what it was before. */
export interface CaseChange {
  readonly suite: string
  readonly name: string
  readonly severity: CaseResult['severity']
  /** `worse` passed before, or passes less often beyond chance; `still` failed before as well. */
  readonly change: 'worse' | 'better' | 'still' | 'new' | 'gone' | 'calls'
  readonly detail: string
}

/** What has changed since a baseline, case by case; a case that passes as it did, with the same calls, is not named. */
export function changesSince(before: SuiteResults, now: SuiteResults): CaseChange[] {
  const was = new Map(before.cases.map((one) => [keyOf(one), one]))
  const is = new Map(now.cases.map((one) => [keyOf(one), one]))
  const gone = before.cases.filter((one) => !is.has(keyOf(one)))
  return [
    ...now.cases.flatMap((one) => changeOf(was.get(keyOf(one)) ?? null, one)),
    ...gone.map((one) => changed(one, 'gone', `it ${one.status} before, and is no longer there`)),
  ]
}

function changeOf(was: CaseResult | null, is: CaseResult): CaseChange[] {
  if (was === null) return [changed(is, 'new', is.status)]
  const [before, after] = [shareText(was), shareText(is)]
  const ended = (one: CaseResult): boolean => one.status === 'passed'
  if (ended(was) && !ended(is)) return [changed(is, 'worse', `${was.status}${before} before, ${is.status}${after} now: ${why(is)}`)]
  if (!ended(was) && ended(is)) return [changed(is, 'better', `${was.status}${before} before, passes now`)]
  if (!ended(is)) return [changed(is, 'still', `${is.status}${after}, as before: ${why(is)}`)]
  // Both pass; with repeats, one can still have got worse beyond chance.
  if (is.interval[1] < was.interval[0]) return [changed(is, 'worse', `passed${before} before, ${after} now`)]
  const [calls, callsNow] = [callsOf(was), callsOf(is)]
  return calls === callsNow || is.runs > 1 ? [] : [changed(is, 'calls', `passes, with other calls: ${calls} before, ${callsNow} now`)]
}

function changed({ suite, name, severity }: CaseResult, change: CaseChange['change'], detail: string): CaseChange {
  return { suite, name, severity, change, detail }
}

function keyOf({ suite, name }: CaseResult): string {
  return JSON.stringify([suite, name])
}

function why({ error, failures }: CaseResult): string {
  return error ?? failures[0]?.message ?? ''
}

function shareText({ runs, passed }: CaseResult): string {
  return runs === 1 ? '' : ` ${passed} of ${runs}`
}

function callsOf({ calls }: CaseResult): string {
  return calls.length === 0 ? 'none' : calls.map(({ tool, response }) => (response === 'allow' ? tool : `${tool} (${response})`)).join(', ')
}
