import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCli } from '../cli/run-cli.ts'
import { call, fillWithEverything } from './told-ledger.ts'
import { installedLedger } from './installed-ledger.ts'

let cwd: string
let entries: number

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'bailiwick-export-'))
  entries = await installedLedger(cwd, async (ledger) => {
    await fillWithEverything(ledger)
    await ledger.append(
      call('call_other', { session: 'ses_2', agent: 'helper', person: null, labels: [], response: 'deny', approval: null }),
    )
  })
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

interface Line {
  readonly index: number
  readonly leaf: string
  readonly entry: Record<string, unknown>
  readonly payloads?: Record<string, { readonly genuine: boolean; readonly value?: unknown }>
}

async function lines(...args: string[]): Promise<Line[]> {
  const { code, stdout, stderr } = await runCli(['export', ...args], { cwd })
  expect(code, stderr).toBe(0)
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
}

test('JSON Lines hold every entry byte for byte: its leaf hash can be taken again from the line.', async () => {
  const { stdout } = await runCli(['export'], { cwd })
  const found = stdout.trimEnd().split('\n')
  expect(found).toHaveLength(entries)
  for (const line of found) {
    const { leaf } = JSON.parse(line) as Line
    const body = line.slice(line.indexOf('"entry":') + '"entry":'.length, -1)
    expect(createHash('sha256').update('\0').update(body).digest('base64')).toBe(leaf)
  }
})

test('A range is given by numbers or times, with the beginning and without the end.', async () => {
  expect((await lines('--from', '2', '--to', '5')).map(({ index }) => index)).toEqual([2, 3, 4])
  expect(await lines('--from', '2026-01-15T12:00:00.001Z')).toEqual([])
  expect(await lines('--from', '2026-01-15T12:00:00Z', '--to', '2026-01-15T13:00:00+01:00')).toEqual([])
  expect(await lines('--from', '2026-01-15T13:00:00+01:00')).toHaveLength(entries)
})

test('Sessions, agents, responses and labels select, and the outcome goes with its decision.', async () => {
  expect((await lines('--session', 'ses_2')).map(({ entry }) => entry['call'])).toEqual(['call_other'])
  expect((await lines('--agent', 'helper')).map(({ entry }) => entry['call'])).toEqual(['call_other'])
  const denied = await lines('--response', 'deny,ask')
  expect(new Set(denied.map(({ entry }) => entry['call']))).toEqual(new Set(['call_deny', 'call_ask', 'call_long', 'call_other']))
  const sanitised = await lines('--response', 'sanitize')
  expect(sanitised.map(({ entry }) => entry['type'])).toEqual(['decision', 'outcome'])
  expect((await lines('--label', 'finance')).map(({ entry }) => entry['call'])).toEqual(['call_long'])
})

test('Payloads come when they are asked for, and only genuine ones.', async () => {
  const [first] = await lines('--to', '1')
  expect(first).not.toHaveProperty('payloads')
  const all = await lines('--payloads', '--session', 'ses_1')
  expect(all.find(({ entry }) => entry['call'] === 'call_1')?.payloads?.['arguments']).toMatchObject({
    genuine: true,
    value: { to: 'ann@corp.example' },
  })
  expect(all.find(({ entry }) => entry['call'] === 'call_deny')?.payloads?.['arguments']).toMatchObject({ genuine: false })
  expect(await runCli(['export', '--format', 'cef', '--payloads'], { cwd })).toMatchObject({ code: 2, stdout: '' })
})

test('OCSF and CEF have one line for each entry.', async () => {
  for (const format of ['ocsf', 'cef']) {
    const { code, stdout } = await runCli(['export', '--format', format], { cwd })
    expect(code).toBe(0)
    expect(stdout.trimEnd().split('\n')).toHaveLength(entries)
  }
})

test('A file that is there is not overwritten, and one that cannot be made leaves nothing behind.', async () => {
  const file = join(cwd, 'out.jsonl')
  expect(await runCli(['export', '--out', file], { cwd })).toMatchObject({ code: 0, stdout: '' })
  const text = readFileSync(file, 'utf8')
  expect(text.trimEnd().split('\n')).toHaveLength(entries)
  expect(await runCli(['export', '--out', file, '--to', '1'], { cwd })).toMatchObject({ code: 2 })
  expect(readFileSync(file, 'utf8')).toBe(text)
  expect(existsSync(`${file}.part`)).toBe(false)
  mkdirSync(join(cwd, 'taken.part'))
  expect(await runCli(['export', '--out', join(cwd, 'taken')], { cwd })).toMatchObject({ code: 2 })
  writeFileSync(join(cwd, 'plain'), '')
  expect(await runCli(['export', '--out', join(cwd, 'plain', 'x')], { cwd })).toMatchObject({ code: 2 })
})

test('A reader that has enough and goes away is no fault.', () => {
  const cli = fileURLToPath(new URL('../../../../scripts/bailiwick.ts', import.meta.url))
  const pipe = `"${process.execPath}" --conditions=@bailiwick/source "${cli}" export; echo "code $?" >&2`
  const env = { PATH: process.env['PATH'] ?? '', HOME: cwd, NO_COLOR: '1' }
  const { stdout, stderr } = spawnSync('sh', ['-c', `{ ${pipe}; } | head -c 9`], { cwd, encoding: 'utf8', env })
  expect({ stdout, stderr }).toEqual({ stdout: '{"index":', stderr: 'code 0\n' })
})

test('What does not exist as a format, a place or a response is refused.', async () => {
  for (const args of [
    ['--format', 'xml'],
    ['--from', 'yesterday'],
    ['--to', '2026-13-01T00:00:00Z'],
    ['--response', 'deny,maybe'],
  ])
    expect(await runCli(['export', ...args], { cwd })).toMatchObject({ code: 2, stdout: '' })
})
