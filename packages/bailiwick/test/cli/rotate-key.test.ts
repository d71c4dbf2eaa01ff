import { appendFileSync, copyFileSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { openInstallation } from '../../src/cli/installation.ts'
import type { Installation } from '../../src/cli/installation.ts'
import { runningWitness } from '../ledger/running-witness.ts'
import { folderWith, runCli } from './run-cli.ts'
import { installationFiles } from './written-manifest.ts'

let cwd = ''
const keyFile = (name = 'ledger.key'): string => join(cwd, '.bailiwick/keys', name)
const open = (said: string[] = []): Promise<Installation> =>
  openInstallation({ manifest: join(cwd, 'bailiwick.yaml'), state: null }, (line) => said.push(line))
const append = ({ runtime }: Installation): Promise<number> =>
  runtime.ledger.append({ type: 'event', event: 'upstream', session: null, subject: 'x', detail: 'x' })

async function cli(...args: readonly string[]): Promise<{ code: number | null; data: Record<string, unknown>; said: string }> {
  const { code, stdout, stderr } = await runCli(['log', ...args, '--json'], { cwd })
  return { code, data: stdout === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>), said: stdout + stderr }
}

beforeEach(async () => {
  cwd = folderWith(installationFiles)
  await (await open()).close()
})

test('The next key is made once and printed, and nothing else happens, until it is put in place for a reason that is recorded.', async () => {
  const prepared = await cli('rotate-key', '--prepare')
  expect(prepared).toMatchObject({ code: 0, data: { entry: null, before: (await cli('verify')).data['key'] } })
  expect((await cli('rotate-key', '--prepare')).data).toEqual(prepared.data)
  expect(statSync(keyFile('ledger.next.key')).mode & 0o077).toBe(0)

  expect(await cli('rotate-key')).toMatchObject({ code: 2, said: expect.stringContaining('a reason') as string })
  const entries = (await cli('verify')).data['entries'] as number
  expect(await cli('rotate-key', '--reason', 'yearly')).toMatchObject({ code: 0, data: { ...prepared.data, entry: entries } })
  expect(existsSync(keyFile('ledger.next.key'))).toBe(false)
  expect((await cli('verify')).data).toMatchObject({ ok: true, entries: entries + 1, signed: entries + 1, key: prepared.data['after'] })
  const shown = JSON.stringify((await cli('show', String(entries))).data)
  expect(shown).toContain('"reason":"yearly"')
  expect(shown).not.toContain(readFileSync(keyFile(), 'utf8').trim())
  await (await open()).close()
  expect((await runCli(['doctor', '--offline'], { cwd })).stdout).toMatch(/✓ ledger {2}\d+ entries verify/)
})

test('A gateway that runs goes on with the new key.', async () => {
  const said: string[] = []
  const gateway = await open(said)
  const { data } = await cli('rotate-key', '--reason', 'yearly')
  await append(gateway)
  await gateway.close()
  expect(said).toEqual([])
  expect((await cli('verify')).data).toMatchObject({ ok: true, key: data['after'] })
})

test('A process that ended before the new key was in place is made up for; a key from before is refused.', async () => {
  copyFileSync(keyFile(), join(cwd, 'old'))
  const { data } = await cli('rotate-key', '--reason', 'yearly')
  renameSync(keyFile(), keyFile('ledger.next.key'))
  copyFileSync(join(cwd, 'old'), keyFile())
  const gateway = await open()
  expect(gateway.ledgerKey).toBe(data['after'])
  await gateway.close()
  expect((await cli('verify')).data).toMatchObject({ ok: true, key: data['after'] })
  copyFileSync(join(cwd, 'old'), keyFile())
  await expect(open()).rejects.toMatchObject({ code: 'KEY_FILE' })
  expect(await cli('verify')).toMatchObject({ code: 2, said: expect.stringContaining('was replaced by entry') as string })
})

test('A trust policy must name the new key first; a witness that knows the old one alone still cosigns the head by both.', async () => {
  const { before, after } = (await cli('rotate-key', '--prepare')).data as { before: string; after: string }
  const witness = await runningWitness('one', 1, before)
  const policy = (...logs: string[]): void =>
    writeFileSync(join(cwd, 'trust.policy'), `${logs.map((log) => `log ${log}\n`).join('')}${witness.line}\nquorum one\n`)
  appendFileSync(join(cwd, 'bailiwick.yaml'), 'ledger: { policy: trust.policy }\n')
  policy(before)
  await (await open()).close()
  const entries = (await cli('verify')).data['entries'] as number
  expect(await cli('rotate-key', '--reason', 'yearly')).toMatchObject({
    code: 2,
    said: expect.stringContaining(`log ${after}`) as string,
  })
  expect((await cli('verify')).data).toMatchObject({ entries, key: before })

  policy(before, after)
  expect((await cli('rotate-key', '--reason', 'yearly')).data).toMatchObject({ after, entry: entries })
  const proof = join(cwd, 'hand-over.proof')
  expect((await cli('prove', String(entries), '--policy', join(cwd, 'trust.policy'), '--out', proof)).code).toBe(0)
  expect((await runCli(['verify-receipt', proof, '--policy', join(cwd, 'trust.policy')], { cwd })).code).toBe(0)
  policy(before)
  expect((await runCli(['verify-receipt', proof, '--policy', join(cwd, 'trust.policy')], { cwd })).code).toBe(0)
})

test('Sealed key files serve every command that has the passphrase, and none that has not; keys made later are sealed too.', async () => {
  const env = { BAILIWICK_KEY_PASSPHRASE: 'correct horse battery' }
  const run = (args: readonly string[], given: Readonly<Record<string, string>> = env): ReturnType<typeof runCli> =>
    runCli(args, { cwd, env: given })
  const before = (await cli('verify')).data['key']
  expect((await run(['keys', 'seal'], {})).code).toBe(2)
  expect((await run(['keys', 'seal'])).stdout).toContain('sealed ledger.key')
  expect(await run(['keys', 'seal'])).toMatchObject({ code: 0, stdout: 'nothing was to be done\n' })
  expect(await cli('verify')).toMatchObject({ code: 2, said: expect.stringContaining('is sealed') as string })
  expect((await run(['log', 'verify'])).stdout).toContain(String(before))
  expect((await run(['log', 'rotate-key', '--reason', 'yearly'])).code).toBe(0)
  expect((await run(['keys', 'rotate'])).code).toBe(0)
  for (const name of ['ledger.key', 'gateway.key', 'approver.key', 'vault.key'])
    expect(readFileSync(keyFile(name), 'utf8')).toContain('"aes-256-gcm"')
  expect((await run(['doctor', '--offline'])).stdout).toMatch(/✓ ledger key {2}\S+, sealed/)
  expect((await run(['keys', 'seal', '--open'])).code).toBe(0)
  expect((await cli('verify')).data).toMatchObject({ ok: true })
})
