import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { formatNoteKey, noteKey } from '@bailiwick/tlog'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { openInstallation } from '../../src/cli/installation.ts'
import { listenOnLoopback } from '../../src/enforce/mcp/loopback.ts'
import { runningWitness } from '../ledger/running-witness.ts'
import type { RunningWitness } from '../ledger/running-witness.ts'
import { folderWith, runCli } from './run-cli.ts'
import { installationFiles } from './written-manifest.ts'

interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  readonly mend: string | null
}

let cwd = ''
let key = ''

beforeEach(async () => {
  cwd = folderWith(installationFiles)
  key = await use()
})

/** Opens the installation as a gateway does, has something recorded `times` times, and closes it. Resolves with the ledger's key. */
async function use(times = 0): Promise<string> {
  const { runtime, ledgerKey, close } = await openInstallation({ manifest: join(cwd, 'bailiwick.yaml'), state: null }, () => {})
  for (let round = 0; round < times; round++)
    await runtime.ledger.append({ type: 'event', event: 'upstream', session: null, subject: 'x', detail: 'x' })
  await close()
  return ledgerKey
}

function namePolicy(): void {
  appendFileSync(join(cwd, 'bailiwick.yaml'), 'ledger: { policy: trust.policy }\n')
}

function write(...lines: readonly string[]): void {
  writeFileSync(join(cwd, 'trust.policy'), `${lines.join('\n')}\n`)
}

/** The checks of the witnesses, by name. */
async function doctor(...args: readonly string[]): Promise<Readonly<Record<string, Check>>> {
  const { stdout } = await runCli(['doctor', '--json', ...args], { cwd })
  const { checks } = JSON.parse(stdout) as { checks: Check[] }
  return Object.fromEntries(checks.filter((check) => /^(trust policy|quorum|witness)/.test(check.name)).map((check) => [check.name, check]))
}

test('Without a trust policy the doctor says what is not detected, and nothing fails.', async () => {
  expect(await doctor('--offline')).toEqual({
    witnesses: {
      name: 'witnesses',
      ok: true,
      detail: expect.stringMatching(/^none, .*taken away with the heads.*is then not detected$/),
      mend: null,
    },
  })
})

test('The doctor tells how far each witness has come, and leaves all of them as they were.', async () => {
  const [one, late] = [await runningWitness('one', 1, key), await runningWitness('late', 2, key)]
  write(`log ${key}`, one.line, late.line, 'group all-of-them all one late', 'quorum all-of-them')
  namePolicy()
  const fresh = await doctor()
  expect(Object.values(fresh).filter(({ ok }) => !ok)).toEqual([])
  expect(fresh['quorum']?.detail).toBe('can be met; 2 of 2 witnesses are asked')
  expect(fresh['witness one']?.detail).toBe('follows this ledger, and has cosigned nothing of it yet')
  expect(await one.size()).toBe(0)

  await use(3)
  const seen = await late.size()
  await late.close()
  await use(4)
  await late.open()
  const entries = await one.size()
  expect(seen).toBeLessThan(entries)
  const cosigned = await doctor()
  expect(cosigned['witness one']).toMatchObject({
    ok: true,
    detail: expect.stringMatching(`^has cosigned ${entries} of ${entries} entries, \\d+ s ago$`),
  })
  expect(cosigned['witness late']).toMatchObject({
    ok: true,
    detail: expect.stringMatching(`^has cosigned ${seen} of ${entries} entries, \\d+ s ago$`),
  })
  expect([await one.size(), await late.size()]).toEqual([entries, seen])
})

