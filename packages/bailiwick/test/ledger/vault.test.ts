import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { commit, isGenuine } from '../../src/ledger/commitment.ts'
import { eraseSession } from '../../src/ledger/vault/erasure.ts'
import { localMasterKey } from '../../src/ledger/vault/master-key.ts'
import { PayloadCipher } from '../../src/ledger/vault/payload-cipher.ts'
import type { SealedPayload, VaultKey } from '../../src/ledger/vault/payload-cipher.ts'
import { proveEntry, checkProof } from '../../src/ledger/prove-entry.ts'
import { canonicalJson } from '../../src/model/json.ts'
import { decision, ledgerKey, ScratchLedger, ledgerKeys } from './scratch-ledger.ts'
import { keptValue } from './kept-payload.ts'

let scratch: ScratchLedger
beforeEach(() => void (scratch = new ScratchLedger()))
afterEach(() => scratch.remove())

const secret = 'wilhelmina.achterberg@corp.example'
const erasing = { by: 'ann', reason: 'she asked for it' }

/** Two sessions, each with a call whose arguments hold a secret. */
async function twoSessions(): Promise<{ readonly hashes: readonly string[]; readonly opened: ReturnType<ScratchLedger['open']> }> {
  const opened = scratch.open()
  const hashes: string[] = []
  for (const session of ['ses_a', 'ses_b']) {
    const args = commit({ to: secret, session })
    hashes.push(args.commitment.hash)
    await opened.ledger.append({ ...decision(`call_${session}`, args), session, approval: null } as never, [args.payload])
  }
  return { hashes, opened }
}

test('Nothing that was committed to can be read in the file, and all of it with the master key.', async () => {
  const { hashes, opened } = await twoSessions()
  await scratch.close()
  for (const suffix of ['', '-wal']) {
    const bytes = readFileSync(`${scratch.path}${suffix}`, { flag: 'a+' })
    expect(bytes.includes(secret)).toBe(false)
    expect(bytes.includes(Buffer.from(secret).toString('base64'))).toBe(false)
  }
  const { store } = scratch.open('reader')
  for (const hash of hashes) expect(await keptValue(store, hash)).toMatchObject({ to: secret })
  expect(opened).toBeDefined()
})

test('Erasure destroys what one session held and nothing else, is recorded, and breaks no proof.', async () => {
  const { hashes, opened } = await twoSessions()
  const { ledger, store } = opened
  expect(await eraseSession(ledger, store, { session: 'ses_a', ...erasing })).toBe(1)
  await ledger.signHead()
  expect(await Promise.all(hashes.map((hash) => keptValue(store, hash)))).toEqual([undefined, { to: secret, session: 'ses_b' }])
  const proof = await proveEntry(store, ledgerKeys, 0)
  expect(await checkProof(proof, ledgerKey)).toMatchObject({ ok: true })
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({ ok: true, problems: [], payloads: 1, erased: 1 })
  await scratch.tamper((database) => {
    expect(database.prepare("SELECT count(*) AS n FROM vault_keys WHERE session = 'ses_a'").get()).toEqual({ n: 0 })
    expect(database.prepare('SELECT count(*) AS n FROM vault').get()).toEqual({ n: 1 })
  })
})

test('An erasure that a crash cut off after it was recorded is completed when it is done again.', async () => {
  const { hashes, opened } = await twoSessions()
  const { ledger, store } = opened
  await ledger.append({ type: 'erasure', session: 'ses_a', ...erasing })
  expect(await keptValue(store, hashes[0] as string)).toBeDefined()
  expect(await eraseSession(ledger, store, { session: 'ses_a', ...erasing })).toBe(1)
  expect(await keptValue(store, hashes[0] as string)).toBeUndefined()
  expect(await eraseSession(ledger, store, { session: 'ses_a', ...erasing })).toBe(0)
  await scratch.close()
  expect((await scratch.verify()).problems).toEqual([])
})

