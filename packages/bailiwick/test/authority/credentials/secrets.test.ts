import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { SecretCommand } from '../../../src/authority/credentials/secret-command.ts'
import { Secrets } from '../../../src/authority/credentials/secrets.ts'
import type { CommandSecret, FoundSecret } from '../../../src/model/secret-source.ts'

const canary = `canary-${crypto.randomUUID()}`

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'bailiwick-secrets-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

function secretFile(base: string, text: string, mode = 0o600): string {
  const path = join(base, 'token')
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

const node = (script: string, ...args: string[]): CommandSecret => ({
  command: [process.execPath, '-e', script, ...args],
  ttl: '1m',
  variables: [],
})

async function problem(source: FoundSecret, base: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const read = new Secrets(Date.now).read(source, 'TOKEN', { base, environment })
  const error = await read.then(
    (value) => new Error(`it was read: ${value}`),
    (thrown: unknown) => thrown as Error & { code?: string },
  )
  expect(error).toMatchObject({ code: 'SECRET_MISSING' })
  expect(JSON.stringify([error.message, String(error.stack), error.cause])).not.toContain(canary)
  return error.message
}

test('A secret is read anew each time: a file that was replaced has the new one, and the old one is known still.', async () => {
  const base = folder()
  secretFile(base, `${canary}\n`)
  const secrets = new Secrets(Date.now)
  const read = (): Promise<string> => secrets.read({ file: 'token' }, 'TOKEN', { base, environment: {} })
  expect(await read()).toBe(canary)
  secretFile(base, 'replaced-1234\r\n')
  expect(await read()).toBe('replaced-1234')
  expect([...secrets.known]).toEqual([canary, 'replaced-1234'])
})

test.each([
  { mode: 0o600, ok: true },
  { mode: 0o400, ok: true },
  { mode: 0o640, ok: true },
  { mode: 0o644, ok: false },
  { mode: 0o604, ok: false },
  { mode: 0o660, ok: false },
  { mode: 0o602, ok: false },
])('A secret file of the mode $mode is read: $ok, also behind a link.', async ({ mode, ok }) => {
  const base = folder()
  symlinkSync(secretFile(base, canary, mode), join(base, 'link'))
  const secrets = new Secrets(Date.now)
  for (const file of ['token', 'link'])
    if (ok) expect(await secrets.read({ file }, 'TOKEN', { base, environment: {} })).toBe(canary)
    else expect(await problem({ file }, base)).toMatch(/can be (read|written) by others/)
})

test('What is no file, too long, empty, or holds a NUL is no secret, and is not quoted.', async () => {
  const base = folder()
  expect(await problem({ file: 'none' }, base)).toContain('ENOENT')
  expect(await problem({ file: '.' }, base)).toContain('is not a file')
  execFileSync('mkfifo', ['-m', '600', join(base, 'pipe')])
  expect(await problem({ file: 'pipe' }, base)).toContain('is not a file')
  secretFile(base, canary.repeat(2000))
  expect(await problem({ file: 'token' }, base)).toContain('more than 65536 bytes')
  secretFile(base, '\n')
  expect(await problem({ file: 'token' }, base)).toContain('is empty')
  secretFile(base, `${canary}\0`)
  expect(await problem({ file: 'token' }, base)).toContain('holds a NUL')
  expect(await problem({ env: 'TOKEN' }, base)).toContain('is not set')
  expect(await problem({ env: 'TOKEN' }, base, { TOKEN: '' })).toContain('is empty')
})

test('A command prints a secret without a shell, in the folder of the manifest, with a minimal environment, and once for as long as its time says.', async () => {
  const base = folder()
  const script =
    'require("fs").appendFileSync("runs", "x"); console.log(JSON.stringify([process.argv.slice(1), process.env, process.cwd()]))'
  let now = 0
  const secrets = new Secrets(() => now)
  const environment = { PATH: process.env['PATH'] ?? '', CRM_SECRET: canary, VAULT_ADDR: 'https://vault', HOME: '/home/x' }
  const source = { ...node(script, '$(id); `id` > "$HOME"', '*'), variables: ['VAULT_ADDR'] }
  const read = (): Promise<string> => secrets.read(source, 'TOKEN', { base, environment })
  const [first, second] = await Promise.all([read(), read()])
  expect(second).toBe(first)
  const [args, env, cwd] = JSON.parse(first) as [string[], Record<string, string>, string]
  expect(args).toEqual(['$(id); `id` > "$HOME"', '*'])
  expect(env).toEqual({ PATH: environment.PATH, VAULT_ADDR: 'https://vault', HOME: '/home/x' })
  expect(cwd).toBe(base)
  now = 59_999
  await read()
  expect(readFileSync(join(base, 'runs'), 'utf8')).toBe('x')
  now = 60_000
  await read()
  expect(readFileSync(join(base, 'runs'), 'utf8')).toBe('xx')
})

test.each([
  { what: 'fails', script: `console.log("${canary}"); console.error("${canary}"); process.exit(3)`, says: 'ended with the code 3' },
  {
    what: 'prints too much',
    script: `const say = () => process.stdout.write("${canary}".repeat(100), say); say()`,
    says: 'printed more than 65536 bytes',
  },
  { what: 'is killed', script: 'process.kill(process.pid, "SIGKILL")', says: 'ended with a signal' },
  { what: 'prints nothing', script: '', says: 'is empty' },
])('A command that $what gives no secret, and nothing of what it said is told.', async ({ script, says }) => {
  expect(await problem(node(script), folder())).toContain(says)
})

test('A command that is not there, or waits for ever with a child of its own, gives no secret, and leaves nothing running.', async () => {
  const base = folder()
  expect(await problem({ command: ['no-such-program'], ttl: '1m', variables: [] }, base)).toContain('cannot be run (ENOENT)')
  const script = `require("child_process").spawn(process.execPath, ["-e", "setTimeout(() => require('fs').writeFileSync('late', ''), 1500)"], { stdio: "inherit" }); setInterval(() => {}, 1000)`
  const command = new SecretCommand(node(script), { base, environment: process.env, clock: Date.now, timeout: 700 })
  expect(await command.read('TOKEN')).toMatchObject({ kind: 'refused', reason: expect.stringContaining('did not end within 0.7 s') })
  await sleep(1500)
  expect(existsSync(join(base, 'late'))).toBe(false)
})

test('A failure is not kept: the next call runs the command again.', async () => {
  const base = folder()
  const source = node('if (!require("fs").existsSync("ready")) process.exit(1); console.log("ready-secret")')
  const secrets = new Secrets(Date.now)
  const read = (): Promise<string> => secrets.read(source, 'TOKEN', { base, environment: {} })
  await expect(read()).rejects.toThrow('ended with the code 1')
  writeFileSync(join(base, 'ready'), '')
  expect(await read()).toBe('ready-secret')
})
