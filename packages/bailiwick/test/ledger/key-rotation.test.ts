import {
  ed25519Signer,
  formatNoteKey,
  openCheckpoint,
  ed25519Verifier,
  parsePolicy,
  rootHash,
  signCheckpoint,
  signNote,
} from '@bailiwick/tlog'
import type { NoteSigner } from '@bailiwick/tlog'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { handOver, keyHandedTo, LedgerKeys } from '../../src/ledger/ledger-keys.ts'
import { Ledger } from '../../src/ledger/ledger.ts'
import { nodeSha256 } from '../../src/ledger/node-sha256.ts'
import { checkProof, proveEntry } from '../../src/ledger/prove-entry.ts'
import { verifyLedger } from '../../src/ledger/verify-ledger.ts'
import type { LedgerReport } from '../../src/ledger/verify-ledger.ts'
import { checkReceipt, receiptProof } from '../../src/ledger/witness/receipt-proof.ts'
import { SqliteDatabase } from '../../src/storage/sqlite/sqlite-database.ts'
import { SqliteLedgerStore } from '../../src/storage/sqlite/sqlite-ledger-store.ts'
import { fill, ledgerKey, note, scratchCipher, scratchSigner, ScratchLedger } from './scratch-ledger.ts'

const signerOf = (seed: number): Promise<NoteSigner> => ed25519Signer('corp.example/ledger', new Uint8Array(32).fill(seed))
const next = await signerOf(41)
const nextKey = formatNoteKey(next.key)
const thief = await signerOf(42)
const cause = { by: 'ann', reason: 'yearly' }

/** The key as it lies on disk, for all processes of a test. */
let inPlace: NoteSigner = scratchSigner
let scratch: ScratchLedger
const databases: { ledger: Ledger; database: SqliteDatabase }[] = []

beforeEach(async () => {
  inPlace = scratchSigner
  scratch = new ScratchLedger()
  await fill(scratch.open().ledger)
  await scratch.close()
})
afterEach(async () => {
  for (const { ledger, database } of databases.splice(0)) {
    await ledger.close()
    database.close()
  }
  await scratch.remove()
})

/** A process that reads its key where it lies. An entry that hands over puts the next one there. */
function open(instance = 'gateway-1', faults: unknown[] = []): { ledger: Ledger; store: SqliteLedgerStore } {
  const database = new SqliteDatabase(scratch.path)
  const store = new SqliteLedgerStore(database, scratchCipher())
  const signer = async (): Promise<NoteSigner> => {
    if ((await keyHandedTo(store)) === nextKey) inPlace = next
    return inPlace
  }
  const ledger = new Ledger({ store, signer, instance, clock: Date.now, onFault: (error) => faults.push(error) })
  databases.push({ ledger, database })
  return { ledger, store }
}

async function verified(store: SqliteLedgerStore, key: string): Promise<LedgerReport> {
  return verifyLedger(store, await LedgerKeys.read(store, key))
}

test('After the key was replaced the ledger verifies by the new one, what was proved by the old one stays proved, and all can be proved anew.', async () => {
  const { ledger, store } = open()
  const before = await proveEntry(store, await LedgerKeys.only(ledgerKey), 2)
  expect(await ledger.replaceKey(next, cause)).toBe(5)
  await ledger.append(note('after'))
  await ledger.signHead()
  const keys = await LedgerKeys.read(store, nextKey)
  expect([keys.keyAt(5), keys.keyAt(6), keys.current, keys.count]).toEqual([ledgerKey, nextKey, nextKey, 2])
  expect((await verified(store, nextKey)).problems).toEqual([])
  expect(await checkProof(before, ledgerKey)).toMatchObject({ ok: true })
  for (const index of [0, 2, 5, 6]) expect(await checkProof(await proveEntry(store, keys, index), nextKey)).toMatchObject({ ok: true })
})

test('The first head after it is by both keys, later ones by the new key alone.', async () => {
  const { ledger, store } = open()
  await ledger.replaceKey(next, cause)
  const first = await store.head()
  for (const key of [ledgerKey, nextKey])
    expect(await openCheckpoint(first?.note ?? '', [await ed25519Verifier(key)], 'corp.example/ledger')).toMatchObject({ size: 6 })
  await ledger.append(note('after'))
  await ledger.signHead()
  const later = await store.head()
  expect(later?.size).toBe(7)
  await expect(openCheckpoint(later?.note ?? '', [await ed25519Verifier(ledgerKey)], 'corp.example/ledger')).rejects.toMatchObject({
    code: 'no_known_signature',
  })
  expect((await verified(store, nextKey)).ok).toBe(true)
})

test('Receipts are checked by policies that name the old key, the new one, or both, as far as each key reaches.', async () => {
  const { ledger, store } = open()
  const policyOf = (...keys: string[]) => parsePolicy(`${keys.map((key) => `log ${key}`).join('\n')}\nquorum none\n`)
  const early = await receiptProof(store, 2, policyOf(ledgerKey))
  await ledger.replaceKey(next, cause)
  await ledger.append(note('after'))
  await ledger.signHead()
  const late = await receiptProof(store, 6, policyOf(nextKey))
  const handedOver = await receiptProof(store, 5, policyOf(ledgerKey))
  const answers = async (...keys: string[]): Promise<boolean[]> =>
    Promise.all([early, handedOver, late].map(async (proof) => (await checkReceipt(proof, policyOf(...keys))).ok))
  expect(await answers(ledgerKey)).toEqual([true, true, false])
  expect(await answers(nextKey)).toEqual([false, true, true])
  expect(await answers(ledgerKey, nextKey)).toEqual([true, true, true])
})

