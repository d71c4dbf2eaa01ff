import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runCli } from '../../../packages/bailiwick/test/cli/run-cli.ts'
import { exampleCopy, weaken } from './example-copy.ts'

interface Report {
  readonly replayed: number
  readonly findings: readonly { readonly message: string; readonly place: { readonly file: string; readonly line: number } }[]
}

test(
  'The example runs: the honest agent closes its ticket, and of what the hijacked one tries nothing happens, seen from outside.',
  { timeout: 180_000 },
  () => {
    const run = spawnSync(process.execPath, ['--conditions=@bailiwick/source', fileURLToPath(new URL('../run.ts', import.meta.url))], {
      encoding: 'utf8',
      timeout: 170_000,
      env: { ...process.env, NO_COLOR: '1' },
    })
    const said = run.stdout + run.stderr
    expect(said).not.toContain('✗')
    expect(run.stdout.match(/^ {2}✓ /gm), said).toHaveLength(8)
    expect(said).toContain('14 of 14 rogue acts were denied, each by the rule that was expected to; one was put before a person')
    expect(said).toContain('of all scripts and commands 1 ran: restart-service checkout storefront')
    expect(said).toContain('gave it away in a result; agent and ledger saw [secret]')
    expect(run.status, said).toBe(0)
  },
)

test('With a model behind it, what the agent asks of the model is on record beside what it calls.', { timeout: 180_000 }, () => {
  const run = spawnSync(process.execPath, ['--conditions=@bailiwick/source', fileURLToPath(new URL('../recorded.ts', import.meta.url))], {
    encoding: 'utf8',
    timeout: 170_000,
    env: { ...process.env, NO_COLOR: '1' },
  })
  const said = run.stdout + run.stderr
  expect(said).not.toContain('✗')
  expect(run.stdout.match(/^ {2}✓ /gm), said).toHaveLength(6)
  expect(said).toContain('model  ok stand-in-2026-01-01, 100 + 10 tokens, wants tickets__read_ticket')
  expect(run.status, said).toBe(0)
})

test('The gate passes: every kept case is answered as it is to be, and the red team finds nothing.', async () => {
  const { code, stdout, stderr } = await runCli(['redteam', '--json'], { cwd: exampleCopy() })
  const { findings, replayed } = JSON.parse(stdout) as Report
  expect({ code, stderr, findings }).toEqual({ code: 0, stderr: '', findings: [] })
  expect(replayed).toBeGreaterThan(40)
})

test('Every small weakening of the rules is noticed.', async () => {
  const { code, stdout } = await runCli(['fuzz', '--mutate', '--json', '--time', '100s'], { cwd: exampleCopy() })
  const { rate, tried, survivors } = JSON.parse(stdout) as { rate: number; tried: number; survivors: unknown[] }
  expect({ code, rate, survivors }).toEqual({ code: 0, rate: 100, survivors: [] })
  expect(tried).toBeGreaterThan(100)
}, 120_000)

test('No attack path is open.', async () => {
  const { code, stdout } = await runCli(['threats', '--fail-on', 'open'], { cwd: exampleCopy() })
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('8 attacks: 0 open, 3 need a person, 5 cut') as string })
})

const scripts = 'policies/scripts.cedar'

interface Weakness {
  readonly file: string
  readonly from: string
  readonly to: string
  /** What stands on the line that the finding is to lead to. */
  readonly at: string
  readonly message: RegExp
}

const weaknesses: Readonly<Record<string, Weakness>> = {
  'the frame of the arguments is widened': {
    file: 'bailiwick.yaml',
    from: "arguments: { in: [checkout, search, page-cache, session-cache, '--since=1h', '--since=24h'] }",
    to: "arguments: { pattern: '.*' }",
    at: 'arguments: { pattern',
    message: /the frame of `arguments` no longer holds it back/,
  },
  'a script is added': {
    file: 'bailiwick.yaml',
    from: 'script: { in: [restart-service, clear-cache, collect-logs] }',
    to: 'script: { in: [restart-service, clear-cache, collect-logs, wipe-volume] }',
    at: 'script: { in: ',
    message: /the frame of `script` no longer holds it back/,
  },
  'namespaces may be spelled in capitals': {
    file: 'bailiwick.yaml',
    from: "\n        namespace: { pattern: '[a-z][-a-z0-9]{0,62}' }",
    to: "\n        namespace: { pattern: '[A-Za-z][-A-Za-z0-9]{0,62}' }",
    at: "namespace: { pattern: '[A-Z",
    message: /the frame of `namespace` no longer holds it back/,
  },
  'a tool is added': {
    file: 'bailiwick.yaml',
    from: 'tickets.close: { ticket: $ticket }\n',
    to: 'tickets.close: { ticket: $ticket }\n      operations.run_command: {}\n',
    at: 'operations.run_command: {}',
    message: /names `operations\.run_command` now/,
  },
  'a confirmation is dropped': {
    file: 'bailiwick.yaml',
    from: 'confirm: [tickets.close]',
    to: 'confirm: []',
    at: 'tickets.close: { ticket',
    message: /`tickets\.close` is no longer in `confirm`/,
  },
  'the rate of scripts is raised': {
    file: 'bailiwick.yaml',
    from: 'operations.run_script: 3/1h',
    to: 'operations.run_script: 30/1h',
    at: 'limits: {',
    message: /the limits of `resolve-ticket` no longer hold it back/,
  },
  'a namespace is protected no longer': {
    file: scripts,
    from: '"payments", ',
    to: '',
    at: '@id("protected-namespaces")',
    message: /the policy `protected-namespaces` no longer says so/,
  },
  'a restart takes any service': {
    file: scripts,
    from: '["checkout", "search"].containsAll',
    to: '["checkout", "search"].containsAny',
    at: '@id("restart-listed-services")',
    message: /the policy `restart-listed-services` no longer says so/,
  },
  'a policy no longer denies': {
    file: scripts,
    from: '@control("ASI01")',
    to: '@response("ask")\n@control("ASI01")',
    at: '@id("only-where-something-is-wrong")',
    message: /the policy `only-where-something-is-wrong` no longer says so/,
  },
  'no person is asked for restarts outside of staging': {
    file: scripts,
    from: 'context.input.namespace like "*-staging"',
    to: 'context.input.namespace like "*"',
    at: '@id("agreed-to-outside-staging")',
    message: /the policy `agreed-to-outside-staging` no longer says so/,
  },
}

test.each(Object.keys(weaknesses))('When %s, the gate fails, and its message leads to the line.', async (what) => {
  const { file, from, to, at, message } = weaknesses[what] as Weakness
  const cwd = exampleCopy()
  const line = weaken(cwd, file, from, to, at)
  const { code, stdout } = await runCli(['redteam', '--replay', '--json'], { cwd })
  const { findings } = JSON.parse(stdout) as Report
  expect(code).toBe(1)
  const found = findings.filter((finding) => message.test(finding.message))
  expect(found.length, findings.map((finding) => finding.message).join('\n')).toBeGreaterThan(0)
  expect(found.map(({ place }) => `${place.file}:${place.line}`)).toContain(`${file}:${line}`)
})
