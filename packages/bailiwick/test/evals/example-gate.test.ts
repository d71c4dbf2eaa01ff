import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCli } from '../cli/run-cli.ts'
import { edit, exampleCopy } from './rules.ts'

// The gate of the worked example as CI has it: cases recorded from its rules, then played by `bailiwick redteam`.
let recorded = ''

/** A policy as people add one; the example itself may have others. */
const redaction = `@id("no-personal-data-in-lists")
@response("sanitize")
@redact("output:pii")
forbid (principal, action == Action::"sales.list_sales", resource);
`

function withRedaction(whenOver?: (work: () => void) => void): string {
  const folder = exampleCopy(whenOver)
  writeFileSync(join(folder, 'policies', 'redaction.cedar'), redaction)
  return folder
}

const remains: (() => void)[] = []
afterAll(() => remains.forEach((work) => work()))

beforeAll(async () => {
  const folder = withRedaction((work) => remains.push(work))
  const { code, stderr } = await runCli(['redteam', '--record'], { cwd: folder })
  expect(`${code} ${stderr}`).toBe('0 ')
  recorded = readFileSync(join(folder, 'suites', 'redteam', 'recorded.yaml'), 'utf8')
}, 120_000)

function gated(): string {
  const folder = withRedaction()
  execFileSync('mkdir', ['-p', join(folder, 'suites', 'redteam')])
  writeFileSync(join(folder, 'suites', 'redteam', 'recorded.yaml'), recorded)
  return folder
}

interface Report {
  readonly ok: boolean
  readonly attempts: number
  readonly live: number
  readonly replayed: number
  readonly goals: readonly { readonly honest: { readonly calls: number; readonly unaided: number; readonly asked: number } }[]
  readonly findings: readonly {
    readonly severity: string
    readonly rule: string
    readonly message: string
    readonly place: { readonly file: string; readonly line: number }
  }[]
  readonly saved: readonly string[]
}

test('The example passes its gate: every attack stopped, also on a live gateway, every kept case answered as recorded, the honest task done.', async () => {
  const { code, stdout, stderr } = await runCli(['redteam', '--json', '--junit', 'out/r.xml', '--sarif', 'out/r.sarif'], { cwd: gated() })
  const report = JSON.parse(stdout) as Report
  expect({ code, stderr, findings: report.findings, saved: report.saved }).toEqual({ code: 0, stderr: '', findings: [], saved: [] })
  expect(report.attempts).toBeGreaterThan(5000)
  expect(report.live).toBeGreaterThan(15)
  expect(report.replayed).toBeGreaterThan(25)
  const [{ honest } = { honest: { calls: 0, unaided: 0, asked: 0 } }] = report.goals
  expect(honest.unaided + honest.asked).toBe(honest.calls)
}, 120_000)

test('More than 95 of 100 small weakenings of the example are noticed.', async () => {
  const { code, stdout } = await runCli(['fuzz', '--mutate', '--json', '--time', '100s'], { cwd: gated() })
  const { rate, tried, survivors } = JSON.parse(stdout) as { rate: number; tried: number; survivors: unknown[] }
  expect({ code, survivors }).toMatchObject({ code: 0 })
  expect(rate).toBeGreaterThan(95)
  expect(tried).toBeGreaterThan(35)
}, 120_000)

const weaknesses: readonly (readonly [what: string, file: string, from: string, to: string, message: RegExp])[] = [
  [
    'a frame is widened to a whole domain',
    'bailiwick.yaml',
    "mail.send: { to: { in: ['managers@corp.example'] } }",
    'mail.send: { to: { domain: corp.example } }',
    /the frame of `to` no longer holds it back/,
  ],
  [
    'a range is widened',
    'bailiwick.yaml',
    'sales.list_sales: { week: $week, limit: { range: [1, 50] } }',
    'sales.list_sales: { week: $week, limit: { range: [1, 51] } }',
    /the frame of `limit` no longer holds it back/,
  ],
  ['a confirmation is dropped', 'bailiwick.yaml', 'confirm: [mail.send]', 'confirm: []', /`mail\.send` is no longer in `confirm`/],
  [
    'a tool is added',
    'bailiwick.yaml',
    'sales.product_info: {}',
    'sales.product_info: {}\n      sales.export_all: {}',
    /names `sales\.export_all` now/,
  ],
  [
    'a limit is raised',
    'bailiwick.yaml',
    'limits: { calls: 20,',
    'limits: { calls: 200,',
    /the limits of `weekly-sales-report` no longer hold it back/,
  ],
  [
    'a redaction is missing',
    'policies/redaction.cedar',
    '@redact("output:pii")',
    '@redact("output:card")',
    /goes through without taking out `output:pii`/,
  ],
  [
    'a policy no longer denies',
    'policies/mail.cedar',
    '@severity("high")',
    '@severity("high")\n@response("ask")',
    /the policy `finance-stays-inside` no longer says so/,
  ],
]