test('A witness that is away, does not follow the ledger, has cosigned more than there is or other entries fails with words that say so; offline nobody is asked.', async () => {
  const [one, two] = [await runningWitness('one', 1, key), await runningWitness('two', 2, key)]
  const [away, other] = [await runningWitness('away', 3, key), await runningWitness('stranger', 4, anotherKey('x.example/ledger'))]
  const answer = { status: 409, headers: { 'content-type': 'text/x.tlog.size' } }
  let heads = 0
  const denying = await listenOnLoopback(createAdaptorServer({ fetch: () => new Response(`${heads}\n`, answer) }), 0)
  onTestFinished(() => denying.close())
  await away.close()
  write(`log ${key}`, one.line, 'quorum one')
  namePolicy()
  await use()
  cpSync(join(cwd, '.bailiwick'), join(cwd, 'yesterday'), { recursive: true })
  const before = await one.size()
  await use(5)
  const after = await one.size()
  for (const file of readdirSync(join(cwd, '.bailiwick')).filter((name) => name.startsWith('bailiwick.db')))
    rmSync(join(cwd, '.bailiwick', file))
  cpSync(join(cwd, 'yesterday'), join(cwd, '.bailiwick'), { recursive: true })
  heads = before
  write(`log ${key}`, one.line, two.line.replace(/http:\S+/, denying.origin), away.line, other.line, 'quorum one')
  const found = await doctor()
  expect(found['witness one']).toMatchObject({
    ok: false,
    detail: `it has cosigned ${after} entries, and there are ${before}: the end of the ledger was taken away since`,
    mend: expect.stringContaining('restore the newest copy'),
  })
  expect(found['witness two']).toMatchObject({
    ok: false,
    detail: `it has cosigned ${before} entries that are not the first ${before} of this ledger: it was rewritten since`,
  })
  expect(found['witness away']).toMatchObject({ ok: false, detail: expect.stringContaining('gave no answer') })
  expect(found['witness stranger']).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/^does not follow this ledger \(status 404/),
    mend: expect.stringContaining(key),
  })
  expect([await one.size(), await two.size(), await other.size()]).toEqual([after, 0, 0])
  expect(Object.keys(await doctor('--offline'))).toEqual(['trust policy', 'quorum'])
})

test('A trust policy that is not there, is none, names no log or another, or a quorum that nobody makes, fails with what to put in.', async () => {
  namePolicy()
  expect(await doctor()).toMatchObject({ 'trust policy': { ok: false, detail: expect.stringContaining('is not there') } })
  write('witness', 'quorum none')
  expect(await doctor()).toMatchObject({ 'trust policy': { ok: false, detail: expect.stringContaining('line 1 of the policy') } })
  write(`log ${anotherKey('corp.example/ledger')}`, 'quorum none')
  expect(await doctor()).toMatchObject({
    'trust policy': { ok: false, detail: expect.stringContaining('about another ledger'), mend: `put \`log ${key}\` into it` },
    quorum: { ok: true, detail: expect.stringContaining('no witness is asked') },
  })
  const [one]: RunningWitness[] = [await runningWitness('one', 1, key)]
  write(one?.line.replace(/ http:\S+/, '') ?? '', 'quorum one')
  expect(await doctor()).toEqual({
    'trust policy': expect.objectContaining({
      ok: false,
      detail: expect.stringContaining('names no log'),
      mend: `put \`log ${key}\` into it`,
    }),
    quorum: expect.objectContaining({ ok: false, detail: 'cannot be met\n`one` is not asked: no URL is given of it' }),
  })
})

test('Where nothing was recorded yet, witnesses are not asked, and nothing is made.', async () => {
  const one = await runningWitness('one', 1, key)
  cwd = folderWith(installationFiles)
  namePolicy()
  write(`log ${key}`, one.line, 'quorum one')
  const before = readdirSync(cwd)
  expect(await doctor()).toMatchObject({
    'trust policy': { ok: true },
    'witness one': { ok: true, detail: 'is asked once there is a ledger; the first session makes it' },
  })
  expect(readdirSync(cwd)).toEqual(before)
})

test.each([
  [null, /^the policy `.*trust\.policy` is not there$/],
  ['log x\nquorum none\n', /^the policy `.*trust\.policy` cannot be used: line 1 of the policy: /],
  [`# ours\nquorum all\n`, /line 2 of the policy: `all` is not defined/],
])('`check` finds a trust policy that cannot be used, at its place in the manifest.', async (text, message) => {
  namePolicy()
  if (text !== null) writeFileSync(join(cwd, 'trust.policy'), text)
  const { code, stdout } = await runCli(['check', '--json'], { cwd })
  const line = readFileSync(join(cwd, 'bailiwick.yaml'), 'utf8').trimEnd().split('\n').length
  expect([code, JSON.parse(stdout)]).toMatchObject([
    2,
    {
      ok: false,
      diagnostics: [
        { code: 'LEDGER_POLICY', severity: 'error', file: 'bailiwick.yaml', line, column: 19, message: expect.stringMatching(message) },
      ],
    },
  ])
  const shown = await runCli(['check'], { cwd })
  expect(shown.stderr).toContain(`bailiwick.yaml:${line}:19`)
  write('quorum none')
  expect((await runCli(['check'], { cwd })).code).toBe(0)
})

function anotherKey(origin: string): string {
  return formatNoteKey(noteKey(origin, 1, new Uint8Array(32).fill(9)))
}
