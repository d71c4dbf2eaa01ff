import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readOrCreateSeed, readSeed } from '../../src/authority/key-file.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-keys-'))
  path = join(folder, 'keys', 'gateway.key')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('A key is made once, read back the same, and nobody else can read it.', () => {
  const seed = readOrCreateSeed(path)
  expect(seed).toHaveLength(32)
  expect(readOrCreateSeed(path)).toEqual(seed)
  expect(readSeed(path)).toEqual(seed)
  expect(readdirSync(join(folder, 'keys'))).toEqual(['gateway.key'])
  expect(readOrCreateSeed(join(folder, 'keys', 'other.key'))).not.toEqual(seed)
  if (process.platform === 'win32') return
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(statSync(join(folder, 'keys')).mode & 0o777).toBe(0o700)
})

test.runIf(process.platform !== 'win32')('A key file that others may read, write or run is refused, whoever they are.', () => {
  readOrCreateSeed(path)
  for (const mode of [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o777]) {
    chmodSync(path, mode)
    for (const read of [readSeed, readOrCreateSeed])
      expect(() => read(path), mode.toString(8)).toThrowError(
        expect.objectContaining({ code: 'KEY_FILE', mend: expect.stringContaining('chmod 600') }),
      )
  }
  for (const mode of [0o600, 0o400]) {
    chmodSync(path, mode)
    expect(readSeed(path)).toHaveLength(32)
  }
})

test('A key file that holds no seed is refused and not replaced.', () => {
  readOrCreateSeed(path)
  for (const text of ['', 'short', 'A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(43)}${'A'.repeat(43)}`, '-----BEGIN PRIVATE KEY-----']) {
    writeFileSync(path, text)
    expect(() => readOrCreateSeed(path)).toThrowError(expect.objectContaining({ code: 'KEY_FILE' }))
    expect(readFileSync(path, 'utf8')).toBe(text)
  }
})

test('A key that should be there and is not is missed, not made.', () => {
  expect(() => readSeed(path)).toThrowError(expect.objectContaining({ code: 'KEY_FILE' }))
  expect(existsSync(path)).toBe(false)
})

test('Processes that start at once agree on one key.', async () => {
  const script = `import { readOrCreateSeed } from ${JSON.stringify(new URL('../../src/authority/key-file.ts', import.meta.url).href)}; console.log(Buffer.from(readOrCreateSeed(process.argv[1])).toString('hex'))`
  const run = async (): Promise<string> =>
    (await promisify(execFile)(process.execPath, ['--conditions=@bailiwick/source', '--input-type=module', '--eval', script, path])).stdout
  const seeds = await Promise.all([run(), run(), run()])
  expect(new Set(seeds).size).toBe(1)
  expect(readdirSync(join(folder, 'keys'))).toEqual(['gateway.key'])
})
