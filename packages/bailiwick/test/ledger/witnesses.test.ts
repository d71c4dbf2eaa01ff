import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { ed25519Cosigner, formatNoteKey, noteKey, parseNote, parsePolicy, parseProof, signNote, formatProof } from '@bailiwick/tlog'
import type { TrustPolicy } from '@bailiwick/tlog'
import { expect, onTestFinished, test } from 'vitest'
import { listenOnLoopback } from '../../src/enforce/mcp/loopback.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import { checkReceipt, receiptProof } from '../../src/ledger/witness/receipt-proof.ts'
import { Witnesses } from '../../src/ledger/witness/witnesses.ts'
import { SqliteDatabase } from '../../src/storage/sqlite/sqlite-database.ts'
import { SqliteLedgerStore } from '../../src/storage/sqlite/sqlite-ledger-store.ts'
import { runningWitness } from './running-witness.ts'
import type { RunningWitness } from './running-witness.ts'
import { decision, ledgerKey, note, scratchCipher, scratchSigner, ScratchLedger } from './scratch-ledger.ts'

/** A witness of the scratch ledger. */
const witness = (name: string, seed: number): Promise<RunningWitness> => runningWitness(name, seed, ledgerKey)

function policyOf(lines: readonly string[], quorum: string): TrustPolicy {
  return parsePolicy(`log ${ledgerKey}\n${lines.join('\n')}\n${quorum}\n`)
}

interface Witnessed {
  readonly ledger: Ledger
  readonly store: SqliteLedgerStore
  readonly said: string[]
  readonly faults: unknown[]
  readonly close: () => Promise<void>
}

/** A process's view of the ledger, whose heads are cosigned. */
function witnessed(scratch: ScratchLedger, policy: TrustPolicy, instance = 'gateway-1', timeout = 2000): Witnessed {
  const database = new SqliteDatabase(scratch.path)
  const store = new SqliteLedgerStore(database, scratchCipher())
  const said: string[] = []
  const faults: unknown[] = []
  const witnesses = new Witnesses({ policy, store, report: (line) => said.push(line), timeout })
  const options = {
    store,
    signer: async () => scratchSigner,
    instance,
    clock: Date.now,
    onFault: (error: unknown) => faults.push(error),
    witnesses,
  }
  const ledger = new Ledger(options)
  let closed = false
  const close = async (): Promise<void> => {
    if (closed) return
    closed = true
    await ledger.close()
    database.close()
  }
  onTestFinished(close)
  return { ledger, store, said, faults, close }
}

function scratchLedger(): ScratchLedger {
  const scratch = new ScratchLedger()
  onTestFinished(() => scratch.remove())
  return scratch
}

async function write(ledger: Ledger, ...subjects: string[]): Promise<void> {
  for (const subject of subjects) await ledger.append(note(subject))
  await ledger.signHead()
  await ledger.assertWitnessed()
}

/** A store with one entry, put back in its place after others were written and cosigned. */
async function rollBack(scratch: ScratchLedger, policy: TrustPolicy, ...lost: string[]): Promise<void> {
  const before = witnessed(scratch, policy)
  await write(before.ledger, 'a')
  await before.close()
  const yesterday = join(scratch.folder, 'yesterday')
  copyFileSync(scratch.path, yesterday)
  const today = witnessed(scratch, policy)
  await write(today.ledger, ...lost)
  await today.close()
  for (const end of ['', '-wal', '-shm']) rmSync(`${scratch.path}${end}`, { force: true })
  copyFileSync(yesterday, scratch.path)
}

test('Heads are cosigned by each witness, and their cosignatures kept with them.', async () => {
  const [one, two] = [await witness('one', 1), await witness('two', 2)]
  const { ledger, store, said } = witnessed(scratchLedger(), policyOf([one.line, two.line, 'group both all one two'], 'quorum both'))
  await write(ledger, 'a', 'b')
  await write(ledger, 'c')
  const names = parseNote((await store.head())?.note ?? '').signatures.map(({ name }) => name)
  expect(names).toEqual(['corp.example/ledger', 'one.example', 'two.example'])
  expect(said).toEqual([])
})

test('A store that was rolled back to an old copy is not worked with, and it is said why.', async () => {
  const one = await witness('one', 1)
  const policy = policyOf([one.line], 'quorum one')
  const scratch = scratchLedger()
  await rollBack(scratch, policy, 'b', 'c', 'd')

  const after = witnessed(scratch, policy)
  await after.ledger.append(note('start'))
  await after.ledger.signHead()
  await expect(after.ledger.assertWitnessed()).rejects.toMatchObject({
    code: 'LEDGER_DISOWNED',
    message: expect.stringContaining('`one` has cosigned 4 entries of this ledger, and there are 2: its end was taken away'),
  })
  await expect(after.ledger.append(decision('call_9'))).rejects.toMatchObject({ code: 'LEDGER_DISOWNED' })
  expect(after.faults).toHaveLength(1)
})