test('A gateway that runs takes the new key up, and saves no head by the old one after the entry.', async () => {
  const faults: unknown[] = []
  const running = open('running', faults)
  const other = open('operator', faults)
  let going = true
  const work = (async () => {
    for (let count = 0; going; count += 1) {
      await running.ledger.append(note(`${count}`))
      await running.ledger.signHead()
      if (count > 500) going = false
    }
  })()
  await new Promise((resolve) => setTimeout(resolve, 50))
  const index = await other.ledger.replaceKey(next, cause)
  await new Promise((resolve) => setTimeout(resolve, 50))
  going = false
  await work
  expect(faults).toEqual([])
  const heads = await running.store.headsOver(-1, 10_000)
  expect(heads.length).toBeGreaterThan(4)
  const keys = await LedgerKeys.read(running.store, nextKey)
  for (const { size, note: head } of heads) {
    const { verified: by } = await openCheckpoint(head, [await ed25519Verifier(size > index ? nextKey : ledgerKey)], 'corp.example/ledger')
    expect(by).toHaveLength(1)
    await keys.open(head)
  }
  expect((await verified(running.store, nextKey)).problems).toEqual([])
})

test('Two who replace the key at once hand over once; what is void hands over nothing.', async () => {
  const [one, two] = [open('one'), open('two')]
  await Promise.all([one.ledger.replaceKey(next, cause), two.ledger.replaceKey(next, cause)])
  const keys = await LedgerKeys.read(one.store, nextKey)
  expect(keys.count).toBe(2)
  await two.ledger.append(note('after'))
  await two.ledger.signHead()
  expect((await verified(one.store, nextKey)).problems).toEqual([])
})

test('Who has the old key can neither sign on with it nor hand over to a key of his own.', async () => {
  const { ledger, store } = open()
  await ledger.replaceKey(next, cause)
  await ledger.append(note('after'))
  const stolen = { type: 'configuration', event: 'ledger-key', session: null, ...(await handOver(scratchSigner, thief)), ...cause } as const
  await ledger.append(stolen)
  await ledger.signHead()
  expect((await LedgerKeys.read(store, nextKey)).count).toBe(2)
  await expect(LedgerKeys.read(store, formatNoteKey(thief.key))).rejects.toMatchObject({ code: 'KEY_FILE' })
  await expect(LedgerKeys.read(store, ledgerKey)).rejects.toMatchObject({ code: 'KEY_FILE' })
  expect((await verified(store, nextKey)).problems).toEqual([])

  const size = await store.size()
  const head = await signCheckpoint({ origin: 'corp.example/ledger', size, root: rootHash(nodeSha256, size, store.nodes()) }, [
    scratchSigner,
  ])
  await scratch.tamper((file) => file.prepare('UPDATE heads SET note = ? WHERE size = ?').run(head, size))
  expect((await verified(store, nextKey)).problems.join('\n')).toMatch(/the signed head is not genuine/)
})

test.each<[string, () => Promise<{ from: string; to: string; statement: string }>]>([
  [
    'only the old key signed',
    async () => ({
      ...(await handOver(scratchSigner, next)),
      statement: await signNote(`bailiwick ledger key v1\n${ledgerKey}\n${nextKey}\n`, [scratchSigner]),
    }),
  ],
  [
    'only the new key signed',
    async () => ({
      ...(await handOver(scratchSigner, next)),
      statement: await signNote(`bailiwick ledger key v1\n${ledgerKey}\n${nextKey}\n`, [next]),
    }),
  ],
  [
    'both signed something else',
    async () => ({
      ...(await handOver(scratchSigner, next)),
      statement: await signNote('bailiwick ledger key v1\n', [scratchSigner, next]),
    }),
  ],
  [
    'the keys are exchanged',
    async () => {
      const { from, to, statement } = await handOver(scratchSigner, next)
      return { from: to, to: from, statement }
    },
  ],
  ['a key is none', async () => ({ ...(await handOver(scratchSigner, next)), from: 'x' })],
  ['the statement is none', async () => ({ ...(await handOver(scratchSigner, next)), statement: 'x' })],
  [
    'the next key is of another log',
    async () => handOver(scratchSigner, await ed25519Signer('evil.example/ledger', new Uint8Array(32).fill(3))),
  ],
])('An entry hands over nothing when %s.', async (_, made) => {
  const { ledger, store } = open()
  inPlace = scratchSigner
  await ledger.append({ type: 'configuration', event: 'ledger-key', session: null, ...(await made()), ...cause })
  const keys = await LedgerKeys.read(store, ledgerKey)
  expect([keys.count, keys.current]).toEqual([1, ledgerKey])
})

test('A hand-over that was taken out of the index is found.', async () => {
  const { ledger, store } = open()
  await ledger.replaceKey(next, cause)
  await scratch.tamper((file) => file.exec(`DELETE FROM entry_index WHERE subject = 'ledger-key'`))
  const { problems } = await verifyLedger(store, await LedgerKeys.only(nextKey))
  expect(problems.join('\n')).toMatch(/the index does not fit the entries: what leads to entry 5/)
})
