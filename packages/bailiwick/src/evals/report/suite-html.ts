import { htmlPage } from '../../model/html-page.ts'
import { escaped } from '../../model/markup-text.ts'
import type { CaseFailure, CaseResult, SuiteResults } from '../run/suite-results.ts'
import type { CaseChange } from './compare-results.ts'

/** A report of suites as one HTML file. Everything that an agent, a tool or a suite said is text in it, and nothing else. */
export function suiteHtml(results: SuiteResults, changes: readonly CaseChange[] | null): string {
  const suites = Map.groupBy(results.cases, ({ suite }) => suite)
  const count = (status: CaseResult['status']): number => results.cases.filter((one) => one.status === status).length
  return htmlPage('Evaluation', [
    `<p><strong class="${results.ok ? 'yes' : 'no'}">${results.ok ? 'passed' : 'not passed'}</strong>: ${count('passed')} passed, ${count('failed')} failed, ${count('error')} in error, in ${(results.duration / 1000).toFixed(1)} s. Rules <code>${escaped(results.digest)}</code></p>`,
    ...(changes === null ? [] : [changesTable(changes)]),
    ...[...suites].map(([name, cases]) => `<section><h2>${escaped(name)}</h2>${cases.map(caseDetails).join('\n')}</section>`),
  ])
}

function changesTable(changes: readonly CaseChange[]): string {
  if (changes.length === 0) return '<p>Nothing has changed since the baseline.</p>'
  const rows = changes.map(
    ({ suite, name, change, detail }) =>
      `<tr><td class="${change === 'worse' ? 'no' : ''}">${change}</td><td>${escaped(suite)}: ${escaped(name)}</td><td>${escaped(detail)}</td></tr>`,
  )
  return `<h2>Since the baseline</h2><table><tbody>${rows.join('')}</tbody></table>`
}

function caseDetails(one: CaseResult): string {
  const { name, kind, severity, status, error, runs, passed, interval, failures, figures, calls, tags } = one
  const share = runs === 1 ? '' : ` ${passed} of ${runs} runs passed (95 % confidence: ${percent(interval[0])} to ${percent(interval[1])})`
  const spent =
    figures === null
      ? ''
      : ` · ${round(figures.calls)} calls, ${round(figures.denials)} denied, ${round(figures.tokens)} tokens${figures.cost === null ? '' : `, ${figures.cost.toPrecision(3)} of money`}, ${Math.round(figures.duration)} ms`
  const items = [...(error === null ? [] : [`<li>${escaped(error)}</li>`]), ...failures.map(failureItem)]
  return [
    `<details${status === 'passed' ? '' : ' open'}><summary><span class="${status === 'passed' ? 'yes' : 'no'}">${status}</span> ${escaped(name)} <span class="quiet">${kind}, ${severity}${tags.length === 0 ? '' : `, ${escaped(tags.join(' '))}`}${share}${spent}</span></summary>`,
    items.length === 0 ? '' : `<ul>${items.join('')}</ul>`,
    calls.length === 0 ? '' : callsTable(calls),
    '</details>',
  ].join('\n')
}

function failureItem({ message, place, lead, runs }: CaseFailure): string {
  const at = (where: { readonly file: string; readonly line: number } | null): string =>
    where === null ? '' : `<code>${escaped(`${where.file}:${where.line}`)}</code>`
  return `<li>${escaped(message)}${runs > 1 ? ` (${runs} times)` : ''} ${at(place)}${lead === null ? '' : ` · ${escaped(lead.hint)} ${at(lead.place)}`}</li>`
}

function callsTable(calls: CaseResult['calls']): string {
  const rows = calls.map(
    ({ tool, response, tier, rule, through }) =>
      `<tr><td>${escaped(tool)}</td><td class="${through ? 'yes' : 'no'}">${response}</td><td>${tier}</td><td>${escaped(rule)}</td></tr>`,
  )
  return `<table><thead><tr><th>call</th><th>response</th><th>tier</th><th>rule</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`
}

function round(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1)
}
