import { expect, test } from 'vitest'
import { decision, ScratchLedger } from './scratch-ledger.ts'

/** A ledger of ten entries under a signed head, tampered with while nobody had it open. */
async function tampered(sql: string): Promise<ScratchLedger> {
  const scratch = new ScratchLedger()
  const { ledger } = scratch.open()
  for (let call = 0; call < 10; call += 1) await ledger.append(decision(`call_${call}`))
  await scratch.close()
  await scratch.tamper((file) => file.exec(sql))
  return scratch
}

const rewriting = 'UPDATE nodes SET hash = zeroblob(32) WHERE level = 3 AND idx = 0'

test.each([
  [
    'entries and tree were cut off together',
    'DELETE FROM entries WHERE seq > 7; DELETE FROM nodes WHERE level = 0 AND idx > 7; DELETE FROM nodes WHERE level = 1 AND idx > 3',
    /end of the ledger is missing/,
  ],
  ['the tree was rewritten', rewriting, /do not fit the head/],
  ['the head was replaced', "UPDATE heads SET note = replace(note, 'corp', 'evil')", /not genuine/],
])('A gateway does not go on with a ledger of which %s.', async (_what, sql, problem) => {
  const scratch = await tampered(sql)
  await expect(scratch.open().ledger.assertSound()).rejects.toThrow(problem)
  await scratch.tamper((file) => file.exec('DELETE FROM heads'))
  await scratch.remove().catch(() => {})
})

test('No head is signed over a tree that does not fit the head before it.', async () => {
  const scratch = await tampered(rewriting)
  const { ledger, store } = scratch.open()
  const before = await store.head()
  await ledger.append(decision('call_after'))
  await expect(ledger.signHead()).rejects.toMatchObject({ code: 'LEDGER_CORRUPT' })
  expect(await store.head()).toEqual(before)
  await scratch.tamper((file) => file.exec('DELETE FROM heads'))
  await scratch.remove()
})

test('A ledger that was only appended to is sound, also when its newest entries are under no head yet.', async () => {
  const scratch = await tampered('SELECT 1')
  const { ledger } = scratch.open()
  await ledger.append(decision('call_after'))
  await ledger.assertSound()
  await scratch.remove()
})