test('A store that was rolled back and has grown past the old length since is found out as well.', async () => {
  const one = await witness('one', 1)
  const policy = policyOf([one.line], 'quorum one')
  const scratch = scratchLedger()
  await rollBack(scratch, policy, 'b', 'c')

  await one.close()
  const away = witnessed(scratch, policy)
  await write(away.ledger, 'x', 'y', 'z', 'z')
  await away.close()
  await one.open()
  const after = witnessed(scratch, policy)
  await after.ledger.append(note('start'))
  await after.ledger.signHead()
  await expect(after.ledger.assertWitnessed()).rejects.toThrow('it does not continue what it has cosigned')
})

test('Whoever holds the ledger’s key and rewrites an entry under it is found out by the witness.', async () => {
  const one = await witness('one', 1)
  const policy = policyOf([one.line], 'quorum one')
  const first = witnessed(scratchLedger(), policy)
  await write(first.ledger, 'paid 100')
  const forged = witnessed(scratchLedger(), policy)
  await forged.ledger.append(note('paid 1'))
  await forged.ledger.append(note('more'))
  await forged.ledger.signHead()
  await expect(forged.ledger.assertWitnessed()).rejects.toMatchObject({ code: 'LEDGER_DISOWNED' })
})

test('A witness that is away is told of once, work goes on, and it catches up when it is back.', async () => {
  const one = await witness('one', 1)
  const { ledger, store, said, faults } = witnessed(scratchLedger(), policyOf([one.line], 'quorum one'))
  await write(ledger, 'a')
  await one.close()
  await write(ledger, 'b')
  await write(ledger, 'c')
  expect(said).toEqual([expect.stringContaining('the witness `one` does not cosign')])
  await one.open()
  await write(ledger, 'd')
  expect(said[1]).toBe('the witness `one` cosigns again')
  expect(parseNote((await store.head())?.note ?? '').signatures).toHaveLength(2)
  expect(faults).toEqual([])
})

test('Two processes of one ledger have their heads cosigned in turn.', async () => {
  const one = await witness('one', 1)
  const scratch = scratchLedger()
  const policy = policyOf([one.line], 'quorum one')
  const [left, right] = [witnessed(scratch, policy, 'left'), witnessed(scratch, policy, 'right')]
  await Promise.all(
    [left, right].map(async ({ ledger }) => {
      for (let round = 0; round < 20; round++) await write(ledger, `round-${round}`)
    }),
  )
  await write(left.ledger, 'last')
  expect([...left.faults, ...right.faults, ...left.said, ...right.said]).toEqual([])
  expect(parseNote((await left.store.head())?.note ?? '').signatures).toHaveLength(2)
})

test('A receipt is proved by the policy alone; altered anywhere, or by another policy, it shows nothing.', async () => {
  const [one, two] = [await witness('one', 1), await witness('two', 2)]
  const policy = policyOf([one.line], 'quorum one')
  const { ledger, store } = witnessed(scratchLedger(), policy)
  await write(ledger, 'a', 'b', 'c')
  const proof = await receiptProof(store, 1, policy)
  expect(await checkReceipt(proof, policy)).toMatchObject({
    ok: true,
    index: 1,
    size: 3,
    origin: 'corp.example/ledger',
    entry: { subject: 'b' },
    witnesses: [{ name: 'one', time: expect.stringMatching(/^\d{4}-/) }],
  })

  expect(await checkReceipt(proof, policyOf([two.line], 'quorum two'))).toMatchObject({ ok: false })
  expect(await checkReceipt('', policy)).toMatchObject({ ok: false })
  expect(await checkReceipt(new Uint8Array([0xff, 0xfe]), policy)).toMatchObject({ ok: false })
  const parsed = parseProof(proof)
  const extra = Buffer.from(
    Buffer.from(parsed.extra ?? [])
      .toString()
      .replace('"b"', '"x"'),
  )
  expect(await checkReceipt(formatProof({ ...parsed, extra }), policy)).toMatchObject({ ok: false })
  expect(await checkReceipt(formatProof({ ...parsed, extra: null }), policy)).toEqual({ ok: false, problem: 'the proof holds no entry' })
  const signed = proof.length - proof.indexOf('\n\n')
  for (let at = 0; at < proof.length - 1; at++) {
    const other = proof[at] === 'A' ? 'B' : 'A'
    const answer = await checkReceipt(`${proof.slice(0, at)}${other}${proof.slice(at + 1)}`, policy)
    expect(answer.ok, `altered at ${at} of ${proof.length}, ${signed} of them signed`).toBe(false)
  }
})

