import { formatProof, parsePolicy, parseProof } from '@bailiwick/tlog'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formProblem } from '../../src/ledger/form/form-problem.ts'
import { checkProof, proveEntry } from '../../src/ledger/prove-entry.ts'
import { checkReceipt, receiptProof } from '../../src/ledger/witness/receipt-proof.ts'
import { entryTypes } from '../../src/model/export.ts'
import { canonicalJson } from '../../src/model/json.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'
import { entriesOf, ledgerKey, ledgerKeys, ScratchLedger } from './scratch-ledger.ts'
import { work } from './worked-ledger.ts'

const scratch = new ScratchLedger()
const policy = parsePolicy(`log ${ledgerKey}\nquorum none\n`)
let entries: readonly JsonObject[]

beforeAll(async () => {
  await work(scratch)
  entries = await entriesOf(scratch.open('reader').store)
  await scratch.close()
})
afterAll(() => scratch.remove())

/** What tells kinds of entries of one type apart. */
const kindOf = ({ type, event, response, status, session }: JsonObject): string =>
  [type, event ?? response ?? status, session === null ? 'of no session' : null].filter((word) => typeof word === 'string').join(' ')

/** The first entry of each kind, by its kind. */
const kinds = (): Map<string, number> => {
  const first = new Map<string, number>()
  for (const [index, entry] of entries.entries()) if (!first.has(kindOf(entry))) first.set(kindOf(entry), index)
  return first
}

test('Everything that a gateway writes is of its form, whatever happens in it.', async () => {
  for (const entry of entries) expect(formProblem(entry), JSON.stringify(entry)).toBeNull()
  expect(new Set(entries.map(({ type }) => type))).toEqual(new Set(entryTypes))
  expect([...kinds().keys()]).toEqual(
    expect.arrayContaining(
      ['allow', 'sanitize', 'deny', 'ask']
        .map((response) => `decision ${response}`)
        .concat(['ok', 'error', 'unknown'].map((status) => `outcome ${status}`))
        .concat(['asked', 'approved', 'denied', 'expired'].map((event) => `approval ${event}`))
        .concat(['opened', 'paused', 'resumed', 'closed'].map((event) => `session ${event}`))
        .concat(['ruleset', 'trust-policy', 'refused'].map((event) => `configuration ${event} of no session`)),
    ),
  )
  expect(await scratch.verify()).toMatchObject({ ok: true, problems: [], open: 0, erased: 1 })
})

/** The entry with one leaf altered, for each leaf within it: one character of a text, a number by one, an answer turned round, a member put into what is empty. */
function altered(value: Json, path = ''): [path: string, altered: Json][] {
  if (typeof value === 'string') {
    const at = value.length >> 1
    return [[path, `${value.slice(0, at)}${value[at] === 'x' ? 'y' : 'x'}${value.slice(at + 1)}`]]
  }
  if (typeof value === 'number') return [[path, value + 1]]
  if (typeof value === 'boolean') return [[path, !value]]
  if (value === null) return [[path, 'x']]
  if (Array.isArray(value)) {
    const list = value as readonly Json[]
    if (list.length === 0) return [[path, ['x']]]
    return list.flatMap((item, index) =>
      altered(item, `${path}[${index}]`).map(([at, to]): [string, Json] => [at, list.toSpliced(index, 1, to)]),
    )
  }
  const members = Object.entries(value)
  if (members.length === 0) return [[path, { x: 1 }]]
  return members.flatMap(([name, member]) =>
    altered(member, `${path}.${name}`).map(([at, to]): [string, Json] => [at, { ...(value as JsonObject), [name]: to }]),
  )
}

/** Who checks an altered entry in the place of what was proved, both ways of proving it. True for whoever takes it. */
async function takers(index: number): Promise<(body: Uint8Array) => Promise<{ readonly proof: boolean; readonly receipt: boolean }>> {
  const { store } = scratch.open('reader')
  const proof = await proveEntry(store, ledgerKeys, index)
  const receipt = parseProof(await receiptProof(store, index, policy))
  return async (body) => ({
    proof: (await checkProof({ ...proof, entry: Buffer.from(body).toString('base64') }, ledgerKey)).ok,
    receipt: (await checkReceipt(formatProof({ ...receipt, extra: body }), policy)).ok,
  })
}

test('Whichever leaf of an entry is altered, of whatever kind it is, neither proof of it holds.', async () => {
  let looked = 0
  for (const [kind, index] of kinds()) {
    const taken = await takers(index)
    const entry = entries[index] as JsonObject
    expect(await taken(Buffer.from(canonicalJson(entry)))).toEqual({ proof: true, receipt: true })
    for (const [path, other] of altered(entry)) {
      expect(await taken(Buffer.from(canonicalJson(other))), `${kind}: ${path}`).toEqual({ proof: false, receipt: false })
      looked += 1
    }
  }
  expect(looked).toBeGreaterThan(400)
})

const writeBody = (index: number, body: Uint8Array): Promise<void> =>
  scratch.tamper((database) => database.prepare('UPDATE entries SET body = ? WHERE seq = ?').run(body, index))

test('Nor does the ledger verify when its row is altered so, and it verifies when that is undone.', async () => {
  await scratch.close()
  for (const [kind, index] of kinds()) {
    const entry = entries[index] as JsonObject
    for (const [path, other] of altered(entry)) {
      await writeBody(index, Buffer.from(canonicalJson(other)))
      expect((await scratch.verify()).ok, `${kind}: ${path}`).toBe(false)
    }
    await writeBody(index, Buffer.from(canonicalJson(entry)))
  }
  expect(await scratch.verify()).toMatchObject({ ok: true, problems: [] })
}, 120_000)

test('Whichever byte of a receipt is altered, neither proof of it holds, and the ledger does not verify.', async () => {
  const approved = entries.findIndex(({ type, approval }) => type === 'decision' && approval !== null)
  const outcome = entries.findIndex(({ type, call }) => type === 'outcome' && call === entries[approved]?.['call'])
  expect(outcome).toBeGreaterThan(approved)
  for (const index of [approved, outcome]) {
    const taken = await takers(index)
    const body = Buffer.from(canonicalJson(entries[index]))
    for (let at = 0; at < body.length; at += 1) {
      const other = Buffer.from(body)
      other[at] = (other[at] as number) ^ (1 << (at % 8))
      expect(await taken(other), `byte ${at}`).toEqual({ proof: false, receipt: false })
      if (index === approved) continue
      await writeBody(index, other)
      expect((await scratch.verify()).ok, `byte ${at}`).toBe(false)
    }
    await writeBody(index, body)
  }
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({ ok: true })
}, 120_000)
