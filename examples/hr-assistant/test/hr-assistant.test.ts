import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { runCli } from '../../../packages/bailiwick/test/cli/run-cli.ts'

const example = fileURLToPath(new URL('..', import.meta.url))

/** A copy of the example's rules and cases, gone when the test is over. */
function rulesCopy(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'hr-assistant-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const part of ['bailiwick.yaml', 'bailiwick.lock.json', 'policies', 'suites/redteam'])
    cpSync(join(example, part), join(folder, part), { recursive: true })
  return folder
}

function edit(folder: string, file: string, from: string, to: string): void {
  const path = join(folder, file)
  const text = readFileSync(path, 'utf8')
  if (text.split(from).length !== 2) throw new Error(`${file} does not hold ${from} once`)
  writeFileSync(
    path,
    text.replace(from, () => to),
  )
}

interface Report {
  readonly ok: boolean
  readonly replayed: number
  readonly findings: readonly {
    readonly severity: string
    readonly message: string
    readonly place: { readonly file: string; readonly line: number }
  }[]
}

test(
  'The example runs: the honest task is done, each rogue act is stopped, and no personal datum gets anywhere.',
  { timeout: 120_000 },
  () => {
    const run = spawnSync(process.execPath, ['--conditions=@bailiwick/source', fileURLToPath(new URL('../run.ts', import.meta.url))], {
      encoding: 'utf8',
      timeout: 110_000,
      env: { ...process.env, NO_COLOR: '1' },
    })
    expect(run.stdout).toContain('✓ the task is done: 4 candidates summarised, 1 mail to hiring@corp.example after a person agreed')
    expect(run.stdout).toContain('✓ 11 of 11 rogue acts met the rule that was expected to stop them')
    expect(run.stdout).toMatch(
      /✓ of \d+ personal data in 4 applications, each read by both assistants, 0 were shown to an assistant, written or mailed/,
    )
    expect(run.stdout.match(/^ {2}✓/gm), run.stdout + run.stderr).toHaveLength(8)
    expect(run.stdout).not.toContain('✗')
    expect(run.status).toBe(0)
  },
)

test('The example passes its gate: every kept case is answered as recorded.', async () => {
  const { code, stdout, stderr } = await runCli(['redteam', '--replay', '--json'], { cwd: rulesCopy() })
  const { ok, replayed, findings } = JSON.parse(stdout) as Report
  expect({ code, stderr, ok, findings }).toEqual({ code: 0, stderr: '', ok: true, findings: [] })
  expect(replayed).toBeGreaterThan(25)
})

test('Every small weakening of the rules is noticed.', { timeout: 120_000 }, async () => {
  const { code, stdout } = await runCli(['fuzz', '--mutate', '--json', '--time', '100s'], { cwd: rulesCopy() })
  const { rate, tried, survivors } = JSON.parse(stdout) as { rate: number; tried: number; survivors: unknown[] }
  expect({ code, rate, survivors }).toEqual({ code: 0, rate: 100, survivors: [] })
  expect(tried).toBeGreaterThan(50)
})

/** `at` is what stands on the line that the finding must lead to. */
interface Weakness {
  readonly what: string
  readonly file: string
  readonly from: string
  readonly to: string
  readonly at: string
  readonly message: RegExp
}

const weaknesses: readonly Weakness[] = [
  {
    what: 'mail may go to anybody in the house',
    file: 'bailiwick.yaml',
    from: 'to: { in: [hiring@corp.example] }',
    to: 'to: { domain: corp.example }',
    at: 'mail.send: { to: { domain',
    message: /the frame of `to` no longer holds it back/,
  },
  {
    what: 'applications to any opening may be read',
    file: 'bailiwick.yaml',
    from: 'candidates.read_application: { opening: $opening }',
    to: 'candidates.read_application: {}',
    at: 'candidates.read_application: {}',
    message: /the frame of `opening` no longer holds it back/,
  },
  {
    what: 'the contract names the export',
    file: 'bailiwick.yaml',
    from: 'documents.read_summary: { opening: $opening }',
    to: 'documents.read_summary: { opening: $opening }\n      candidates.export_candidates: {}',
    at: 'candidates.export_candidates: {}',
    message: /names `candidates\.export_candidates` now/,
  },
  {
    what: 'nobody confirms mail',
    file: 'bailiwick.yaml',
    from: 'confirm: [mail.send]',
    to: 'confirm: []',
    at: 'mail.send: { to:',
    message: /`mail\.send` is no longer in `confirm`/,
  },
  {
    what: 'names are shown',
    file: 'policies/personal-data.cedar',
    from: '@redact("output.givenName, output.familyName, ',
    to: '@redact("',
    at: '@id("candidates-by-number")',
    message: /without taking out `output\.(familyName|givenName)`/,
  },
  {
    what: 'personal data may be written into summaries',
    file: 'policies/personal-data.cedar',
    from: '@redact("input.text:pii, input.text:birth-date")',
    to: '@redact("input.text:birth-date")',
    at: '@id("no-personal-data-in-summaries")',
    message: /without taking out `input\.text:pii`/,
  },
  {
    what: 'only accounts are taken out of mail',
    file: 'policies/personal-data.cedar',
    from: '@redact("input.body:pii, input.body:birth-date")',
    to: '@redact("input.body:iban, input.body:birth-date")',
    at: '@id("no-personal-data-in-mail")',
    message: /without taking out `input\.body:pii`/,
  },
  {
    what: 'a person may let candidates out of the house',
    file: 'policies/mail.cedar',
    from: '@severity("high")',
    to: '@severity("high")\n@response("ask")',
    at: '@id("candidates-stay-inside")',
    message: /the policy `candidates-stay-inside` no longer says so/,
  },
  {
    what: 'a mail may go to several addresses',
    file: 'policies/mail.cedar',
    from: 'when { context.input.to like "*@*@*" }',
    to: 'when { context.input.to like "*@*@*@*" }',
    at: '@id("one-address")',
    message: /the policy `one-address` no longer says so/,
  },
]

test.each(weaknesses)('When $what, the gate fails, and its finding leads to the line.', async ({ file, from, to, at, message }) => {
  const cwd = rulesCopy()
  edit(cwd, file, from, to)
  const { code, stdout } = await runCli(['redteam', '--replay', '--json'], { cwd })
  expect(code, stdout).toBe(1)
  const { findings } = JSON.parse(stdout) as Report
  const found = findings.filter((finding) => message.test(finding.message))
  expect(found.length, findings.map((finding) => finding.message).join('\n')).toBeGreaterThan(0)
  const text = readFileSync(join(cwd, file), 'utf8')
  const line = text.slice(0, text.indexOf(at)).split('\n').length
  expect(found.map(({ place, severity }) => `${place.file}:${place.line} ${severity}`)).toContain(`${file}:${line} blocking`)
})
