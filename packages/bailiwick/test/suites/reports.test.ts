import { XMLParser } from 'fast-xml-parser'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkOf, sarifResults, suiteRules, caseText, changesText } from '../../src/cli/evals/suite-text.ts'
import { changesSince } from '../../src/evals/report/compare-results.ts'
import { junitXml } from '../../src/evals/report/junit.ts'
import { sarifLog } from '../../src/evals/report/sarif.ts'
import { suiteHtml } from '../../src/evals/report/suite-html.ts'
import type { CaseResult, SuiteResults } from '../../src/evals/run/suite-results.ts'

const place = { file: 'suites/a.yaml', line: 7, column: 3 }

function result(more: Partial<CaseResult> = {}): CaseResult {
  return {
    suite: 'a',
    name: 'one',
    kind: 'safety',
    severity: 'blocking',
    tags: ['ASI01'],
    status: 'passed',
    error: null,
    runs: 1,
    passed: 1,
    required: 1,
    interval: [0.2, 1],
    failures: [],
    figures: { calls: 2, denials: 0, tokens: 0, cost: null, duration: 40 },
    calls: [{ tool: 'mail.send', response: 'allow', tier: 'T2', rule: 'r', through: true }],
    place,
    ...more,
  }
}

const failed = result({
  name: 'two',
  status: 'failed',
  passed: 0,
  interval: [0, 0.8],
  failures: [
    {
      message: 'it was let through',
      runs: 1,
      place,
      lead: { place: { file: 'policies/a.cedar', line: 3, column: 1 }, hint: 'the policy `stop-it` no longer says so' },
    },
  ],
})

function results(cases: readonly CaseResult[]): SuiteResults {
  return { version: 1, digest: 'sha256:0', ok: false, duration: 1, cases }
}

test('SARIF leads to the line of the suite and to the line of the rule.', () => {
  const log = sarifLog(sarifResults(failed), suiteRules, '0') as { runs: { results: Record<string, unknown>[] }[] }
  const location = (uri: string, startLine: number, startColumn: number) => ({
    physicalLocation: { artifactLocation: { uri }, region: { startLine, startColumn } },
  })
  expect(log.runs[0]?.results).toMatchObject([
    {
      ruleId: 'safety',
      level: 'error',
      message: { text: 'two: it was let through' },
      locations: [location('suites/a.yaml', 7, 3)],
      relatedLocations: [location('policies/a.cedar', 3, 1)],
      properties: { tags: ['ASI01'] },
    },
  ])
  expect(sarifResults({ ...failed, severity: 'advisory' })[0]?.level).toBe('warning')
  expect(sarifResults(result({ status: 'error', error: 'stale' }))).toMatchObject([{ level: 'error', message: 'one: stale' }])
  expect(sarifResults(result())).toEqual([])
})

test('JUnit counts failures, errors and what only advises.', () => {
  const xml = junitXml(
    [
      result(),
      failed,
      result({ name: 'three', status: 'error', error: 'stale' }),
      { ...failed, name: 'four', severity: 'advisory' as const },
    ].map(checkOf),
  )
  const parsed = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(xml) as {
    testsuites: { testsuite: Record<string, unknown> }
  }
  expect(parsed.testsuites.testsuite).toMatchObject({ name: 'a', tests: '4', failures: '1', errors: '1', skipped: '1' })
  expect(xml).toContain('policies/a.cedar:3')
})

test('A baseline tells what is worse, better, as bad, new, gone, and what passes with other calls.', () => {
  const flaky = { runs: 40, passed: 40, interval: [0.91, 1] } as const
  const before = results([
    result({ name: 'broke' }),
    { ...failed, name: 'mended' },
    { ...failed, name: 'still' },
    result({ name: 'gone' }),
    result({ name: 'other' }),
    result({ name: 'flaky', ...flaky }),
    result({ name: 'same' }),
  ])
  const now = results([
    { ...failed, name: 'broke' },
    result({ name: 'mended' }),
    { ...failed, name: 'still' },
    result({ name: 'other', calls: [] }),
    result({ name: 'flaky', runs: 40, passed: 24, interval: [0.44, 0.74], required: 0.5 }),
    result({ name: 'same' }),
    result({ name: 'fresh' }),
  ])
  const changes = changesSince(before, now)
  expect(changes.map(({ name, change }) => [name, change])).toEqual([
    ['broke', 'worse'],
    ['mended', 'better'],
    ['still', 'still'],
    ['other', 'calls'],
    ['flaky', 'worse'],
    ['fresh', 'new'],
    ['gone', 'gone'],
  ])
  expect(changesText(changes)).toContain('passed before, failed now: it was let through')
  expect(changes.find(({ name }) => name === 'other')?.detail).toBe('passes, with other calls: mail.send before, none now')
  expect(changesText(changesSince(now, now.cases.some(({ status }) => status === 'failed') ? results([result()]) : now))).toContain(
    'since the baseline',
  )
  expect(changesSince(results([result()]), results([result()]))).toEqual([])
})

const hostile = fc.constantFrom(
  '<script>alert(1)</script>',
  '</details><img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  ']]><!--',
  '\u001b[31mred\u001b[0m\u001b]0;title\u0007',
  'a\r\nb\u2028c',
  '\ud800 half',
  '\u202egnp.exe',
  '[x](javascript:alert(1))',
  '&amp;<b>',
)

test('Whatever agents, tools and suites say is text in every report, and no markup, sign for a terminal or broken XML.', () => {
  fc.assert(
    fc.property(hostile, hostile, hostile, (one, other, third) => {
      const nasty = result({
        suite: one,
        name: other,
        status: 'failed',
        tags: [third],
        error: null,
        failures: [
          {
            message: third,
            runs: 2,
            place: { file: one, line: 1, column: 1 },
            lead: { place: { file: other, line: 1, column: 1 }, hint: third },
          },
        ],
        calls: [{ tool: one, response: 'allow', tier: 'T2', rule: other, through: true }],
      })
      const all = results([nasty, { ...nasty, status: 'error', error: one }])
      const html = suiteHtml(all, changesSince(results([{ ...nasty, status: 'passed' }]), all))
      expect(html).not.toMatch(/<(script|img|svg|b)\b/)
      expect(html).not.toContain('\u001b')
      expect(html).toContain("default-src 'none'")
      const terminal = `${caseText(nasty)}${changesText(changesSince(results([]), all))}`
      expect(terminal.replaceAll(/\u001B\[\d+m/g, '')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/)
      const xml = junitXml(all.cases.map(checkOf))
      new XMLParser({ ignoreAttributes: false }).parse(xml, true)
      expect(xml).not.toContain('\u001b')
      const sarif = JSON.stringify(sarifLog(all.cases.flatMap(sarifResults), suiteRules, '0'))
      expect(
        JSON.parse(sarif)
          .runs[0].results.map(({ message }: { message: { text: string } }) => message.text)
          .join('\n'),
      ).not.toMatch(/[^\\]\]\(javascript/)
      expect(sarif).not.toContain('\\u001b[')
    }),
    { numRuns: 200 },
  )
})
