import { afterEach, beforeEach, expect, test } from 'vitest'
import { signingKey, signText } from '../../src/authority/signing-key.ts'
import { actionHash, approvalHash } from '../../src/model/approval.ts'
import type { ActionIdentity } from '../../src/model/approval.ts'
import { Approvals } from '../../src/oversight/approvals.ts'
import { SqliteApprovalStore } from '../../src/storage/sqlite/sqlite-approval-store.ts'
import { noon } from '../decide/ruleset-for.ts'
import { ScratchLedger } from '../ledger/scratch-ledger.ts'

const approver = signingKey(new Uint8Array(32).fill(4))
const thief = signingKey(new Uint8Array(32).fill(5))
const ann = { name: 'ann', key: approver, rationale: 'she asked' }
const action: ActionIdentity = {
  tool: 'mail.send',
  pin: 'sha256:aa',
  arguments: { to: 'bob@corp.example', copies: 1 },
  agent: 'clerk',
  goal: 'letters',
  session: 'ses_1',
  policyDigest: 'sha256:bb',
}
const lifetime = 60_000

let scratch: ScratchLedger
let now: number
let approvals: Approvals
const desk = (instance: string): Approvals => {
  const { ledger, database } = scratch.open(instance)
  return new Approvals({ store: new SqliteApprovalStore(database), ledger, clock: () => now, approverKey: approver.x })
}
beforeEach(() => {
  scratch = new ScratchLedger()
  now = noon
  approvals = desk('one')
})
afterEach(() => scratch.remove())

const approved = async (of: ActionIdentity = action): Promise<string> => {
  const { id } = await approvals.ask(of, 'why', lifetime)
  await approvals.answer(id, 'approved', ann)
  return id
}
const events = async (): Promise<string[]> =>
  (await scratch.open('reader').store.entries(0, 100)).map((body) => (JSON.parse(Buffer.from(body).toString()) as { event: string }).event)

test('An approval that was given is found for its action, used once, and then gone.', async () => {
  const id = await approved()
  const given = await approvals.given(action)
  expect(given).toMatchObject({ id, state: 'approved', approver: 'ann' })
  expect(await approvals.use(given!)).toBe(true)
  expect(await approvals.use(given!)).toBe(false)
  expect(await approvals.given(action)).toBeNull()
  expect(await events()).toEqual(['asked', 'approved'])
})

test.each<[string, Partial<ActionIdentity>]>([
  ['a changed argument', { arguments: { to: 'bob@corp.example', copies: 2 } }],
  ['an argument of another type', { arguments: { to: 'bob@corp.example', copies: '1' } }],
  ['an argument more', { arguments: { to: 'bob@corp.example', copies: 1, bcc: 'spy@evil.example' } }],
  ['an argument less', { arguments: { to: 'bob@corp.example' } }],
  ['another tool', { tool: 'mail.forward' }],
  ['another definition of the tool', { pin: 'sha256:ab' }],
  ['no definition of the tool', { pin: null }],
  ['another agent', { agent: 'boss' }],
  ['another goal', { goal: 'takeover' }],
  ['another session', { session: 'ses_2' }],
  ['another set of rules', { policyDigest: 'sha256:bc' }],
])('An approval does not cover %s.', async (_, change) => {
  await approved()
  expect(await approvals.given({ ...action, ...change })).toBeNull()
  expect((await approvals.ask({ ...action, ...change }, 'why', lifetime)).state).toBe('pending')
})

test('Nor does it if its row is moved to that other action.', async () => {
  const id = await approved()
  for (const change of [
    { session: 'ses_2' },
    { arguments: { to: 'spy@evil.example' } },
    { policyDigest: 'x' },
  ] as Partial<ActionIdentity>[]) {
    const other = { ...action, ...change }
    await scratch.tamper((file) =>
      file.prepare('UPDATE approvals SET session = ?, action = ? WHERE id = ?').run(other.session, actionHash(other), id),
    )
    expect(await approvals.given(other)).toBeNull()
  }
})

test('The order of arguments makes no other action.', async () => {
  const id = await approved()
  expect(await approvals.given({ ...action, arguments: { copies: 1, to: 'bob@corp.example' } })).toMatchObject({ id })
})

test('What waits is asked for once, and what was answered is not asked again.', async () => {
  const first = await approvals.ask(action, 'why', lifetime)
  expect(await approvals.given(action)).toBeNull()
  expect(await approvals.ask(action, 'why again', lifetime)).toEqual(first)
  await approvals.answer(first.id, 'approved', ann)
  expect(await approvals.ask(action, 'why', lifetime)).toMatchObject({ id: first.id, state: 'approved' })
})