test('What one process sealed another reads; each has keys of its own for one session.', async () => {
  const [one, two] = [scratch.open('gateway-1'), scratch.open('gateway-2')]
  const [first, second] = [commit('first'), commit('second')]
  await one.ledger.append({ ...decision('call_1', first), approval: null } as never, [first.payload])
  await two.ledger.append({ ...decision('call_2', second), approval: null } as never, [second.payload])
  for (const { store } of [one, two])
    expect(await Promise.all([first, second].map(({ commitment }) => keptValue(store, commitment.hash)))).toEqual(['first', 'second'])
  expect(await two.store.erase('ses_1', [0, 1], [])).toBe(2)
  expect(await keptValue(one.store, first.commitment.hash)).toBeUndefined()
})

test('A commit that failed leaves no key behind that a later payload would be lost under.', async () => {
  const { ledger, store } = scratch.open()
  const other = commit('other')
  const failing = { ...decision('call_2', other), session: 'ses_new', approval: null } as never
  await scratch.tamper((file) => file.exec(`CREATE TRIGGER full BEFORE INSERT ON vault BEGIN SELECT RAISE(FAIL, 'no room'); END`))
  await expect(ledger.append(failing, [other.payload])).rejects.toThrow(/no room/)
  await scratch.tamper((file) => file.exec('DROP TRIGGER full'))
  const later = commit('later')
  await ledger.append({ ...decision('call_3', later), session: 'ses_new', approval: null } as never, [later.payload])
  const reader = scratch.open('reader').store
  expect(await keptValue(reader, later.commitment.hash)).toBe('later')
  expect(await keptValue(store, other.commitment.hash)).toBeUndefined()
})

async function oneSealed(value: unknown): Promise<{ cipher: PayloadCipher; key: VaultKey; sealed: SealedPayload }> {
  const cipher = new PayloadCipher(localMasterKey(new Uint8Array(32).fill(1)), () => 0)
  const [key] = await cipher.prepare(['ses_1'])
  return { cipher, key: key as VaultKey, sealed: cipher.seal('ses_1', commit(value).payload) }
}

test('Any JSON comes back as it was; with any byte of key, nonce, text or hash altered, or another master key, nothing that counts as genuine.', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.jsonValue(),
      fc.constantFrom('wrapped', 'nonce', 'body', 'hash', 'id', 'session', 'master'),
      fc.nat(),
      async (value, what, at) => {
        const { cipher, key, sealed } = await oneSealed(value)
        const payload = await cipher.open(sealed, key)
        expect(isGenuine(payload)).toBe(true)
        expect(payload.body).toBe(canonicalJson(value))
        const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, index) => (index === at % bytes.length ? byte ^ 1 : byte))
        const master = what === 'master' ? new Uint8Array(32).fill(2) : new Uint8Array(32).fill(1)
        const fresh = new PayloadCipher(localMasterKey(master), () => 0)
        const otherKey = {
          ...key,
          ...(what === 'wrapped' ? { wrapped: flipped(key.wrapped) } : {}),
          ...(what === 'id' ? { id: `${key.id}x` } : {}),
          ...(what === 'session' ? { session: 'ses_2' } : {}),
        }
        const otherSealed = {
          ...sealed,
          ...(what === 'nonce' ? { nonce: flipped(sealed.nonce) } : {}),
          ...(what === 'body' ? { body: flipped(sealed.body) } : {}),
          ...(what === 'hash' ? { hash: sealed.hash.replace(/.$/, (last) => (last === '0' ? '1' : '0')) } : {}),
        }
        expect(isGenuine(await fresh.open(otherSealed, otherKey))).toBe(false)
      },
    ),
    { numRuns: 300 },
  )
})

test('Equal payloads look different, and the same nonce is not used twice.', async () => {
  const cipher = new PayloadCipher(localMasterKey(randomBytes(32)), () => 0)
  await cipher.prepare(['ses_1'])
  const sealed = Array.from({ length: 2000 }, () => cipher.seal('ses_1', commit('same').payload))
  expect(new Set(sealed.map(({ nonce }) => Buffer.from(nonce).toString('hex'))).size).toBe(2000)
  expect(new Set(sealed.map(({ body }) => Buffer.from(body).toString('hex'))).size).toBe(2000)
})
