import type { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { verifySession } from '../../src/ledger/verify-session.ts'
import type { SessionReport } from '../../src/ledger/verify-session.ts'
import { fill, note, ScratchLedger, ledgerKeys } from './scratch-ledger.ts'

let scratch: ScratchLedger
beforeEach(async () => {
  scratch = new ScratchLedger()
  await fill(scratch.open().ledger)
  await scratch.open('other').ledger.append({ ...note('x'), session: 'ses_2' } as never)
  await scratch.open('other').ledger.append(note('last'))
  await scratch.close()
})
afterEach(() => scratch.remove())

const verified = (): Promise<SessionReport> => verifySession(scratch.open('reader').store, ledgerKeys, 'ses_1')

test('A session that nobody touched is a chain under the signed head.', async () => {
  expect(await verified()).toEqual({
    ok: true,
    session: 'ses_1',
    entries: 6,
    signed: 6,
    decisions: 1,
    outcomes: 1,
    open: 0,
    payloads: 3,
    erased: false,
    problems: [],
  })
})

test.each<[string, string, RegExp]>([
  [
    'an entry is altered',
    `UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), 'she asked', 'he asked!') AS BLOB) WHERE seq = 1`,
    /^entry 1 is not the one that the signed head/,
  ],
  [
    'an entry is taken out of the middle',
    `DELETE FROM entry_index WHERE subject = 'ses_1' AND seq = 3`,
    /does not follow the entry of the session/,
  ],
  [
    'the first entry is taken out',
    `DELETE FROM entry_index WHERE subject = 'ses_1' AND seq = 0`,
    /follows an entry of the session `ses_1` that is not there/,
  ],
  ['an entry of another session is put in', `INSERT INTO entry_index (subject, seq) VALUES ('ses_1', 5)`, /entry 5 is not of the session/],
  [
    'two entries are exchanged',
    'UPDATE entries SET seq = 4000 WHERE seq = 1; UPDATE entries SET seq = 1 WHERE seq = 4; UPDATE entries SET seq = 4 WHERE seq = 4000',
    /entry 1 /,
  ],
  ['the head is another’s', `UPDATE heads SET note = replace(note, 'corp.example', 'evil.example')`, /the signed head is not genuine/],
  ['no head is there', 'DELETE FROM heads', /^no head was ever signed/],
])('It is found when %s.', async (_, sql, problem) => {
  await scratch.tamper((database: DatabaseSync) => database.exec(sql))
  const report = await verified()
  expect(report.ok).toBe(false)
  expect(report.problems).toContainEqual(expect.stringMatching(problem))
})
