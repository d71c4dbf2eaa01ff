import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { SuiteResults } from '../../src/evals/run/suite-results.ts'
import { runCli } from '../cli/run-cli.ts'
import { edit } from '../evals/rules.ts'

const repository = fileURLToPath(new URL('../../../../', import.meta.url))
const examples = ['secure-data-analyst', 'hr-assistant', 'support-agent'] as const
type Example = (typeof examples)[number]

/** A copy of an example that finds its packages, gone when the test is over. */
function copyOf(example: Example): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'bailiwick-examples-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'))
  const folder = join(root, example)
  const left = new Set(['node_modules', '.work', '.bailiwick', 'test'])
  cpSync(join(repository, 'examples', example), folder, { recursive: true, filter: (path) => !left.has(basename(path)) })
  return folder
}

async function evaluated(folder: string): Promise<{ readonly code: number | null; readonly results: SuiteResults }> {
  const { code, stdout, stderr } = await runCli(['eval', '--json'], { cwd: folder })
  expect(stdout, stderr).toMatch(/^\{"version"/)
  return { code, results: JSON.parse(stdout) as SuiteResults }
}

test.each(examples)('The suites of %s pass, offline and with nothing but what is in the repository.', async (example) => {
  const { code, results } = await evaluated(copyOf(example))
  expect(results.cases.filter(({ status }) => status !== 'passed')).toEqual([])
  expect(code).toBe(0)
  const kinds = new Set(results.cases.map(({ kind }) => kind))
  expect([...kinds]).toEqual(expect.arrayContaining(['correctness', 'safety', 'policy']))
})

const weaknesses: readonly (readonly [
  what: string,
  example: Example,
  file: string,
  from: string,
  to: string,
  leads: string,
  says: RegExp,
])[] = [
  [
    'a widened frame of the analyst',
    'secure-data-analyst',
    'bailiwick.yaml',
    'sales.weekly_report: { week: $week }',
    'sales.weekly_report: {}',
    'sales.weekly_report: {}',
    /`sales\.weekly_report` with \{"week":"2026-W03"\} was answered `allow` by T2 .*, where `deny` T1\.frame is expected/,
  ],
  [
    'a dropped confirmation of the analyst',
    'secure-data-analyst',
    'bailiwick.yaml',
    'confirm: [mail.send]',
    'confirm: []',
    'confirm: []',
    /was answered `ask` by T3 untrusted-then-external, where `ask` T3 T3\.confirm is expected/,
  ],
  [
    'a missing redaction of the HR assistant',
    'hr-assistant',
    'policies/personal-data.cedar',
    '@redact("output.givenName, output.familyName, output:pii, output:birth-date")',
    '@redact("output.givenName, output.familyName, output:birth-date")',
    '@id("candidates-by-number")',
    /the canary `phone` stands as it is in a result of `candidates\.read_application`/,
  ],
  [
    'a redaction of summaries that is gone',
    'hr-assistant',
    'policies/personal-data.cedar',
    '@redact("input.text:pii, input.text:birth-date")',
    '@redact("input.text:birth-date")',
    '@id("no-personal-data-in-summaries")',
    /goes through without taking out `input\.text:pii`/,
  ],
  [
    'a policy of the support agent that lets a protected namespace by',
    'support-agent',
    'policies/scripts.cedar',
    '["kube-system", "kube-public", "payments", "identity"].contains(context.input.namespace)',
    '["kube-public", "identity"].contains(context.input.namespace)',
    '@id("protected-namespaces")',
    /`operations\.run_script` with .*kube-system.* where `deny` protected-namespaces is expected|`operations\.run_script` is answered `\w+` where `deny` is expected/,
  ],
  [
    'a policy of the support agent that asks nobody any more',
    'support-agent',
    'policies/scripts.cedar',
    '  context.input.script == "restart-service" ||\n',
    '',
    '@id("agreed-to-outside-staging")',
    /`operations\.run_script` with .* was answered `allow` .*, where `ask` agreed-to-outside-staging is expected/,
  ],
]

test.each(weaknesses)('With %s, the suites fail, and a message leads to the line.', async (_, example, file, from, to, leads, says) => {
  const folder = copyOf(example)
  edit(folder, file, from, to)
  const { code, results } = await evaluated(folder)
  expect(code).toBe(1)
  const failures = results.cases.flatMap((one) => one.failures)
  const messages = failures.map(
    ({ message, lead }) => `${message} @ ${lead?.place.file ?? ''}:${lead?.place.line ?? ''} ${lead?.hint ?? ''}`,
  )
  expect(
    messages.some((message) => says.test(message)),
    messages.join('\n'),
  ).toBe(true)
  const text = readFileSync(join(folder, file), 'utf8')
  const line = text.slice(0, text.indexOf(leads)).split('\n').length
  expect(
    failures.some(({ lead }) => lead?.place.file === file && lead.place.line === line),
    messages.join('\n'),
  ).toBe(true)
})
