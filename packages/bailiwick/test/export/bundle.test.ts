import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { extract } from 'tar'
import { expect, test } from 'vitest'
import { loadRuleset } from '../../src/model/load-ruleset.ts'
import { folderWith, runCli } from '../cli/run-cli.ts'
import { fill } from '../ledger/scratch-ledger.ts'
import { installedLedger } from './installed-ledger.ts'
import { call, hostile } from './told-ledger.ts'

interface Line {
  readonly index: number
  readonly leaf: string
  readonly entry: { readonly previous?: string; readonly session: string }
}

/** An installation with one session of some calls, among entries of another. */
async function installation(): Promise<string> {
  const cwd = folderWith({ 'policies/a.cedar': '@id("a") permit (principal, action, resource);\n' })
  await installedLedger(cwd, async (ledger) => {
    await fill(ledger)
    await ledger.append(call('call_other', { session: 'ses_2' }))
    await ledger.append(call('call_2', { response: 'deny', reason: hostile }))
  })
  return cwd
}

const linesOf = (file: string): Line[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

test('A bundle holds the session’s entries and nothing else, and each can be proved elsewhere with its proof and the key alone.', async () => {
  const cwd = await installation()
  expect(await runCli(['export', '--bundle', 'evidence', '--session', 'ses_1'], { cwd })).toMatchObject({ code: 0, stderr: '' })
  const elsewhere = folderWith()
  cpSync(join(cwd, 'evidence'), elsewhere, { recursive: true })
  const lines = linesOf(join(elsewhere, 'entries.jsonl'))
  expect(lines).toHaveLength(6)
  expect(new Set(lines.map(({ entry }) => entry.session))).toEqual(new Set(['ses_1']))
  expect(lines.map(({ entry }) => entry.previous)).toEqual([
    '0'.repeat(64),
    ...lines.slice(0, -1).map(({ leaf }) => Buffer.from(leaf, 'base64').toString('hex')),
  ])
  const key = readFileSync(join(elsewhere, 'ledger-key.txt'), 'utf8').trim()
  expect(readdirSync(join(elsewhere, 'proofs')).sort()).toEqual(lines.map(({ index }) => `${index}.json`).sort())
  for (const { index, entry } of lines) {
    const { code, stdout } = await runCli(['log', 'verify', '--proof', `proofs/${index}.json`, '--key', key, '--json'], { cwd: elsewhere })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, entry })
  }
  expect(readFileSync(join(elsewhere, 'README.md'), 'utf8')).toContain(`--key '${key}'`)
  expect(existsSync(join(elsewhere, 'payloads.jsonl'))).toBe(false)
})

test('A proof of a bundle that was altered, or that is of another ledger, proves nothing.', async () => {
  const cwd = await installation()
  await runCli(['export', '--bundle', 'evidence', '--session', 'ses_1'], { cwd })
  const file = join(cwd, 'evidence', 'proofs', `${linesOf(join(cwd, 'evidence/entries.jsonl'))[0]?.index}.json`)
  const proof = JSON.parse(readFileSync(file, 'utf8')) as { entry: string }
  const entry = Buffer.from(Buffer.from(proof.entry, 'base64').toString().replace('clerk', 'clark')).toString('base64')
  writeFileSync(file, JSON.stringify({ ...proof, entry }))
  expect(await runCli(['log', 'verify', '--proof', file], { cwd })).toMatchObject({ code: 1 })
})

test('The rules of now are in it, with the digest that they have.', async () => {
  const cwd = await installation()
  await runCli(['export', '--bundle', 'evidence', '--session', 'ses_1'], { cwd })
  const rules = join(cwd, 'evidence', 'rules')
  for (const name of ['bailiwick.yaml', 'bailiwick.lock.json', 'policies/a.cedar'])
    expect(readFileSync(join(rules, name), 'utf8')).toBe(readFileSync(join(cwd, name), 'utf8'))
  const { digest } = loadRuleset(join(rules, 'bailiwick.yaml'))
  expect(readFileSync(join(cwd, 'evidence', 'README.md'), 'utf8')).toContain(digest)
  writeFileSync(join(cwd, 'policies', 'a.cedar'), 'permit')
  expect(await runCli(['export', '--bundle', 'later', '--session', 'ses_1'], { cwd })).toMatchObject({ code: 0 })
  expect(readFileSync(join(cwd, 'later', 'README.md'), 'utf8')).toContain('did not hold')
})

test('With payloads, each fits what its entry commits to, by the recipe of the README.', async () => {
  const cwd = await installation()
  await runCli(['export', '--bundle', 'evidence', '--session', 'ses_1', '--payloads'], { cwd })
  const text = readFileSync(join(cwd, 'evidence', 'payloads.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
  const entries = readFileSync(join(cwd, 'evidence', 'entries.jsonl'), 'utf8')
  expect(text).toHaveLength(3)
  for (const line of text) {
    const { hash, salt, body } = JSON.parse(line) as { hash: string; salt: string; body: string }
    const made = createHash('sha256').update('bailiwick payload v1\n').update(Buffer.from(salt, 'base64')).update(body).digest('hex')
    expect(hash).toBe(`sha256:${made}`)
    expect(entries).toContain(hash)
  }
})

test('A tar file holds the same as a folder.', async () => {
  const cwd = await installation()
  for (const target of ['evidence', 'evidence.tar'])
    expect(await runCli(['export', '--bundle', target, '--session', 'ses_1'], { cwd })).toMatchObject({ code: 0 })
  const unpacked = join(cwd, 'unpacked')
  mkdirSync(unpacked)
  await extract({ file: join(cwd, 'evidence.tar'), cwd: unpacked })
  const listed = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  expect(listed(join(unpacked, 'evidence'))).toEqual(listed(join(cwd, 'evidence')))
  expect(readFileSync(join(unpacked, 'evidence', 'entries.jsonl'), 'utf8')).toBe(
    readFileSync(join(cwd, 'evidence', 'entries.jsonl'), 'utf8'),
  )
})

test('Nothing is overwritten, and what cannot be made leaves nothing behind.', async () => {
  const cwd = await installation()
  mkdirSync(join(cwd, 'empty'))
  writeFileSync(join(cwd, 'there.tar'), 'x')
  const before = readdirSync(cwd).sort()
  for (const args of [
    ['--bundle', 'empty', '--session', 'ses_1'],
    ['--bundle', 'there.tar', '--session', 'ses_1'],
    ['--bundle', 'new', '--session', 'ses_none'],
    ['--bundle', 'new'],
    ['--bundle', 'none/new', '--session', 'ses_1'],
    ['--bundle', 'new', '--session', 'ses_1', '--format', 'cef'],
  ])
    expect(await runCli(['export', ...args], { cwd }), args.join(' ')).toMatchObject({ code: 2 })
  expect(readdirSync(cwd).sort()).toEqual(before)
  expect(readFileSync(join(cwd, 'there.tar'), 'utf8')).toBe('x')
})
