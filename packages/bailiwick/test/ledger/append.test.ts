import { rmSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { longestEntry } from '../../src/ledger/ledger.ts'
import { proveEntry } from '../../src/ledger/prove-entry.ts'
import { decision, fill, note, outcome, ScratchLedger, ledgerKeys } from './scratch-ledger.ts'
import { runProcess } from './run-process.ts'

let scratch: ScratchLedger
beforeEach(() => {
  scratch = new ScratchLedger()
})
afterEach(() => scratch.remove())

const subjects = async (store: { entries(from: number, count: number): Promise<readonly Uint8Array[]> }): Promise<string[]> =>
  (await store.entries(0, 10_000)).map((body) => (JSON.parse(Buffer.from(body).toString()) as { subject: string }).subject)

test('Entries that are appended at once get the indices of their order, and the tree verifies.', async () => {
  const { ledger, store } = scratch.open()
  const indices = await Promise.all(Array.from({ length: 300 }, (_, index) => ledger.append(note(String(index)))))
  expect(indices).toEqual(Array.from({ length: 300 }, (_, index) => index))
  expect(await subjects(store)).toEqual(indices.map(String))
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({ ok: true, entries: 300, signed: 300 })
})

test('An append that resolved is on disk for every other connection.', async () => {
  const { ledger } = scratch.open()
  const { store } = scratch.open('reader')
  for (let index = 0; index < 20; index += 1) expect(await store.entries(await ledger.append(note(String(index))), 1)).toHaveLength(1)
})

test('An entry of 65,535 bytes is taken and one of 65,536 is refused, and the refusal harms no other.', async () => {
  const { ledger, store } = scratch.open()
  await ledger.append(note(''))
  const [empty] = await store.entries(0, 1)
  const room = longestEntry - empty!.length
  await ledger.append(note('x'.repeat(room)))
  const refused = ledger.append(note('x'.repeat(room + 1)))
  const next = ledger.append(note('next'))
  await expect(refused).rejects.toMatchObject({ name: 'BailiwickError', code: 'LEDGER_ENTRY_TOO_LARGE' })
  expect(await next).toBe(2)
  await expect(ledger.append(note('\u00e9'.repeat(room / 2 + 1)))).rejects.toMatchObject({ code: 'LEDGER_ENTRY_TOO_LARGE' })
  expect((await store.entries(1, 1))[0]).toHaveLength(longestEntry)
})

test('A batch that cannot be written fails whole and leaves nothing behind; the ledger goes on.', async () => {
  const { ledger, store } = scratch.open()
  await ledger.append(note('before'))
  await scratch.tamper((file) => file.exec(`CREATE TRIGGER full BEFORE INSERT ON vault BEGIN SELECT RAISE(FAIL, 'no room'); END`))
  const failing = [ledger.append(note('with it')), ledger.append(decision('call_0'))]
  for (const answer of await Promise.allSettled(failing))
    expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'STORE_FAILED' } })
  await scratch.tamper((file) => file.exec('DROP TRIGGER full'))
  expect(await store.size()).toBe(1)
  expect(await ledger.append(note('after'))).toBe(1)
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({ ok: true, entries: 2 })
})

test('Two ledgers on one file append at once, and the tree verifies.', async () => {
  const ledgers = [scratch.open('one').ledger, scratch.open('two').ledger]
  const indices = await Promise.all(Array.from({ length: 200 }, (_, index) => ledgers[index % 2]!.append(note(String(index)))))
  expect(indices.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, index) => index))
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({ ok: true, entries: 200, signed: 200 })
})

test('Four processes begin one ledger at once and append at once; nothing is lost and the tree verifies.', async () => {
  await Promise.all(['a', 'b', 'c', 'd'].map((name) => runProcess('appender.ts', scratch.folder, name, '40')))
  expect(await scratch.verify()).toMatchObject({
    ok: true,
    problems: [],
    entries: 320,
    signed: 320,
    decisions: 160,
    outcomes: 160,
    open: 0,
  })
})

test('Entries are found by call, by approval and by session.', async () => {
  const { ledger, store } = scratch.open()
  await fill(ledger)
  expect(await store.indicesOf('call_1')).toEqual([2, 3])
  expect(await store.indicesOf('apr_1')).toEqual([1])
  expect(await store.indicesOf('ses_1')).toEqual([0, 1, 2, 3, 4])
  expect(await store.indicesOf('ses_2')).toEqual([])
})

test('A call that was let through is open until its outcome is recorded; one that was denied or asked about never is.', async () => {
  const { ledger, store } = scratch.open()
  await ledger.append(decision('call_1'))
  await ledger.append({ ...decision('call_2'), response: 'deny', aarm: 'DENY' } as never)
  await ledger.append({ ...decision('call_3'), response: 'ask', aarm: 'STEP_UP' } as never)
  expect(await store.openCalls()).toEqual([{ id: 'call_1', session: 'ses_1', instance: 'gateway-1' }])
  await ledger.append(outcome('call_1'))
  expect(await store.openCalls()).toEqual([])
})

test('A head is signed within about a second, without anybody closing anything.', async () => {
  const { ledger, store } = scratch.open()
  await ledger.append(note('x'))
  expect(await store.head()).toBeNull()
  await expect(proveEntry(store, ledgerKeys, 0)).rejects.toMatchObject({ code: 'LEDGER_ENTRY_UNKNOWN' })
  await new Promise((resolve) => setTimeout(resolve, 1300))
  expect(await store.head()).toMatchObject({ size: 1 })
  expect(await proveEntry(store, ledgerKeys, 0)).toMatchObject({ index: 0, size: 1 })
})

test('An entry that is not JSON is refused.', async () => {
  const { ledger } = scratch.open()
  await expect((async () => ledger.append({ ...note('x'), detail: Number.NaN } as never))()).rejects.toThrow()
  expect(await ledger.append(note('x'))).toBe(0)
})

test('What is appended after the end starts nothing that outlives it.', async () => {
  const ended = new ScratchLedger()
  const { ledger, database } = ended.open()
  await ledger.append(note('before'))
  await ledger.close()
  expect(await ledger.append(note('after'))).toBe(1)
  database.close()
  const faults: unknown[] = []
  const hear = (fault: unknown): void => void faults.push(fault)
  process.on('unhandledRejection', hear)
  await new Promise((resolve) => setTimeout(resolve, 1200))
  process.off('unhandledRejection', hear)
  expect(faults).toEqual([])
  rmSync(ended.folder, { recursive: true })
})
