import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { textsAtRevision } from '../../src/cli/threats/sources-at-revision.ts'
import { formatLock } from '../../src/model/lock.ts'
import { pinOf } from '../../src/model/pin.ts'
import { takes, trifecta } from '../assess/threat-rules.ts'
import { folderWith, runCli } from './run-cli.ts'

interface Change {
  readonly threat: { readonly kind: string; readonly verdict: string; readonly tools: readonly string[] }
  readonly was: string | null
  readonly now: string | null
}
interface Result {
  readonly threats: readonly {
    readonly kind: string
    readonly severity: string
    readonly verdict: string
    readonly remedy: { readonly text: string } | null
  }[]
  readonly changes: { readonly opened: readonly Change[]; readonly closed: readonly Change[]; readonly unchanged: readonly Change[] } | null
}

const definition = (name: string): { name: string; inputSchema: ReturnType<typeof takes> } => ({
  name,
  inputSchema: trifecta.schemas?.[Object.keys(trifecta.schemas).find((key) => key.endsWith(`.${name}`)) ?? ''] as ReturnType<typeof takes>,
})
const [read, customer, send] = [definition('read'), definition('customer'), definition('send')]
const manifest = trifecta.manifest
  .trimStart()
  .replace('labels: [untrusted] }', `labels: [untrusted], pin: ${pinOf(read)} }`)
  .replace('labels: [pii] }', `labels: [pii], pin: ${pinOf(customer)} }`)
  .replace('body: content } }', `body: content }, pin: ${pinOf(send)} }`)
const files = {
  'bailiwick.yaml': manifest,
  'bailiwick.lock.json': formatLock({ version: 1, toolboxes: { inbox: { read }, crm: { customer }, mail: { send } } }),
}

function git(cwd: string, ...args: readonly string[]): void {
  const run = spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@corp.example', ...args], {
    cwd,
    encoding: 'utf8',
    timeout: 20_000,
  })
  if (run.status !== 0) throw new Error(run.stderr)
}

const threats = async (cwd: string, ...args: readonly string[]): Promise<Result & { readonly code: number | null }> => {
  const { code, stdout } = await runCli(['threats', '--json', ...args], { cwd })
  return { ...(JSON.parse(stdout) as Result), code }
}

test('Open attacks are shown with the change that stops them, and `--fail-on open` exits with 1 until it is made.', async () => {
  const cwd = folderWith(files)
  const { code, stdout } = await runCli(['threats', '--fail-on', 'open', '--severity', 'high', '--svg', 'g.svg', '--sarif', 'r.sarif'], {
    cwd,
  })
  expect(code).toBe(1)
  expect(stdout).toMatch(/^open {5}high {6}trifecta ASI01 ASI02 {2}assistant {2}crm\.customer → mail\.send/m)
  expect(stdout).toContain('forbid (principal == Agent::"assistant", action == Action::"mail.send", resource)')
  expect(readFileSync(join(cwd, 'g.svg'), 'utf8')).toMatch(/^<svg /)
  expect(JSON.parse(readFileSync(join(cwd, 'r.sarif'), 'utf8'))).toMatchObject({ version: '2.1.0' })
  const remedy = (await threats(cwd)).threats.find(({ kind }) => kind === 'trifecta')?.remedy?.text ?? ''
  const mended = folderWith({ ...files, 'policies/threats.cedar': remedy })
  expect((await threats(mended, '--fail-on', 'open', '--severity', 'high')).code).toBe(0)
})

test('`--since` tells what a new tool opened and a new policy closed, between two commits.', async () => {
  const cwd = folderWith({ ...files, 'bailiwick.yaml': manifest.replace('      mail.send: {}\n', '') })
  git(cwd, 'init', '-q', '-b', 'main')
  git(cwd, 'add', '.')
  git(cwd, 'commit', '-qm', 'without mail')
  writeFileSync(join(cwd, 'bailiwick.yaml'), manifest)
  const opened = await threats(cwd, '--since', 'HEAD', '--fail-on', 'open')
  expect(opened.code).toBe(1)
  expect(opened.changes?.opened.map(({ threat, was, now }) => [threat.kind, was, now])).toContainEqual(['trifecta', null, 'open'])
  git(cwd, 'commit', '-qam', 'with mail')
  git(cwd, 'tag', 'v1')
  const unchanged = await threats(cwd, '--since', 'v1', '--fail-on', 'open')
  expect([unchanged.code, unchanged.changes?.opened, unchanged.changes?.closed]).toEqual([0, [], []])
  writeFileSync(join(cwd, 'bailiwick.yaml'), manifest.replace('      crm.customer: {}\n', ''))
  const closed = await threats(cwd, '--since', 'v1')
  expect(closed.changes?.closed.map(({ threat, was, now }) => [threat.kind, was, now])).toContainEqual(['trifecta', 'open', null])
  writeFileSync(join(cwd, 'bailiwick.yaml'), manifest)
  mkdirSync(join(cwd, 'policies'))
  writeFileSync(join(cwd, 'policies', 'no.cedar'), '@id("no") forbid(principal, action == Action::"mail.send", resource);')
  git(cwd, 'add', '.')
  git(cwd, 'commit', '-qm', 'no mail')
  rmSync(join(cwd, 'policies'), { recursive: true })
  const reopened = await threats(cwd, '--since', 'HEAD')
  expect(reopened.changes?.opened.map(({ threat, was, now }) => [threat.kind, was, now])).toContainEqual(['trifecta', 'cut', 'open'])
  const { stdout } = await runCli(['threats', '--since', 'v1'], { cwd })
  expect(stdout).toMatch(/\d+ opened, \d+ closed, \d+ unchanged/)
})

test('A revision that is an option, a file, or unknown is refused, and nothing of it is run.', async () => {
  const cwd = folderWith(files)
  git(cwd, 'init', '-q', '-b', 'main')
  git(cwd, 'add', '.')
  git(cwd, 'commit', '-qm', 'one')
  const manifestPath = join(cwd, 'bailiwick.yaml')
  expect(textsAtRevision(manifestPath, 'HEAD').text).toBe(manifest)
  for (const revision of ['--output=stolen', 'HEAD:bailiwick.yaml', 'no-such', 'HEAD;touch stolen', '$(touch stolen)', 'HEAD~5', ''])
    expect(() => textsAtRevision(manifestPath, revision), revision).toThrow(expect.objectContaining({ code: 'REVISION_UNREADABLE' }))
  const { code, stdout } = await runCli(['threats', '--json', '--since=--output=stolen'], { cwd })
  expect([code, stdout]).toEqual([2, expect.stringContaining('"code":"REVISION_UNREADABLE"')])
  expect(spawnSync('ls', { cwd, encoding: 'utf8' }).stdout).not.toContain('stolen')
})

test('An agent that is not there, a capability or a file that cannot be, exits with 2.', async () => {
  const cwd = folderWith(files)
  expect((await runCli(['threats', 'nobody'], { cwd })).stderr).toContain('AGENT_UNKNOWN')
  expect((await runCli(['threats', '--assume', 'wings'], { cwd })).code).toBe(2)
  expect((await runCli(['threats', '--svg', 'no/such/folder.svg'], { cwd })).code).toBe(2)
})

test('The worked example has no open attack of high severity, and `--fail-on open` holds.', async () => {
  const cwd = fileURLToPath(new URL('../../../../examples/secure-data-analyst', import.meta.url))
  const found = await threats(cwd, '--fail-on', 'open')
  expect(found.threats.filter(({ verdict }) => verdict === 'open' || verdict === 'untried')).toEqual([])
  expect(found.code).toBe(0)
})
