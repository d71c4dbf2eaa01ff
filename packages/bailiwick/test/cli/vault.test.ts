import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { GovernedSession } from '../../src/enforce/governed-session.ts'
import { openInstallation } from '../../src/cli/installation.ts'
import { inbox } from '../suites/inbox.ts'
import { runCli } from './run-cli.ts'

const letter = 'The account of Wilhelmina Achterberg is DE02120300000000202051.'
const day = 86_400_000

interface Kept {
  readonly folder: string
  readonly sessions: readonly string[]
  readonly vault: (...args: string[]) => ReturnType<typeof runCli>
}

/** An installation in which Ann's session and Bob's each read a letter, so long ago. */
async function twoSessions(ago = 0, manifestLine = ''): Promise<Kept> {
  const { folder, manifest } = inbox()
  if (manifestLine !== '') writeFileSync(manifest, `${readFileSync(manifest, 'utf8')}${manifestLine}\n`)
  const begun = Date.now() - ago
  const installation = await openInstallation({ manifest, state: null }, () => {}, { clock: () => begun })
  const { runtime, token } = installation
  const sessions: string[] = []
  for (const person of ['ann', 'bob']) {
    const session = await runtime.sessions.open(runtime.rules.current, {
      agent: 'clerk',
      goal: 'answer-letters',
      params: { folder: 'today' },
      person,
      request: `Answer ${person}: ${letter}`,
    })
    const governed = await GovernedSession.open(runtime, session)
    const credential = await token(session, 60_000)
    await governed.perform({
      point: 'test',
      tool: 'mail.list',
      arguments: { folder: 'today' },
      livePin: async (ruleset) => ruleset.tools.get('mail.list')?.pin ?? null,
      local: true,
      credential: () => runtime.authority.verify(credential),
      signal: new AbortController().signal,
      onWaiting: async () => {},
      run: async () => ({ status: 'ok', error: null, value: null, recorded: { content: [{ type: 'text', text: letter }] }, bytes: 1 }),
    })
    await governed.close()
    sessions.push(session.id)
  }
  await installation.close()
  return { folder, sessions, vault: (...args) => runCli(['vault', ...args], { cwd: folder }) }
}

function bytesOf(folder: string): string {
  const state = join(folder, '.bailiwick')
  return readdirSync(state)
    .filter((name) => name.startsWith('bailiwick.db'))
    .map((name) => readFileSync(join(state, name), 'latin1'))
    .join('')
}

test('A session that has ended is erased on request: its letter and its person’s words are gone, the ledger verifies, and says who erased it and why.', async () => {
  const { folder, sessions, vault } = await twoSessions()
  const [ann = '', bob = ''] = sessions
  expect(await vault('erase', '--session', ann, '--because', 'she asked')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('has not ended') as string,
  })
  await runCli(['sessions', 'close', ann], { cwd: folder })
  const erased = await vault('erase', '--session', ann, '--because', 'she asked', '--json')
  expect(JSON.parse(erased.stdout)).toEqual({ erased: [{ session: ann, payloads: 3 }] })
  const verified = await runCli(['log', 'verify', '--json'], { cwd: folder })
  // What is left: the letters of the other session, and what the ruleset that came into force held.
  expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, erased: 1, payloads: 4, problems: [] })
  expect((await runCli(['log', 'list', '--all'], { cwd: folder })).stdout).toMatch(new RegExp(`${ann} by .*: she asked`))
  const listed = JSON.parse((await runCli(['sessions', '--json'], { cwd: folder })).stdout) as { id: string; request: string | null }[]
  expect(listed.map(({ id, request }) => [id, request])).toEqual(
    expect.arrayContaining([
      [ann, null],
      [bob, `Answer bob: ${letter}`],
    ]),
  )
})

test('All that was done for a person can be erased; nobody else’s is.', async () => {
  const { folder, sessions, vault } = await twoSessions()
  for (const session of sessions) await runCli(['sessions', 'close', session], { cwd: folder })
  const { stdout } = await vault('erase', '--person', 'bob', '--because', 'he left', '--json')
  expect(JSON.parse(stdout)).toMatchObject({ erased: [{ session: sessions[1], payloads: 3 }] })
  expect((await vault('erase', '--person', 'nobody', '--because', 'x')).stdout).toContain('there are no sessions of nobody')
  expect((await vault('erase', '--because', 'x')).code).toBe(2)
})

test('What the manifest keeps no longer is erased by a sweep, by the shortest time that applies; what has not ended is left alone.', async () => {
  const { folder, sessions, vault } = await twoSessions(10 * day, 'retention: { payloads: 400d, labels: { untrusted: 7d, pii: 1d } }')
  expect((await vault('sweep')).stdout).toContain('nothing is due')
  // Closing a session is an entry of now: it is the last that counts.
  await runCli(['sessions', 'close', sessions[0] ?? ''], { cwd: folder })
  expect((await vault('sweep')).stdout).toContain('nothing is due')
  writeFileSync(
    join(folder, 'bailiwick.yaml'),
    readFileSync(join(folder, 'bailiwick.yaml'), 'utf8').replace('untrusted: 7d', 'untrusted: 1ms'),
  )
  expect((await vault('sweep', '--dry-run')).stdout).toContain(`due ${sessions[0]}: what carries \`untrusted\` is kept for 1ms`)
  expect(JSON.parse((await vault('sweep', '--json')).stdout)).toMatchObject({ erased: [{ session: sessions[0] }] })
  expect((await vault('sweep')).stdout).toContain('nothing is due')
  expect((await runCli(['log', 'verify'], { cwd: folder })).code).toBe(0)
})

test('Without its master key, or with another, nothing starts over the vault; with the key of the environment, it does.', async () => {
  const { folder } = await twoSessions()
  const key = join(folder, '.bailiwick/keys/vault.key')
  const list = (env: Record<string, string> = {}) => runCli(['log', 'list'], { cwd: folder, env })
  renameSync(key, `${key}.away`)
  expect(await list()).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/KEY_FILE the master key of the vault is not the one/) as string,
  })
  const bytes = Buffer.from(readFileSync(`${key}.away`, 'utf8').trim(), 'base64url').toString('base64')
  expect((await list({ BAILIWICK_VAULT_KEY: bytes })).code).toBe(0)
  expect(await list({ BAILIWICK_VAULT_KEY: 'c2hvcnQ=' })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('does not hold 32 bytes') as string,
  })
  writeFileSync(key, `${Buffer.alloc(32, 7).toString('base64url')}\n`, { mode: 0o600 })
  expect((await list()).code).toBe(2)
  rmSync(key)
  renameSync(`${key}.away`, key)
  expect((await list()).code).toBe(0)
})

test('Results and arguments can be read nowhere in the store’s files.', async () => {
  const { folder } = await twoSessions()
  // The words of a session that goes on are there: its policies look at them.
  expect(bytesOf(folder)).toContain('Answer ann')
  expect(bytesOf(folder)).not.toContain('"text":"The account')
})

test('Once all sessions are erased, neither letters nor words are left in any byte of the store’s files.', async () => {
  const { folder, sessions, vault } = await twoSessions()
  for (const session of sessions) {
    await runCli(['sessions', 'close', session], { cwd: folder })
    expect((await vault('erase', '--session', session, '--because', 'x')).code).toBe(0)
  }
  expect(bytesOf(folder)).not.toContain('Wilhelmina')
  expect(bytesOf(folder)).not.toContain('Answer ann')
})
