import { afterEach, beforeEach, expect, test } from 'vitest'
import { entriesOf, ScratchLedger } from '../ledger/scratch-ledger.ts'
import { deskAt } from './delegated-office.ts'

let scratch: ScratchLedger
beforeEach(() => void (scratch = new ScratchLedger()))
afterEach(() => scratch.remove())

test('A session whose id is given is opened once, whoever comes first in whichever process, and acts only after its opening is on record.', async () => {
  const [one, other] = [deskAt(scratch), deskAt(scratch, { instance: 'gateway-2' })]
  const root = await one.open()
  const ids = { session: 'ses_told', delegation: 'dlg_told' }
  const made = await Promise.all([one, other, one, other].map((desk) => desk.delegate(root, { ids })))
  expect(new Set(made.map(({ id }) => id))).toEqual(new Set(['ses_told']))
  for (const session of made) expect(session).toEqual(made[0])
  expect(await one.runtime.sessionStore.descendants(root.id)).toEqual([{ id: 'ses_told', parent: root.id }])
  const seat = await other.take(made[0] as (typeof made)[number])
  expect(await seat.call('mail.send')).toBe('done')
  await seat.governed.close()
  const first = (await entriesOf(one.runtime.ledgerStore)).find(({ session }) => session === 'ses_told')
  expect(first).toMatchObject({ type: 'session', event: 'opened', delegation: { id: 'dlg_told', parent: root.id } })
})

test('What is opened a second time by an id is what there is, not what is asked for then: nothing is widened by it.', async () => {
  const { open, delegate } = deskAt(scratch)
  const root = await open()
  const ids = { session: 'ses_told', delegation: 'dlg_told' }
  const first = await delegate(root, { ids, part: { tools: { 'notes.read': {} } } })
  const second = await delegate(root, { ids, part: { tools: { 'mail.send': {} } } })
  expect(second).toEqual(first)
})
