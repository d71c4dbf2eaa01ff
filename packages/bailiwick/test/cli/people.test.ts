import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith, runCli } from './run-cli.ts'
import { installationFiles } from './written-manifest.ts'

const opening = ['--agent', 'clerk', '--goal', 'letters'] as const
const passphrase = 'correct horse battery staple'

function installed(): string {
  const cwd = folderWith(installationFiles)
  for (const [name, text] of [
    ['pass', `${passphrase}\n`],
    ['wrong', 'incorrect horse\n'],
  ] as const)
    writeFileSync(join(cwd, name), text, { mode: 0o600 })
  return cwd
}

async function json<T>(cwd: string, ...args: string[]): Promise<T> {
  return JSON.parse((await runCli([...args, '--json'], { cwd })).stdout) as T
}

test('A person with a key proves once who they are; the manifest holds the public half, and the file is sealed.', async () => {
  const cwd = installed()
  const before = readFileSync(join(cwd, 'bailiwick.yaml'), 'utf8')
  const added = await json<{ publicKey: string; file: string }>(cwd, 'people', 'add', 'ann', '--passphrase-file', 'pass')
  expect(added).toMatchObject({ person: 'ann', file: join(cwd, '.bailiwick', 'people', 'ann.json') })
  expect(statSync(added.file).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(cwd, 'bailiwick.yaml'), 'utf8')).toBe(
    `${before.trimEnd()}\ntrust: { people: { keys: { ann: ${added.publicKey} } } }\n`,
  )
  await json(cwd, 'people', 'add', 'bob.smith@corp.example', '--passphrase-file', 'pass')
  expect(await json(cwd, 'people')).toMatchObject([{ name: 'ann', publicKey: added.publicKey }, { name: 'bob.smith@corp.example' }])

  const { token } = await json<{ token: string }>(cwd, 'people', 'token', '--as', 'ann', '--passphrase-file', 'pass')
  writeFileSync(join(cwd, 'token'), `${token}\n`)
  expect(await json(cwd, 'sessions', 'open', ...opening, '--person-token', 'token')).toMatchObject({ session: { person: 'ann' } })
  expect(await json(cwd, 'sessions', 'open', ...opening, '--person-token', 'token')).toMatchObject({
    error: { code: 'PERSON_UNPROVED', message: 'the token proves nobody: the token was used before' },
  })
  expect(await json(cwd, 'sessions', 'open', ...opening, '--person', 'ann')).toMatchObject({ error: { code: 'PERSON_UNPROVED' } })
  const text = readFileSync(join(cwd, 'bailiwick.yaml'), 'utf8')
  writeFileSync(join(cwd, 'bailiwick.yaml'), text.replace('people: {', 'people: { allowNamed: true,'))
  expect(await json(cwd, 'sessions', 'open', ...opening, '--person', 'ann')).toMatchObject({ session: { person: 'ann' } })
}, 60_000)

test('A key does not open with another passphrase, in the name of another, or after any change of its file.', async () => {
  const cwd = installed()
  const { file } = await json<{ file: string }>(cwd, 'people', 'add', 'ann', '--passphrase-file', 'pass')
  const token = (...args: string[]): Promise<unknown> => json(cwd, 'people', 'token', ...args)
  expect(await token('--as', 'ann', '--passphrase-file', 'wrong')).toMatchObject({
    error: { code: 'KEY_FILE', message: expect.stringContaining('does not open') as string },
  })
  expect(await token('--as', 'bob', '--passphrase-file', 'pass', '--key-file', file)).toMatchObject({ error: { code: 'KEY_FILE' } })
  expect(await token('--as', 'bob', '--passphrase-file', 'pass')).toMatchObject({ error: { code: 'KEY_FILE' } })
  const text = readFileSync(file, 'utf8')
  for (const [from, to] of [
    ['"person": "ann"', '"person": "bob"'],
    ['"N": 131072', '"N": 1024'],
    ['"tag": "', '"tag": "x'],
    ['"version": 1', '"version": 2'],
  ] as const) {
    writeFileSync(file, text.replace(from, to))
    expect(await token('--as', to.includes('bob') ? 'bob' : 'ann', '--key-file', file, '--passphrase-file', 'pass')).toMatchObject({
      error: { code: 'KEY_FILE' },
    })
  }
}, 60_000)

test('What would be unsafe or of no use is refused before a key is made.', async () => {
  const cwd = installed()
  const add = (...args: string[]): Promise<unknown> => json(cwd, 'people', 'add', ...args)
  expect(await add('../ann', '--passphrase-file', 'pass')).toMatchObject({ error: { code: 'USAGE' } })
  expect(await add('аnn', '--passphrase-file', 'pass')).toMatchObject({ error: { code: 'USAGE' } })
  expect(await add('ann')).toMatchObject({ error: { code: 'USAGE', message: 'there is no terminal to ask for the passphrase' } })
  writeFileSync(join(cwd, 'short'), 'horse\n', { mode: 0o600 })
  expect(await add('ann', '--passphrase-file', 'short')).toMatchObject({ error: { code: 'USAGE' } })
  writeFileSync(join(cwd, 'open'), `${passphrase}\n`, { mode: 0o644 })
  expect(await add('ann', '--passphrase-file', 'open')).toMatchObject({
    error: { code: 'KEY_FILE', message: expect.stringContaining('read by others') as string },
  })
  expect(await json(cwd, 'people')).toEqual([])
  await add('ann', '--passphrase-file', 'pass')
  expect(await add('ann', '--passphrase-file', 'pass')).toMatchObject({ error: { code: 'USAGE' } })
  expect(await add('ann', '--passphrase-file', 'pass', '--key-file', 'other.json')).toMatchObject({ error: { code: 'USAGE' } })
  for (const lifetime of ['11m', '0s', 'long'])
    expect(await json(cwd, 'people', 'token', '--as', 'ann', '--lifetime', lifetime, '--passphrase-file', 'pass')).toMatchObject({
      error: { code: 'USAGE' },
    })
  expect(await json(cwd, 'mcp', ...opening, '--person-token', '-')).toMatchObject({ error: { code: 'USAGE' } })
}, 60_000)
