import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ed25519Verifier, openCheckpoint, sha256, verifyTiles } from '@bailiwick/tlog'
import { DirectoryTiles } from '@bailiwick/tlog/node'
import { expect, onTestFinished, test } from 'vitest'
import { openInstallation } from '../../src/cli/installation.ts'
import { inbox } from '../suites/inbox.ts'
import { cli, runCli } from './run-cli.ts'

interface Installed {
  readonly folder: string
  readonly session: string
  /** Opens one more session. */
  readonly open: (person: string, text: string) => Promise<string>
}

async function installed(): Promise<Installed> {
  const { folder, manifest } = inbox()
  const open = async (person: string, text: string): Promise<string> => {
    const installation = await openInstallation({ manifest, state: null }, () => {})
    const { sessions, rules } = installation.runtime
    const session = await sessions.open(rules.current, {
      agent: 'clerk',
      goal: 'answer-letters',
      params: { folder: 'today' },
      person,
      request: text,
    })
    await installation.close()
    return session.id
  }
  return { folder, session: await open('ann', 'Answer Wilhelmina ÅCHTERBERG "today".'), open }
}

/** A command that goes on until it is stopped, and what it says, line by line. */
function running(folder: string, ...args: string[]): { child: ChildProcess; line: () => Promise<string> } {
  const child = spawn(process.execPath, ['--conditions=@bailiwick/source', cli, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, NO_COLOR: '1' },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part))
  return {
    child,
    line: async () => {
      while (!said.includes('\n')) await once(child.stdout, 'data')
      const end = said.indexOf('\n')
      const line = said.slice(0, end)
      said = said.slice(end + 1)
      return line
    },
  }
}

test('The ledger is served read-only as a tiled log that anyone can verify, and to no name that is not its own.', async () => {
  const { folder, open } = await installed()
  for (let index = 0; index < 6; index += 1) await open('bob', `letter ${index}`)
  const { child, line } = running(folder, 'log', 'serve', '--port', '0', '--json', '--host', 'ledger.example')
  const { url, key } = JSON.parse(await line()) as { url: string; key: string }
  const read = async (path: string): Promise<Uint8Array | null> => {
    const response = await fetch(`${url}/${path}`)
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : null
  }
  const verifier = await ed25519Verifier(key)
  const head = await openCheckpoint(Buffer.from((await read('checkpoint')) ?? []).toString(), [verifier], verifier.key.name)
  const subjects: string[] = []
  const verified = await verifyTiles(sha256, { read }, head, (body) => {
    subjects.push((JSON.parse(Buffer.from(body).toString()) as { type: string }).type)
  })
  expect(verified.entries).toBe(head.size)
  expect(subjects.filter((type) => type === 'session')).toHaveLength(7)

  expect((await fetch(`${url}/checkpoint`)).headers.get('cache-control')).toBe('no-cache')
  expect((await fetch(`${url}/tile/0/000.p/3`)).headers.get('cache-control')).toContain('immutable')
  const paths = [
    '',
    'tile',
    'tile/0/000',
    `tile/0/000.p/${head.size + 1}`,
    'tile/0/0',
    'tile/1/000.p/1',
    'tile/entries/001.p/1',
    'bailiwick.db',
  ]
  for (const path of [...paths, 'tile/0/000.p/0', 'tile/0/x000/000.p/1', '%2e%2e/keys/ledger.key', 'tile/0/000.p/1e0'])
    expect([path, (await fetch(`${url}/${path}`)).status]).toEqual([path, 404])
  expect((await fetch(`${url}/checkpoint`, { method: 'POST' })).status).toBe(404)
  expect(await statusUnder(url, 'evil.example')).toBe(403)
  expect(await statusUnder(url, 'ledger.example')).toBe(200)
  child.kill('SIGTERM')
  expect((await once(child, 'exit'))[0]).toBe(0)

  const hashes = running(folder, 'log', 'serve', '--port', '0', '--json', '--no-entries')
  const { url: bare } = JSON.parse(await hashes.line()) as { url: string }
  expect((await fetch(`${bare}/tile/0/000.p/1`)).status).toBe(200)
  expect((await fetch(`${bare}/tile/entries/000.p/1`)).status).toBe(404)
})