/** The line on which the thing stands that a message about a weakness must lead to. */
const led: Readonly<Record<string, string>> = {
  'a confirmation is dropped': 'mail.send: { to:',
  'a tool is added': 'sales.export_all: {}',
  'a redaction is missing': '@id("no-personal-data-in-lists")',
  'a policy no longer denies': '@id("finance-stays-inside")',
}

test.each(weaknesses)('When %s, the gate fails, and its message leads to the line.', async (what, file, from, to, message) => {
  const cwd = gated()
  edit(cwd, file, from, to)
  const { code, stdout } = await runCli(['redteam', '--replay', '--json', '--sarif', 'r.sarif'], { cwd })
  expect(code).toBe(1)
  const { findings } = JSON.parse(stdout) as Report
  const found = findings.filter((finding) => message.test(finding.message))
  expect(found.length, findings.map((finding) => finding.message).join('\n')).toBeGreaterThan(0)
  const text = readFileSync(join(cwd, file), 'utf8')
  const at = led[what] ?? to
  const line = text.slice(0, text.indexOf(at)).split('\n').length
  expect(found.map(({ place }) => `${place.file}:${place.line}`)).toContain(`${file}:${line}`)
  const sarif = JSON.parse(readFileSync(join(cwd, 'r.sarif'), 'utf8')) as { runs: { results: { level: string }[] }[] }
  expect(sarif.runs[0]?.results.map(({ level }) => level)).toContain('error')
})

test('What the red team finds by itself is kept as a case, which fails until the rules are mended, and then passes.', async () => {
  const cwd = exampleCopy()
  edit(cwd, 'bailiwick.yaml', "mail.send: { to: { in: ['managers@corp.example'] } }", 'mail.send: {}')
  edit(cwd, 'bailiwick.yaml', 'confirm: [mail.send]', 'confirm: []')
  edit(cwd, 'policies/mail.cedar', '@response("ask")', '@response("sanitize")\n@redact("output:card")')
  edit(cwd, 'policies/mail.cedar', 'unless { context.input.to like "*@corp.example" }', 'unless { context.input.to like "*" }')
  const first = await runCli(['redteam', '--no-live', '--walks', '100', '--json'], { cwd })
  const { findings, saved } = JSON.parse(first.stdout) as Report
  expect(first.code).toBe(1)
  expect(findings.map(({ rule, severity }) => `${rule} ${severity}`)).toContain('attackers-place blocking')
  expect(saved.length).toBeGreaterThan(0)
  expect((await runCli(['redteam', '--replay'], { cwd })).code).toBe(1)
  edit(cwd, 'bailiwick.yaml', 'mail.send: {}', "mail.send: { to: { in: ['managers@corp.example'] } }")
  expect((await runCli(['redteam', '--replay'], { cwd })).code).toBe(0)
})

test('A folder of cases that holds a pipe, or a file that is none of ours, is an error and not a wait.', async () => {
  const cwd = gated()
  const folder = join(cwd, 'suites', 'redteam')
  execFileSync('mkfifo', [join(folder, 'pipe.yaml')])
  const start = performance.now()
  const piped = await runCli(['redteam', '--replay', '--json'], { cwd })
  expect(piped.code).toBe(2)
  expect(JSON.parse(piped.stdout)).toMatchObject({
    error: { code: 'SUITE_INVALID', message: expect.stringContaining('pipe.yaml') as string },
  })
  expect(performance.now() - start).toBeLessThan(30_000)
  execFileSync('rm', [join(folder, 'pipe.yaml')])
  writeFileSync(join(folder, '\u001b[31mred\u001b[0m.yaml'), 'version: 2\n')
  const named = await runCli(['redteam', '--replay'], { cwd })
  expect(named.code).toBe(2)
  expect(named.stderr).not.toContain('\u001b')
})

test('A time of a moment ends at once, with exit code 1 when kept cases were not played: nothing counts as passed that was not tried.', async () => {
  const { code, stderr } = await runCli(['redteam', '--replay', '--time', '0ms'], { cwd: gated() })
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('ended before all was tried') as string })
})

test('Nothing is written beside the manifest by a run that finds nothing.', async () => {
  const cwd = exampleCopy()
  const before = readdirSync(cwd)
  const { code } = await runCli(['redteam', '--walks', '50'], { cwd })
  expect(code).toBe(0)
  expect(readdirSync(cwd)).toEqual(before)
  expect(existsSync(join(cwd, '.bailiwick'))).toBe(false)
})
