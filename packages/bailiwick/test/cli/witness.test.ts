import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { formatNoteKey, noteKey } from '@bailiwick/tlog'
import { arenas } from '../../src/cli/evals/live-arena.ts'
import { openInstallation } from '../../src/cli/installation.ts'
import { inbox } from '../suites/inbox.ts'
import { cli, folderWith, runCli } from './run-cli.ts'

/** A witness in a process of its own; resolves with the trust policy that it proposes. */
async function witness(folder: string, log: string, port: number): Promise<{ child: ChildProcess; policy: string }> {
  const args = ['witness', '--log', log, '--name', 'witness.example/ann', '--dir', join(folder, 'witness'), '--port', String(port)]
  const child = spawn(process.execPath, ['--conditions=@bailiwick/source', cli, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  for await (const part of child.stdout.setEncoding('utf8')) {
    said += part
    if (said.endsWith('quorum W\n')) break
  }
  return { child, policy: said.slice(said.indexOf('log ')) }
}

async function use(manifest: string, said: string[] = []): Promise<void> {
  const installation = await openInstallation({ manifest, state: null }, (line) => said.push(line))
  const { runtime } = installation
  await runtime.sessions.open(runtime.rules.current, {
    agent: 'clerk',
    goal: 'answer-letters',
    params: { folder: 'today' },
    person: 'ann',
    request: 'Answer the letters.',
  })
  await installation.close()
}

test('A witness of our own sees to it that a copy of yesterday is not worked with, and receipts are proved by its policy.', async () => {
  const { folder, manifest } = inbox()
  await use(manifest)
  const { key } = JSON.parse((await runCli(['log', 'verify', '--json'], { cwd: folder })).stdout) as { key: string }
  const elsewhere = folderWith()
  const first = await witness(elsewhere, key, 0)
  writeFileSync(join(folder, 'trust.policy'), first.policy)
  writeFileSync(manifest, `${readFileSync(manifest, 'utf8')}ledger: { policy: trust.policy }\n`)
  await use(manifest)
  const state = join(folder, '.bailiwick')
  cpSync(state, join(folder, 'yesterday'), { recursive: true })

  // The witness remembers in its folder, whatever becomes of its process.
  const port = Number(/:(\d+)\n/.exec(first.policy)?.[1])
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  const again = await witness(elsewhere, key, port)
  expect(again.policy).toBe(first.policy)
  const said: string[] = []
  await use(manifest, said)
  expect(said).toEqual([])

  const proof = join(elsewhere, 'receipt.tlog-proof')
  const proved = await runCli(['log', 'prove', '3', '--policy', 'trust.policy', '--out', proof], { cwd: folder })
  expect(proved).toMatchObject({ code: 0, stderr: '' })
  writeFileSync(join(elsewhere, 'trust.policy'), first.policy)
  const checked = await runCli(['verify-receipt', proof, '--policy', 'trust.policy'], { cwd: elsewhere })
  expect(checked.code).toBe(0)
  expect(checked.stdout).toContain('witnessed by W at 2')
  const text = readFileSync(proof, 'utf8')
  writeFileSync(proof, text.replace(/^index 3$/m, 'index 2'))
  const altered = await runCli(['verify-receipt', proof, '--policy', 'trust.policy'], { cwd: elsewhere })
  expect(altered.code).toBe(1)
  expect(altered.stderr).toContain('not proved the leaf is not shown to be entry 2')

  rmSync(state, { recursive: true })
  cpSync(join(folder, 'yesterday'), state, { recursive: true })
  await expect(use(manifest)).rejects.toMatchObject({
    code: 'LEDGER_DISOWNED',
    message: expect.stringMatching(
      /^the witness `W` has cosigned \d+ entries of this ledger, and there are \d+: its end was taken away since; of what is here, it cosigned the first \d+ entries last, at [\d-]+T[\d:.]+Z$/,
    ),
  })
  const gateway = await runCli(['mcp', '--agent', 'clerk', '--goal', 'answer-letters', '--param', 'folder=today'], { cwd: folder })
  expect(gateway.code).toBe(2)
  expect(gateway.stderr).toContain('its end was taken away')

  // Nor does it help to take the heads away, or the whole store.
  const database = new DatabaseSync(join(state, 'bailiwick.db'))
  database.exec('DELETE FROM heads')
  database.close()
  await expect(use(manifest)).rejects.toMatchObject({ code: 'LEDGER_DISOWNED' })
  for (const name of readdirSync(state).filter((one) => one.startsWith('bailiwick.db'))) rmSync(join(state, name))
  await expect(use(manifest)).rejects.toMatchObject({ code: 'LEDGER_DISOWNED' })

  again.child.kill('SIGTERM')
  expect((await once(again.child, 'exit'))[0]).toBe(0)
})

test('A policy that cannot be read, or is about another ledger, keeps the gateway from starting.', async () => {
  const { folder, manifest } = inbox()
  writeFileSync(manifest, `${readFileSync(manifest, 'utf8')}ledger: { policy: trust.policy }\n`)
  await expect(use(manifest)).rejects.toMatchObject({ code: 'LEDGER_POLICY', message: expect.stringContaining('trust.policy') })
  writeFileSync(join(folder, 'trust.policy'), 'witness\n')
  await expect(use(manifest)).rejects.toMatchObject({ code: 'LEDGER_POLICY' })
  const other = `log ${formatNoteKey(noteKey('other.example/log', 1, new Uint8Array(32).fill(9)))}\nquorum none\n`
  writeFileSync(join(folder, 'trust.policy'), other)
  await expect(use(manifest)).rejects.toMatchObject({
    code: 'LEDGER_POLICY',
    message: expect.stringContaining('is about another ledger'),
    mend: expect.stringMatching(/^put `log corp\.example\/ledger\+/),
  })

  // A mock's ledger has a key of its own, and no witness hears of it; nor of what `eval` tries.
  const mocked = await openInstallation({ manifest, state: null, mocked: true }, () => {})
  expect(mocked.witnesses).toBeNull()
  await mocked.close()
  const arena = arenas(manifest, () => {})
  expect(await arena({}, async ({ runtime }) => runtime.ledgerStore.size())).toBeGreaterThan(0)
})

test('A witness says what is wrong with the key of a ledger.', async () => {
  const { code, stderr } = await runCli(['witness', '--log', 'nonsense', '--name', 'w.example', '--dir', 'w'], { cwd: folderWith() })
  expect(code).toBe(2)
  expect(stderr).toContain('`nonsense` is no key of a ledger')
})
