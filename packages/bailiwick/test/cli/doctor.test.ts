import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { folderWith, runCli } from './run-cli.ts'
import { installationFiles, manifest, read, toolNamed } from './written-manifest.ts'

interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  readonly mend: string | null
}

async function doctor(
  cwd: string,
  ...args: string[]
): Promise<{ code: number | null; ok: boolean; failed: Record<string, Check>; passed: string[] }> {
  const { code, stdout } = await runCli(['doctor', '--json', ...args], { cwd })
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Check[] }
  return {
    code,
    ok,
    failed: Object.fromEntries(checks.flatMap((check) => (check.ok ? [] : [[check.name, check]]))),
    passed: checks.flatMap(({ name, ok: good }) => (good ? [name] : [])),
  }
}

/** An installation in which a session was opened. */
async function used(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const cwd = folderWith({ ...installationFiles, ...files })
  const opened = await runCli(['sessions', 'open', '--agent', 'clerk', '--goal', 'letters'], { cwd })
  expect(opened.code).toBe(0)
  return cwd
}

test('A sound installation has a ✓ on every line and exits with 0.', async () => {
  const cwd = await used()
  const { code, stdout } = await runCli(['doctor'], { cwd })
  const lines = stdout.trimEnd().split('\n')
  expect(lines.map((line) => line.slice(0, line.indexOf('  ')))).toEqual([
    '✓ node',
    '✓ rules',
    '✓ state',
    '✓ ledger key',
    '✓ gateway key',
    '✓ approver key',
    '✓ key of clerk',
    '✓ store',
    '✓ ledger',
    '✓ witnesses',
    '✓ port',
    '✓ toolbox mail',
  ])
  expect(code).toBe(0)
})

test('Before the first session nothing is missing, and nothing is made.', async () => {
  const cwd = folderWith(installationFiles)
  expect(await doctor(cwd)).toMatchObject({ code: 0, ok: true, failed: {} })
  expect(existsSync(join(cwd, '.bailiwick'))).toBe(false)
})

test('Each part that is broken has its own line with its own mend, and the rest is still looked at.', async () => {
  const cwd = await used()
  const keys = join(cwd, '.bailiwick', 'keys')
  chmodSync(join(keys, 'gateway.key'), 0o644)
  rmSync(join(keys, 'approver.key'))
  writeFileSync(join(keys, 'agents', 'clerk.key'), 'short\n')
  chmodSync(join(cwd, '.bailiwick'), 0o755)
  const database = new DatabaseSync(join(cwd, '.bailiwick', 'bailiwick.db'))
  database.exec("UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), 'clerk', 'clark') AS BLOB) WHERE seq = 1")
  database.close()
  const busy = createServer((_, response) => response.end('hello'))
  await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void busy.close())
  const { port } = busy.address() as AddressInfo
  writeFileSync(join(cwd, 'tools.json'), JSON.stringify({ tools: [toolNamed('send', 'poisoned'), read] }))
  writeFileSync(
    join(cwd, 'bailiwick.yaml'),
    manifest
      .replace('port: 0', `port: ${port}`)
      .replace('tools.json]', 'tools.json], env: { A: { env: NO_SUCH_VARIABLE }, B: { file: no-such-file } }')
      .replace('effect: external', 'effect: outward'),
  )
  const unreadable = await doctor(cwd)
  expect(unreadable.failed['rules']?.detail).toMatch(/^bailiwick\.yaml:8:23: .*`outward`/)

  writeFileSync(
    join(cwd, 'bailiwick.yaml'),
    manifest
      .replace('port: 0', `port: ${port}`)
      .replace('tools.json]', 'tools.json], env: { A: { env: NO_SUCH_VARIABLE }, B: { file: no-such-file } }')
      .replace('mail.read: {}', 'mail.reed: {}'),
  )
  const { code, ok, failed, passed } = await doctor(cwd)
  expect([code, ok]).toEqual([1, false])
  expect(passed).toEqual(['node', 'ledger key', 'store', 'witnesses'])
  expect(failed['rules']).toMatchObject({ detail: expect.stringContaining('`mail.reed` is not in the inventory') as string })
  expect(failed['state']).toMatchObject({ mend: expect.stringContaining('chmod 700') as string })
  expect(failed['gateway key']).toMatchObject({ mend: expect.stringContaining('chmod 600') as string })
  expect(failed['approver key']).toMatchObject({ detail: expect.stringContaining('is missing') as string })
  expect(failed['key of clerk']).toMatchObject({ detail: expect.stringContaining('does not hold an Ed25519 seed') as string })
  expect(failed['ledger']).toMatchObject({ detail: expect.stringMatching(/do(es)? not fit/) as string })
  expect(failed['secret mail A']).toMatchObject({ detail: expect.stringContaining('NO_SUCH_VARIABLE') as string })
  expect(failed['secret mail B']).toMatchObject({ detail: expect.stringContaining('no-such-file') as string })
  expect(failed['port']).toMatchObject({
    detail: `${port} is taken by another program`,
    mend: expect.stringContaining('http.port') as string,
  })
  expect(failed['toolbox mail']?.detail).toContain('NO_SUCH_VARIABLE')
})

test('A server whose tool changed fails, and --offline does not start it.', async () => {
  const cwd = folderWith({ ...installationFiles, 'tools.json': JSON.stringify({ tools: [toolNamed('send', 'poisoned')] }) })
  const [online, offline] = await Promise.all([doctor(cwd), doctor(cwd, '--offline')])
  expect(online.code).toBe(1)
  expect(online.failed['toolbox mail']).toMatchObject({
    detail: '`mail.send` is not what was pinned\n`mail.read` is no longer offered',
    mend: expect.stringContaining('bailiwick pin mail') as string,
  })
  expect(offline).toMatchObject({ code: 0, failed: {} })
})

test.each<[string, Readonly<Record<string, string>>]>([
  ['no manifest', {}],
  ['a folder in the place of the manifest', { 'bailiwick.yaml/x': '' }],
  ['a file in the place of the state folder', { ...installationFiles, '.bailiwick': 'x' }],
  ['a store that is none', { ...installationFiles, '.bailiwick/bailiwick.db': 'x'.repeat(5000), '.bailiwick/keys/ledger.key': '' }],
  ['a lock that is none', { ...installationFiles, 'bailiwick.lock.json': '[' }],
])('With %s, the doctor still gives its report, and the exit code is 1.', async (_, files) => {
  const cwd = folderWith(files)
  const before = readdirSync(cwd)
  const { code, ok, failed, passed } = await doctor(cwd, '--offline')
  expect([code, ok]).toEqual([1, false])
  expect(Object.keys(failed).length).toBeGreaterThan(0)
  expect(passed).toContain('node')
  expect(readdirSync(cwd)).toEqual(before)
})
