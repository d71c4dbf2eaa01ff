import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Browser } from '../authority/sign-in/browser.ts'
import { realProvider } from '../authority/sign-in/real-provider.ts'
import { cli, folderWith, runCli } from './run-cli.ts'
import { installationFiles, manifest } from './written-manifest.ts'

const opening = ['--agent', 'clerk', '--goal', 'letters'] as const

function trusting(people: string): string {
  return folderWith({ ...installationFiles, 'bailiwick.yaml': `${manifest}trust: { people: ${people} }\n` })
}

/** `bailiwick login`, with a person who does what it says. */
async function login(cwd: string, person: string, ...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--conditions=@bailiwick/source', cli, 'login', ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let [stdout, stderr, gone] = ['', '', false]
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()))
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString()
    const url = /browser:\n(\S+)\n/.exec(stderr)?.[1] ?? /open (\S+)\n/.exec(stderr)?.[1]
    const code = /code (\S+)\n/.exec(stderr)?.[1]
    if (url === undefined || gone || (args.includes('--device') && code === undefined)) return
    gone = true
    void new Browser({ login: person, password: 'x', user_code: code ?? '' }).open(url)
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, stdout, stderr }
}

async function json<T>(cwd: string, ...args: string[]): Promise<T> {
  return JSON.parse((await runCli([...args, '--json'], { cwd })).stdout) as T
}

test('Who signs in can open sessions in their name, which nobody can who merely says it; logout takes that away.', async () => {
  const issuer = await realProvider()
  const cwd = trusting(`{ issuer: '${issuer}', clientId: bailiwick, claim: email, domains: [corp.example] }`)
  const { code, stdout } = await login(cwd, 'ann', '--json')
  const said = JSON.parse(stdout) as { person: string; file: string; expires: string }
  expect([code, said]).toMatchObject([0, { person: 'ann@corp.example', issuer, file: join(cwd, '.bailiwick', 'person.jwt') }])
  expect(statSync(said.file).mode & 0o777).toBe(0o600)
  expect(stdout).not.toContain(readFileSync(said.file, 'utf8').trim())

  for (let times = 0; times < 2; times += 1)
    expect(await json(cwd, 'sessions', 'open', ...opening, '--person-token', said.file)).toMatchObject({
      session: { person: 'ann@corp.example' },
    })
  expect(await json(cwd, 'sessions', 'open', ...opening, '--person', 'ann@corp.example')).toMatchObject({
    error: { code: 'PERSON_UNPROVED' },
  })
  expect(await json(cwd, 'sessions', 'open', ...opening)).toMatchObject({ session: { person: null } })
  const both = await json(cwd, 'sessions', 'open', ...opening, '--person', 'ann', '--person-token', said.file)
  expect(both).toMatchObject({ error: { code: 'USAGE' } })
  const entries = await json<{ person: string | null; event: string }[]>(cwd, 'log', 'list', '--all')
  expect(entries.filter(({ event }) => event === 'opened').map(({ person }) => person)).toEqual([
    'ann@corp.example',
    'ann@corp.example',
    null,
  ])

  expect(await json(cwd, 'logout')).toEqual({ file: said.file, removed: true })
  expect(existsSync(said.file)).toBe(false)
  expect(await json(cwd, 'logout')).toEqual({ file: said.file, removed: false })
  expect(await json(cwd, 'sessions', 'open', ...opening, '--person-token', said.file)).toMatchObject({ error: { code: 'USAGE' } })
})

test('A person signs in with another device, and the token is printed and kept nowhere.', async () => {
  const issuer = await realProvider()
  const cwd = trusting(`{ issuer: '${issuer}', clientId: bailiwick, claim: email }`)
  const { code, stdout, stderr } = await login(cwd, 'bob', '--device', '--print')
  expect([code, stdout.trim().split('.').length]).toEqual([0, 3])
  expect(stderr).toContain(`${issuer}/device`)
  expect(existsSync(join(cwd, '.bailiwick', 'person.jwt'))).toBe(false)
}, 30_000)

test('Whom the gateway would not take is not signed in, and why is said.', async () => {
  const issuer = await realProvider()
  const cwd = trusting(`{ issuer: '${issuer}', clientId: bailiwick, claim: email }`)
  const { code, stdout } = await login(cwd, 'mallory', '--json')
  expect([code, JSON.parse(stdout)]).toMatchObject([
    2,
    { error: { code: 'SIGN_IN_FAILED', message: expect.stringContaining('has not verified the e-mail address') as string } },
  ])
  expect(existsSync(join(cwd, '.bailiwick', 'person.jwt'))).toBe(false)
})

test('Without a provider there is nowhere to sign in; with one that is not there, the command says so.', async () => {
  expect(await json(folderWith(installationFiles), 'login')).toMatchObject({ error: { code: 'USAGE' } })
  const cwd = trusting("{ issuer: 'http://127.0.0.1:1', clientId: bailiwick }")
  expect(await json(cwd, 'login')).toMatchObject({ error: { code: 'SIGN_IN_FAILED' } })
})