test('A refusal is final for that asking, and a new asking is a new approval.', async () => {
  const { id } = await approvals.ask(action, 'why', lifetime)
  await approvals.answer(id, 'denied', ann)
  expect(await approvals.given(action)).toBeNull()
  await expect(approvals.answer(id, 'approved', ann)).rejects.toMatchObject({ code: 'APPROVAL_STATE' })
  expect((await approvals.ask(action, 'why', lifetime)).id).not.toBe(id)
})

test('An approval expires, given or not, at the moment it says, and that is recorded once.', async () => {
  const id = await approved()
  const given = (await approvals.given(action))!
  now = noon + lifetime - 1
  expect(await approvals.given(action)).not.toBeNull()
  now = noon + lifetime
  expect(await approvals.use(given)).toBe(false)
  expect(await approvals.given(action)).toBeNull()
  expect((await approvals.find(id)).state).toBe('expired')
  await expect(approvals.answer(id, 'approved', ann)).rejects.toMatchObject({ code: 'APPROVAL_STATE' })
  const waiting = await approvals.ask(action, 'why', lifetime)
  now += lifetime
  expect((await approvals.list('pending', 10)).map((one) => one.id)).not.toContain(waiting.id)
  expect(await events()).toEqual(['asked', 'approved', 'expired', 'asked', 'expired'])
})

test('Of two that use one approval at once, in two processes, one does.', async () => {
  await approved()
  const other = desk('two')
  const given = (await approvals.given(action))!
  expect(await other.given(action)).toMatchObject({ id: given.id })
  const uses = await Promise.all(Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? approvals : other).use(given)))
  expect(uses.filter(Boolean)).toHaveLength(1)
})

test('Of two answers at once, one holds.', async () => {
  const { id } = await approvals.ask(action, 'why', lifetime)
  const results = await Promise.allSettled([approvals.answer(id, 'denied', ann), desk('two').answer(id, 'approved', ann)])
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'APPROVAL_STATE' } })
})

const hash = (of: { nonce: string; expires: number }): string => approvalHash(action, of.nonce, of.expires)

test.each<[string, (asked: { id: string; hash: string; nonce: string; expires: number }) => string | null]>([
  ['no signature', () => null],
  ['an empty signature', () => ''],
  ['a signature that is none', () => 'AAAA'],
  ['a signature by another key', (asked) => signText(thief, `approved\n${asked.hash}`)],
  ["the approver's refusal", (asked) => signText(approver, `denied\n${asked.hash}`)],
  ["the approver's signature over another asking", (asked) => signText(approver, `approved\n${hash({ ...asked, nonce: 'other' })}`)],
  [
    "the approver's signature over another expiry",
    (asked) => signText(approver, `approved\n${hash({ ...asked, expires: asked.expires + 1 })}`),
  ],
  ["the approver's signature over the bare hash", (asked) => signText(approver, asked.hash)],
])('A row that somebody set to `approved` is worth nothing with %s.', async (_, forge) => {
  const asked = await approvals.ask(action, 'why', lifetime)
  await scratch.tamper((file) =>
    file.prepare("UPDATE approvals SET state = 'approved', approver = 'ann', signature = ? WHERE id = ?").run(forge(asked), asked.id),
  )
  expect((await approvals.find(asked.id)).state).toBe('approved')
  expect(await approvals.given(action)).toBeNull()
})

test('A genuine signature is worth nothing on a row whose expiry, nonce or arguments were edited.', async () => {
  const id = await approved()
  for (const edit of [`json_set(body, '$.expires', 9999999999999)`, `json_set(body, '$.nonce', 'other')`]) {
    await scratch.tamper((file) => file.exec('CREATE TABLE kept AS SELECT body FROM approvals'))
    await scratch.tamper((file) => file.prepare(`UPDATE approvals SET body = ${edit} WHERE id = ?`).run(id))
    expect(await approvals.given(action), edit).toBeNull()
    await scratch.tamper((file) => file.exec('UPDATE approvals SET body = (SELECT body FROM kept); DROP TABLE kept'))
  }
  expect(await approvals.given(action)).not.toBeNull()
})

test('An answer by another key is no approval, though it is recorded.', async () => {
  const { id } = await approvals.ask(action, 'why', lifetime)
  await approvals.answer(id, 'approved', { ...ann, key: thief })
  expect(await approvals.given(action)).toBeNull()
})

test('An approval that is not there is not found.', async () => {
  await expect(approvals.find('apr_none')).rejects.toMatchObject({ code: 'APPROVAL_UNKNOWN' })
  await expect(approvals.answer('apr_none', 'approved', ann)).rejects.toMatchObject({ code: 'APPROVAL_UNKNOWN' })
})

test('The hash that is signed differs from that of the action, and with each part of it.', () => {
  const hashes = [
    actionHash(action),
    approvalHash(action, 'n', 1),
    approvalHash(action, 'n', 2),
    approvalHash(action, 'm', 1),
    actionHash({ ...action, pin: null }),
  ]
  expect(new Set(hashes).size).toBe(hashes.length)
})
