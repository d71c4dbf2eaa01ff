import { execFile } from 'node:child_process'
import { globSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { formatAddCheckpoint, MemoryWitnessStore, parseCheckpoint, parseNote, type WitnessedHead } from '../src/index.ts'
import { DirectoryWitnessStore } from '../src/node/index.ts'
import { coded } from './coded.ts'
import { headNote, newWitness, ORIGIN, URL_PREFIX } from './witnessed-log.ts'

let folder: string
let store: DirectoryWitnessStore
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tlog-witness-'))
  store = new DirectoryWitnessStore(join(folder, 'heads'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function head(size: number, forged = false, cosigned = false): Promise<WitnessedHead> {
  const note = await headNote(size, forged)
  const { root } = parseCheckpoint(parseNote(note).text)
  return { size, root, note, cosigned }
}

test('A head is kept beyond the life of the store, and replaced only where it is the expected one.', async () => {
  expect(await store.latest(ORIGIN)).toBeNull()
  expect(await store.replace(ORIGIN, await head(3), await head(8))).toBe(false)
  expect(await store.replace(ORIGIN, null, await head(8))).toBe(true)
  expect(await store.replace(ORIGIN, null, await head(9))).toBe(false)
  expect(await store.replace(ORIGIN, await head(7), await head(9))).toBe(false)
  expect(await store.replace(ORIGIN, await head(8, true), await head(9))).toBe(false)
  const reopened = new DirectoryWitnessStore(join(folder, 'heads'))
  expect(await reopened.latest(ORIGIN)).toEqual(await head(8))
  expect(await reopened.replace(ORIGIN, await head(8), await head(8, false, true))).toBe(true)
  expect(await store.latest(ORIGIN)).toEqual(await head(8, false, true))
  expect(await store.latest('example.com/other')).toBeNull()
})

test('A head in memory is replaced only where it is the expected one, in size and root.', async () => {
  const memory = new MemoryWitnessStore()
  expect(await memory.replace(ORIGIN, await head(3), await head(8))).toBe(false)
  expect(await memory.replace(ORIGIN, null, await head(8))).toBe(true)
  expect(await memory.replace(ORIGIN, null, await head(9))).toBe(false)
  expect(await memory.replace(ORIGIN, await head(7), await head(9))).toBe(false)
  expect(await memory.replace(ORIGIN, await head(8, true), await head(9))).toBe(false)
  expect(await memory.latest(ORIGIN)).toEqual(await head(8))
})

test('Who is so late that the step to take has been taken and tidied away meanwhile has not replaced the head.', async () => {
  await store.replace(ORIGIN, null, await head(3))
  const log = dirname(globSync(join(folder, 'heads', '*', '1'))[0]!)
  const later = `cosigned\n${await headNote(40)}`
  const { root } = await head(3)
  const expected = {
    // Looked at when the last head has been read and the next one not yet been written.
    get size() {
      writeFileSync(join(log, '12'), later)
      rmSync(join(log, '1'))
      return 3
    },
    root,
  }
  expect(await store.replace(ORIGIN, expected, await head(5, true))).toBe(false)
  expect((await store.latest(ORIGIN))!.size).toBe(40)
})

test('Of many replacements of one head at once, through several stores, one is made.', async () => {
  for (let round = 0; round < 20; round++) {
    const stores = Array.from({ length: 4 }, () => new DirectoryWitnessStore(join(folder, `race-${round}`)))
    await stores[0]!.replace(ORIGIN, null, await head(3))
    const expected = await head(3)
    const done = await Promise.all(
      Array.from({ length: 12 }, async (_, i) =>
        stores[i % 4]!.replace(ORIGIN, expected, await head(4 + i, i % 2 === 1)).then((won) => (won ? 4 + i : null)),
      ),
    )
    const winners = done.filter((size) => size !== null)
    expect(winners).toHaveLength(1)
    expect((await stores[1]!.latest(ORIGIN))!.size).toBe(winners[0])
  }
})

test('Old steps are tidied away, and no unfinished file is left.', async () => {
  for (let size = 1; size <= 30; size++) await store.replace(ORIGIN, size === 1 ? null : await head(size - 1), await head(size))
  const log = readdirSync(join(folder, 'heads')).find((name) => /^[0-9a-f]{64}$/.test(name))
  const kept = readdirSync(join(folder, 'heads', log!)).map(Number)
  expect(kept.sort((a, b) => a - b)).toEqual([26, 27, 28, 29, 30])
  expect(readdirSync(join(folder, 'heads', '.unfinished'))).toEqual([])
  expect((await store.latest(ORIGIN))!.size).toBe(30)
})

test('A damaged head is an error, and nothing is cosigned over it.', async () => {
  await store.replace(ORIGIN, null, await head(8))
  const [file] = globSync('heads/*/1', { cwd: folder })
  const other = (await headNote(8)).replace(ORIGIN, 'example.com/other')
  for (const [damage, code] of [
    ['', 'bad_note'],
    ['cosigned\n', 'bad_note'],
    ['hello', 'bad_note'],
    [`cosigned\n${other}`, 'bad_checkpoint'],
  ] as const) {
    writeFileSync(join(folder, file!), damage)
    await expect(store.latest(ORIGIN)).rejects.toThrow(coded(code))
    const { handle } = await newWitness(store)
    const body = formatAddCheckpoint({ oldSize: 0, proof: [], note: await headNote(9, true) })
    await expect(handle(new Request(`${URL_PREFIX}/add-checkpoint`, { method: 'POST', body }))).rejects.toThrow(coded(code))
  }
})

test('Two processes with the keys of one witness cosign one history of a log only, however they race.', async () => {
  const racer = fileURLToPath(new URL('./witness-racer.ts', import.meta.url))
  for (let round = 0; round < 3; round++) {
    const heads = join(folder, `processes-${round}`)
    await new DirectoryWitnessStore(heads).replace(ORIGIN, null, await head(3))
    const run = async (history: string): Promise<string> => (await promisify(execFile)(process.execPath, [racer, heads, history])).stdout
    const [honest, forged] = await Promise.all([run('true'), run('forged')])
    expect([honest === '', forged === ''].filter(Boolean), `${honest} / ${forged}`).toHaveLength(1)
    expect((await new DirectoryWitnessStore(heads).latest(ORIGIN))!.size).toBe(60)
  }
})
