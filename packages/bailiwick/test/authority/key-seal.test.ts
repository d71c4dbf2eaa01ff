import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { isSeedSealed, readOrCreateSeed, readSeed, resealSeed } from '../../src/authority/key-file.ts'
import { keySecretIn } from '../../src/authority/key-seal.ts'
import type { KeySecret } from '../../src/authority/key-seal.ts'

const passphrase: KeySecret = { kind: 'passphrase', text: 'correct horse battery' }
const bytes: KeySecret = { kind: 'bytes', bytes: new Uint8Array(32).fill(5) }

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-seal-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'one.key')
}

test.each([
  ['a passphrase', passphrase],
  ['a secret', bytes],
] as const)('A key that is made under %s is in the file sealed alone, and opens with nothing else.', (_, secret) => {
  const file = scratch()
  const seed = readOrCreateSeed(file, secret)
  expect(seed).toHaveLength(32)
  expect(readSeed(file, secret)).toEqual(seed)
  const text = readFileSync(file, 'utf8')
  for (const form of ['base64url', 'base64', 'hex'] as const) expect(text).not.toContain(Buffer.from(seed).toString(form))
  expect(statSync(file).mode & 0o077).toBe(0)
  const others: (KeySecret | null)[] = [
    null,
    { kind: 'passphrase', text: 'correct horse batterz' },
    { kind: 'bytes', bytes: new Uint8Array(32).fill(6) },
  ]
  for (const other of others) expect(() => readSeed(file, other)).toThrow(/is sealed/)
})

test('Whichever member of a sealed file is altered, it does not open.', () => {
  const file = scratch()
  readOrCreateSeed(file, bytes)
  const whole = JSON.parse(readFileSync(file, 'utf8')) as { cipher: Record<string, string> }
  for (const [name, value] of Object.entries(whole.cipher)) {
    const altered = { ...whole, cipher: { ...whole.cipher, [name]: `${value.startsWith('A') ? 'B' : 'A'}${value.slice(1)}` } }
    writeFileSync(file, JSON.stringify(altered))
    expect(() => readSeed(file, bytes), name).toThrow(/KEY_FILE|key file/)
  }
  for (const text of [
    '{',
    '{}',
    '{"format":"bailiwick-key"}',
    JSON.stringify({ ...whole, more: 1 }),
    JSON.stringify({ ...whole, kdf: undefined }),
  ]) {
    writeFileSync(file, text)
    expect(() => readSeed(file, bytes), text).toThrow(/not of the form/)
  }
})

test('A key that lies open is sealed, resealed and opened again, and stays the same.', () => {
  const file = scratch()
  const seed = readOrCreateSeed(file, null)
  expect(isSeedSealed(file)).toBe(false)
  resealSeed(file, null, passphrase)
  expect(isSeedSealed(file)).toBe(true)
  resealSeed(file, passphrase, bytes)
  expect(readSeed(file, bytes)).toEqual(seed)
  resealSeed(file, bytes, null)
  expect(readSeed(file, null)).toEqual(seed)
})

test('The environment names one secret, well, or none.', () => {
  const file = scratch()
  writeFileSync(file, 'correct horse battery\n', { mode: 0o600 })
  expect(keySecretIn({})).toBeNull()
  expect(keySecretIn({ BAILIWICK_KEY_PASSPHRASE: '' })).toBeNull()
  expect(keySecretIn({ BAILIWICK_KEY_PASSPHRASE_FILE: file })).toEqual(passphrase)
  expect(keySecretIn({ BAILIWICK_KEY_SECRET: Buffer.alloc(32, 5).toString('base64') })).toEqual(bytes)
  chmodSync(file, 0o644)
  for (const environment of [
    { BAILIWICK_KEY_PASSPHRASE_FILE: file },
    { BAILIWICK_KEY_PASSPHRASE_FILE: `${file}.none` },
    { BAILIWICK_KEY_PASSPHRASE: 'short' },
    { BAILIWICK_KEY_SECRET: 'x' },
    { BAILIWICK_KEY_PASSPHRASE: 'correct horse battery', BAILIWICK_KEY_SECRET: Buffer.alloc(32).toString('base64') },
  ])
    expect(() => keySecretIn(environment), JSON.stringify(environment)).toThrow(expect.objectContaining({ code: 'KEY_FILE' }))
})
