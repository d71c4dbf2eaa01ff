import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '../attack/installation.ts'
import { hello, plainAnswer, provider } from '../enforce/llm/recorded-models.ts'
import { cli, folderWith, runCli } from './run-cli.ts'
import { installationFiles } from './written-manifest.ts'

interface Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  readonly said: { readonly session: string; readonly openai: string; readonly anthropic: string }
  readonly stderr: () => string
  readonly ask: (headers?: Record<string, string>) => Promise<Response>
}

const key = 'sk-canary-0123456789abcdef'

/** `bailiwick models` as a process of its own. Rejects when it does not get as far as to say where it listens. */
async function models(cwd: string, ...args: string[]): Promise<Running> {
  const child = spawn(process.execPath, ['--conditions=@bailiwick/source', cli, 'models', '--json', ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, NO_COLOR: '1', MODEL_KEY: key },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let stderr = ''
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()))
  const [line] = (await Promise.race([once(child.stdout, 'data'), once(child, 'close').then(() => Promise.reject(new Error(stderr)))])) as [
    Buffer,
  ]
  const said = JSON.parse(line.toString()) as Running['said']
  return {
    child,
    said,
    stderr: () => stderr,
    ask: (headers = {}) =>
      fetch(`${said.openai}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(hello),
      }),
  }
}

async function json<T>(cwd: string, ...args: string[]): Promise<T> {
  return JSON.parse((await runCli([...args, '--json'], { cwd })).stdout) as T
}

const opening = ['--agent', 'clerk', '--goal', 'letters'] as const
type Listed = {
  readonly index: number
  readonly type: string
  readonly event: string
  readonly status?: string
  readonly modelCall: string
}[]

test('A session is opened, its agent asks, and everything that reads the ledger shows it; the session ends with the command.', async () => {
  const { url, asked } = await provider((_, response) => plainAnswer(response, 'Good day to you.'))
  const cwd = folderWith(installationFiles)
  const { child, said, ask, stderr } = await models(cwd, ...opening, '--to', `${url}/v1`, '--key-env', 'MODEL_KEY', '--provider', 'house')
  expect(said.openai).toBe(`${said.anthropic}/v1`)
  expect(await (await ask({ authorization: 'Bearer recorded' })).json()).toMatchObject({ model: 'gpt-5-2025-08-07' })
  expect(asked[0]?.headers.authorization).toBe(`Bearer ${key}`)
  child.kill('SIGTERM')
  expect(await once(child, 'close')).toEqual([0, null])
  expect(stderr()).toBe('')
  expect(await json(cwd, 'sessions')).toMatchObject([{ id: said.session, state: 'closed' }])

  const halves = (await json<Listed>(cwd, 'log', 'list', '--all')).filter(({ type }) => type === 'model')
  expect(halves).toMatchObject([
    { event: 'asked', providerName: 'house' },
    { event: 'answered', status: 'ok', inputTokens: 9, outputTokens: 3 },
  ])
  const call = halves[0]?.modelCall as string
  const list = (await runCli(['log', 'list', '--all'], { cwd })).stdout
  expect(list).toMatch(new RegExp(`model +${call} asked gpt-5 at 127.0.0.1\n`))
  expect(list).toMatch(new RegExp(`model +${call} ok gpt-5-2025-08-07, 9 \\+ 3 tokens\n`))
  expect(await json(cwd, 'log', 'list')).toEqual([])
  const shown = await json<{ entry: { event: string }; payload: { genuine: boolean; value: unknown } }[]>(cwd, 'log', 'show', call)
  expect(shown).toMatchObject([
    { entry: { event: 'asked' }, payload: { genuine: true, value: hello } },
    { entry: { event: 'answered' }, payload: { genuine: true, value: { choices: [{ message: { content: 'Good day to you.' } }] } } },
  ])
  expect(await json<Listed>(cwd, 'log', 'search', 'gpt-5-2025')).toMatchObject([{ event: 'answered' }])
  expect(await json<Listed>(cwd, 'log', 'search', '--payloads', 'Good day to you')).toMatchObject([{ event: 'answered' }])
  expect(await json<Listed>(cwd, 'log', 'search', '--payloads', 'Good day?')).toMatchObject([{ event: 'asked' }])
  expect(await json(cwd, 'log', 'verify')).toMatchObject({ ok: true, open: 0, problems: [] })
  expect(await json(cwd, 'log', 'verify', '--session', said.session)).toMatchObject({ ok: true, open: 0 })
  const exported = (await runCli(['export', '--format', 'ocsf', '--payloads'], { cwd })).stdout
  expect(exported).toContain('"event_code":"model.ok"')
  expect(exported).not.toContain(key)
})

test('A session that is open is taken up and stays so; it is followed when another process changes it, and one that has ended is not taken up.', async () => {
  const { url, asked } = await provider((_, response) => plainAnswer(response))
  const cwd = folderWith(installationFiles)
  const { session } = await json<{ session: { id: string } }>(cwd, 'sessions', 'open', ...opening)
  const { child, said, ask } = await models(cwd, '--session', session.id, '--to', url)
  expect(said.session).toBe(session.id)
  expect((await ask({ authorization: `Bearer ${key}` })).status).toBe(200)
  expect(asked[0]?.headers.authorization).toBe(`Bearer ${key}`)
  await json(cwd, 'sessions', 'pause', session.id)
  expect((await ask()).status).toBe(403)
  await json(cwd, 'sessions', 'resume', session.id)
  expect((await ask()).status).toBe(200)
  child.kill('SIGINT')
  expect(await once(child, 'close')).toEqual([0, null])
  expect(await json(cwd, 'sessions')).toMatchObject([{ state: 'active' }])
  await json(cwd, 'sessions', 'revoke', session.id)
  expect(await json(cwd, 'models', '--session', session.id, '--to', url)).toMatchObject({ error: { code: 'SESSION_STATE' } })
})

test('Who follows the ledger sees each answer.', async () => {
  const { url } = await provider((_, response) => plainAnswer(response))
  const cwd = folderWith(installationFiles)
  const { ask } = await models(cwd, ...opening, '--to', url)
  const tail = spawn(process.execPath, ['--conditions=@bailiwick/source', cli, 'log', 'tail'], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void tail.kill('SIGKILL'))
  const shown: Buffer[] = []
  tail.stdout.on('data', (data: Buffer) => shown.push(data))
  for (let tries = 0; shown.length === 0 && tries < 100; tries += 1) {
    await (await ask()).text()
    await sleep(100)
  }
  expect(Buffer.concat(shown).toString()).toMatch(/^[\d:.]{12} {2}ok {11}gpt-5-2025-08-07 {2}\d+ ms, 9 \+ 3 tokens\n/)
})

test('When it is killed between the two halves, what was asked is known, and the next process says that its end is not.', async () => {
  const { url, asked } = await provider(() => {})
  const cwd = folderWith(installationFiles)
  const { child, said, ask } = await models(cwd, ...opening, '--to', url)
  const asking = ask()
  asking.catch(() => {})
  await eventually(() => asked.length === 1, 'the question')
  child.kill('SIGKILL')
  await once(child, 'close')
  await expect(asking).rejects.toThrow()
  expect(await json(cwd, 'log', 'verify', '--session', said.session)).toMatchObject({ open: 1 })
  const next = await runCli(['sessions', 'open', ...opening], { cwd })
  expect(next.stderr).toContain('1 call of a gateway that ended without warning is recorded as unknown')
  const halves = (await json<Listed>(cwd, 'log', 'list', '--all')).filter(({ type }) => type === 'model')
  expect(halves).toMatchObject([
    { event: 'asked', requestModel: 'gpt-5' },
    { event: 'answered', status: 'unknown', modelCall: halves[0]?.modelCall, requestModel: 'gpt-5', response: null },
  ])
  expect(await json(cwd, 'log', 'show', halves[0]?.modelCall as string)).toMatchObject([{ payload: { value: hello, genuine: true } }, {}])
  expect(await json(cwd, 'log', 'verify')).toMatchObject({ ok: true, open: 0, problems: [] })
})

test.each<[string, string[], string, RegExp]>([
  ['no session', ['--to', 'https://models.example'], 'USAGE', /no session is named/],
  ['a session and an agent', ['--session', 'ses_1', ...opening, '--to', 'https://models.example'], 'USAGE', /cannot be used with/],
  ['a session that is not there', ['--session', 'ses_1', '--to', 'https://models.example'], 'SESSION_UNKNOWN', /no session `ses_1`/],
  ['no provider', [...opening], 'USAGE', /--to/],
  ['a provider that is no address', [...opening, '--to', 'models.example'], 'USAGE', /is not the address of a provider/],
  ['an address with a password', [...opening, '--to', 'https://a:b@models.example'], 'USAGE', /neither a password nor a query/],
  [
    'a key that is not set',
    [...opening, '--to', 'https://models.example', '--key-env', 'NO_KEY'],
    'SECRET_MISSING',
    /`NO_KEY`, which is not set/,
  ],
])('With %s it does not start, and says why.', async (_, args, code, message) => {
  const { code: exit, stdout } = await runCli(['models', '--json', ...args], { cwd: folderWith(installationFiles) })
  expect(exit).toBe(2)
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string } }
  expect(error).toEqual(expect.objectContaining({ code, message: expect.stringMatching(message) as string }))
})
