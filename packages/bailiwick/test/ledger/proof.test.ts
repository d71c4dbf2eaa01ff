import { ed25519Signer, ed25519Verifier, formatNoteKey, signCheckpoint } from '@bailiwick/tlog'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkProof, proveEntry } from '../../src/ledger/prove-entry.ts'
import type { EntryProof } from '../../src/ledger/prove-entry.ts'
import { fill, ledgerKey, note, ScratchLedger, ledgerKeys } from './scratch-ledger.ts'

const scratch = new ScratchLedger()
const proofs: EntryProof[] = []
const size = 21

beforeAll(async () => {
  const { ledger, store } = scratch.open()
  await fill(ledger)
  for (let more = 5; more < size; more += 1) await ledger.append(note(String(more)))
  await ledger.signHead()
  for (let index = 0; index < size; index += 1) proofs.push(await proveEntry(store, ledgerKeys, index))
  await expect(proveEntry(store, ledgerKeys, size)).rejects.toMatchObject({ code: 'LEDGER_ENTRY_UNKNOWN' })
})
afterAll(() => scratch.remove())

test('Every entry has a proof, which holds offline and as a file.', async () => {
  await scratch.close()
  for (const [index, proof] of proofs.entries()) {
    const answer = await checkProof(JSON.parse(JSON.stringify(proof)), ledgerKey)
    expect(answer).toMatchObject({ ok: true, key: ledgerKey })
    expect(proof).toMatchObject({ index, size })
  }
})

test('Whichever byte of a proof is altered, it fails or says exactly the same.', async () => {
  const letters = fc.constantFrom(...'AQz0/+=-\u2014 \n'.split(''))
  let failed = 0
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...proofs),
      fc.constantFrom('entry', 'checkpoint', 'key', 'path', 'format'),
      fc.nat(),
      letters,
      async (proof, field, position, letter) => {
        const text = field === 'path' ? proof.path.join(' ') : proof[field as 'entry']
        fc.pre(text.length > 0)
        const at = position % text.length
        const altered = text.slice(0, at) + letter + text.slice(at + 1)
        fc.pre(altered !== text)
        const answer = await checkProof({ ...proof, [field]: field === 'path' ? altered.split(' ') : altered }, ledgerKey)
        if (!answer.ok) failed += 1
        else expect(Buffer.from(altered, 'base64')).toEqual(Buffer.from(text, 'base64'))
      },
    ),
    { numRuns: 1500 },
  )
  expect(failed).toBeGreaterThan(1000)
})

test('A proof does not hold for another index, another size, another entry or a path that is cut, extended or turned round.', async () => {
  const proof = proofs[6]!
  const other = proofs[7]!
  for (const change of [
    { index: 7 },
    { index: 5 },
    { size: 20 },
    { size: 22 },
    { entry: other.entry },
    { path: other.path },
    { path: proof.path.slice(1) },
    { path: [...proof.path, proof.path[0]!] },
    { path: proof.path.toReversed() },
    { path: [] },
  ])
    expect(await checkProof({ ...proof, ...change }, ledgerKey), JSON.stringify(change)).toMatchObject({ ok: false })
})

test('A proof by another key is refused, be the key in the proof that of the thief or the trusted one.', async () => {
  const thief = await ed25519Signer('corp.example/ledger', new Uint8Array(32).fill(9))
  const head = await ledgerKeys.open(proofs[0]!.checkpoint)
  const checkpoint = await signCheckpoint({ origin: head.origin, size: head.size, root: head.root }, [thief])
  const forged = { ...proofs[0]!, checkpoint, key: formatNoteKey(thief.key) }
  expect(await checkProof(forged, ledgerKey)).toEqual({ ok: false, problem: 'the proof is signed by another key than the one you trust' })
  expect(await checkProof({ ...forged, key: ledgerKey }, ledgerKey)).toMatchObject({ ok: false })
  expect(await checkProof(forged, null)).toMatchObject({ ok: true, key: formatNoteKey(thief.key) })
  expect(await ed25519Verifier(formatNoteKey(thief.key))).toBeDefined()
})

test('What is no proof at all is refused without an exception.', async () => {
  const proof = proofs[0]!
  for (const value of [
    null,
    undefined,
    7,
    'x',
    [],
    {},
    { ...proof, more: 1 },
    { ...proof, size: -1 },
    { ...proof, index: 1.5 },
    { ...proof, size: 2 ** 60 },
    { ...proof, path: Array.from({ length: 65 }, () => 'AA==') },
    { ...proof, path: ['AA=='] },
    { ...proof, key: 'x' },
    { ...proof, key: '' },
    { ...proof, checkpoint: '' },
    { ...proof, entry: '' },
    { ...proof, format: 'bailiwick-proof/v2' },
  ])
    expect(await checkProof(value, null), JSON.stringify(value)).toMatchObject({ ok: false })
  await fc.assert(
    fc.asyncProperty(
      fc.record(
        {
          index: fc.jsonValue(),
          size: fc.jsonValue(),
          path: fc.jsonValue(),
          entry: fc.string(),
          key: fc.string(),
          checkpoint: fc.string(),
        },
        { requiredKeys: [] },
      ),
      async (change) => {
        fc.pre(Object.keys(change).length > 0)
        expect(await checkProof({ ...proof, ...change }, ledgerKey)).toMatchObject({ ok: false })
      },
    ),
  )
})