test('A copy of the ledger is kept in a folder as long as one lets it, and one of another ledger is not touched.', async () => {
  const { folder, open } = await installed()
  const copy = join(folder, 'copy')
  const { child, line } = running(folder, 'log', 'publish', copy, '--follow', '--json')
  const first = JSON.parse(await line()) as { size: number; key: string }
  await open('bob', 'one more letter')
  let size = 0
  while (size < first.size + 2) size = (JSON.parse(await line()) as { size: number }).size
  child.kill('SIGTERM')
  expect((await once(child, 'exit'))[0]).toBe(0)
  const verifier = await ed25519Verifier(first.key)
  const head = await openCheckpoint(readFileSync(join(copy, 'checkpoint'), 'utf8'), [verifier], verifier.key.name)
  expect((await verifyTiles(sha256, new DirectoryTiles(copy), head)).entries).toBe(size)
  const other = await installed()
  expect(await runCli(['log', 'publish', copy], { cwd: other.folder })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no copy of this ledger'),
  })
})

test('The newest entries are listed, oldest first, of all sessions or of one.', async () => {
  const { folder, open } = await installed()
  const session = await open('bob', 'one')
  await open('ann', 'two')
  const list = async (...args: string[]): Promise<{ index: number; type: string; session: string | null }[]> =>
    JSON.parse((await runCli(['log', 'list', '--json', ...args], { cwd: folder })).stdout) as never
  const all = await list('--all', '--limit', '1000')
  expect(all.map(({ index }) => index)).toEqual(all.map((_, index) => index))
  expect(await list('--all', '--limit', '2')).toEqual(all.slice(-2))
  expect(await list('--all', '--session', session)).toEqual(all.filter((entry) => entry.session === session))
  expect(await list()).toEqual([])
})

async function statusUnder(url: string, host: string): Promise<number | undefined> {
  const asked = request(`${url}/checkpoint`, { headers: { host } }).end()
  const [response] = (await once(asked, 'response')) as [{ statusCode?: number; resume: () => void }]
  response.resume()
  return response.statusCode
}

test('What another process records is shown as it is recorded, until one stops it.', async () => {
  const { folder, open } = await installed()
  const { child, line } = running(folder, 'log', 'tail', '--json')
  let seen = ''
  const first = line()
  // It follows from its own start on, which nothing announces.
  while (seen === '') seen = await Promise.race([first, open('bob', 'Answer the letters.').then(() => '')])
  expect(JSON.parse(seen)).toMatchObject({ index: expect.any(Number), v: 1 })
  for (;;) {
    const entry = JSON.parse(await line()) as { type: string; person?: string }
    if (entry.type !== 'session') continue
    expect(entry.person).toBe('bob')
    break
  }
  child.kill('SIGINT')
  expect((await once(child, 'exit'))[0]).toBe(0)
})

test('Entries are found by a text in any of their fields, and by what they commit to when asked.', async () => {
  const { folder, session } = await installed()
  const search = (...args: string[]): ReturnType<typeof runCli> => runCli(['log', 'search', ...args], { cwd: folder })
  expect(await search('ANN')).toMatchObject({ code: 0, stdout: expect.stringContaining(session) })
  expect(await search('achterberg "today"')).toMatchObject({ code: 1, stdout: 'nothing in the ledger holds that\n' })
  const found = await search('--payloads', '--json', 'a\u030Achterberg "today"')
  expect(JSON.parse(found.stdout)).toMatchObject([{ type: 'session', session }])
  const one = await search('--limit', '1', 'rules')
  expect(one.stdout.trim().split('\n')).toHaveLength(2)
  for (const wrong of ['0', '-1', 'many', '1.5']) expect((await search('--limit', wrong, 'rules')).code).toBe(2)
})

test('A session is verified alone.', async () => {
  const { folder, session } = await installed()
  const report = await runCli(['log', 'verify', '--session', session, '--json'], { cwd: folder })
  expect(report.code).toBe(0)
  expect(JSON.parse(report.stdout)).toMatchObject({ ok: true, session, entries: 1, signed: 1, problems: [] })
  const unknown = await runCli(['log', 'verify', '--session', 'ses_none'], { cwd: folder })
  expect(unknown.code).toBe(2)
  expect(unknown.stderr).toContain('the ledger has no entry of a session `ses_none`')
})

test('A file that is named and cannot be read is said to be so, with what to do.', async () => {
  const { folder } = await installed()
  const asked = [
    ['log', 'verify', '--proof', 'none.json'],
    ['verify-receipt', 'none.tlog-proof', '--policy', 'bailiwick.yaml'],
  ]
  for (const args of asked) {
    const { code, stderr } = await runCli(args, { cwd: folder })
    expect(code).toBe(2)
    expect(stderr).toMatch(/^error USAGE `none\.[a-z-]+` cannot be read: /)
  }
})