test('A witness’s clock that is beside itself shows nothing, and breaks nothing.', async () => {
  const cosigner = await ed25519Cosigner('one.example', new Uint8Array(32).fill(1), () => 2 ** 50)
  const { store, ledger } = witnessed(scratchLedger(), policyOf([], 'quorum none'))
  await write(ledger, 'a')
  const policy = policyOf([`witness one ${formatNoteKey(cosigner.key)}`], 'quorum one')
  const { size, note: head } = (await store.head()) as { size: number; note: string }
  const signed = parseNote(await signNote(parseNote(head).text, [cosigner])).signatures
  await store.addCosignatures(size, signed)
  expect(await checkReceipt(await receiptProof(store, 0, policy), policy)).toEqual({
    ok: false,
    problem: 'the cosignature of `one` is of a time that is none',
  })
})

test('There is no proof under heads that the policy does not trust.', async () => {
  const one = await witness('one', 1)
  const { ledger, store } = witnessed(scratchLedger(), policyOf([one.line], 'quorum one'))
  await write(ledger, 'a')
  const two = await witness('two', 2)
  await expect(receiptProof(store, 0, policyOf([two.line], 'quorum two'))).rejects.toMatchObject({ code: 'LEDGER_ENTRY_UNKNOWN' })
  await expect(receiptProof(store, 7, policyOf([one.line], 'quorum one'))).rejects.toMatchObject({ code: 'LEDGER_ENTRY_UNKNOWN' })
})

test('A witness that never answers, or answers with rubbish, keeps nobody waiting and is not believed.', async () => {
  const rubbish = [
    () => new Promise<Response>(() => {}),
    async () => new Response('\u2014 one.example AAAA\n'),
    async () => new Response('x'.repeat(2 ** 20)),
    async () => new Response('0\n', { status: 409, headers: { 'content-type': 'text/x.tlog.size' } }),
    async () => new Response('many\n', { status: 409, headers: { 'content-type': 'text/x.tlog.size' } }),
    async () => new Response('', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }),
    async () => new Response('no', { status: 500 }),
  ]
  for (const answer of rubbish) {
    let asked = 0
    const fetch = async (): Promise<Response> => {
      asked += 1
      return answer()
    }
    const server = await listenOnLoopback(createAdaptorServer({ fetch }), 0)
    onTestFinished(() => server.close())
    const key = (await witness('one', 1)).line.split(' ')[2] as string
    const { ledger, store, said, faults, close } = witnessed(
      scratchLedger(),
      policyOf([`witness one ${key} ${server.origin}`], 'quorum one'),
      'gateway-1',
      300,
    )
    await ledger.append(note('a'))
    await ledger.signHead()
    for (let round = 0; round < 20; round++) await ledger.append(note(`round-${round}`))
    expect(said.length).toBeLessThan(2)
    await ledger.assertWitnessed()
    expect(asked).toBeGreaterThan(0)
    expect(said).toEqual([expect.stringContaining('the witness `one` does not cosign')])
    expect(parseNote((await store.head())?.note ?? '').signatures).toHaveLength(1)
    expect(faults).toEqual([])
    await close()
  }
})

test('A witness that names the same number for other entries is believed, and one whose key cannot be used keeps nobody else from cosigning.', async () => {
  const one = await witness('one', 1)
  // As C2SP tlog-witness has a witness answer to another root of the size that it knows.
  const server = await listenOnLoopback(
    createAdaptorServer({ fetch: () => new Response('1\n', { status: 409, headers: { 'content-type': 'text/x.tlog.size' } }) }),
    0,
  )
  onTestFinished(() => server.close())
  const denying = `${one.line.slice(0, one.line.lastIndexOf(' '))} ${server.origin}`
  const rewritten = witnessed(scratchLedger(), policyOf([denying], 'quorum one'))
  await expect(write(rewritten.ledger, 'a')).rejects.toMatchObject({
    code: 'LEDGER_DISOWNED',
    message: expect.stringMatching(
      /^the witness `one` has cosigned 1 entries that are not the first 1 of this ledger: it was rewritten since; /,
    ) as string,
  })

  const key = noteKey('other.example', 6, new Uint8Array(1312).fill(7))
  const other = `witness other ${formatNoteKey(key)} ${server.origin}`
  const { ledger, store, said, faults } = witnessed(scratchLedger(), policyOf([other, one.line], 'quorum one'))
  await write(ledger, 'a')
  expect(parseNote((await store.head())?.note ?? '').signatures).toHaveLength(2)
  expect(said).toEqual([expect.stringContaining('the witness `other` does not cosign')])
  expect(faults).toEqual([])
})
