import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { verifySession } from '../../src/ledger/verify-session.ts'
import { decision, fill, note, outcome, ScratchLedger, ledgerKeys } from './scratch-ledger.ts'

let scratch: ScratchLedger
beforeEach(async () => {
  scratch = new ScratchLedger()
  const { ledger } = scratch.open()
  await fill(ledger)
  await ledger.append(decision('call_open'))
  await scratch.close()
})
afterEach(() => scratch.remove())

const indexProblem = (index: number, more = ''): string =>
  `the index does not fit the entries: what leads to entry ${index} of 2026-01-15T12:00:00.000Z${more} was taken out, added or altered; facts and lookups of before go by it`

async function problemsAfter(sql: string): Promise<readonly string[]> {
  await scratch.tamper((file) => file.exec(sql))
  return (await scratch.verify()).problems
}

test.each<[string, string, string]>([
  [
    'a decision is hidden from the facts about its agent',
    `DELETE FROM entry_index WHERE subject = 'agent:clerk' AND seq = 2`,
    indexProblem(2),
  ],
  ['a session is hidden', `DELETE FROM entry_index WHERE subject = 'ses_1'`, indexProblem(0, ', and of 5 more')],
  ['the whole index is gone', 'DELETE FROM entry_index', indexProblem(0, ', and of 5 more')],
  ['a decision is laid at another agent’s door', `INSERT INTO entry_index VALUES ('agent:other', 2)`, indexProblem(2)],
  ['an outcome is another’s', `UPDATE entry_index SET seq = 4 WHERE subject = 'call_1' AND seq = 3`, indexProblem(3, ', and of 1 more')],
  ['a subject is renamed', `UPDATE entry_index SET subject = 'person:bob' WHERE subject = 'person:ann' AND seq = 2`, indexProblem(2)],
  [
    'the next entry of a session would follow none',
    'DELETE FROM session_heads',
    'the next entry of the session `ses_1` would be linked to none before it',
  ],
  [
    'the next entry of a session would follow an older one',
    'UPDATE session_heads SET leaf = zeroblob(32)',
    'the next entry of the session `ses_1` would be linked to another than its newest',
  ],
  [
    'a session that never was is to be continued',
    `INSERT INTO session_heads VALUES ('ses_none', zeroblob(32))`,
    'the next entry of the session `ses_none` would be linked to another than its newest',
  ],
  [
    'an open call would never be closed',
    'DELETE FROM calls',
    'the call `call_open` has no outcome and is not in the list of open calls: it would never be closed',
  ],
  [
    'a closed call would be closed once more',
    `INSERT INTO calls VALUES ('call_1', 'ses_1', 'gateway-1', 1)`,
    'the call `call_1` is in the list of open calls, and is not open',
  ],
])('It is found when %s.', async (_, sql, problem) => {
  expect(await problemsAfter(sql)).toEqual([problem])
})

test('Whatever is done to the rows of the index is found.', async () => {
  type Row = { subject: string; seq: number }
  let rows: Row[] = []
  await scratch.tamper((file) => (rows = file.prepare('SELECT subject, seq FROM entry_index ORDER BY subject, seq').all() as never))
  expect(rows.length).toBeGreaterThan(12)
  const put = (wanted: readonly Row[]): Promise<void> =>
    scratch.tamper((file) => {
      file.exec('DELETE FROM entry_index')
      for (const { subject, seq } of wanted) file.prepare('INSERT OR IGNORE INTO entry_index VALUES (?, ?)').run(subject, seq)
    })
  await fc.assert(
    fc.asyncProperty(
      fc.subarray(rows, { maxLength: rows.length - 1 }),
      fc.array(
        fc.record({
          subject: fc.constantFrom('ses_1', 'ses_2', 'call_1', 'agent:clerk', 'person:ann'),
          seq: fc.integer({ min: 0, max: 5 }),
        }),
        { maxLength: 3 },
      ),
      async (left, added) => {
        const now = new Set([...left, ...added].map(({ subject, seq }) => `${subject} ${seq}`))
        const same = now.size === rows.length && rows.every(({ subject, seq }) => now.has(`${subject} ${seq}`))
        await put([...left, ...added])
        expect((await scratch.verify()).ok).toBe(same)
      },
    ),
    { numRuns: 60 },
  )
  await put(rows)
  expect((await scratch.verify()).problems).toEqual([])
})

test('What is appended while the ledger is verified is left for the next time.', async () => {
  const { ledger } = scratch.open('busy')
  const stop = new AbortController()
  const writing = (async () => {
    for (let call = 0; !stop.signal.aborted; call += 1) {
      await ledger.append(decision(`busy_${call}`))
      if (call % 2 === 0) await ledger.append(outcome(`busy_${call}`))
      await ledger.append({ ...note('x'), session: `ses_${call % 3}` } as never)
      await ledger.signHead()
    }
  })()
  for (let entries = 0; entries < 60; entries = (await scratch.verify()).entries) expect((await scratch.verify()).problems).toEqual([])
  stop.abort()
  await writing
  await scratch.close()
  expect((await scratch.verify()).problems).toEqual([])
})

test('A session’s newest entries that were taken out of the index are found when it is verified alone.', async () => {
  await scratch.tamper((file) => file.exec(`DELETE FROM entry_index WHERE subject = 'ses_1' AND seq >= 4`))
  expect((await verifySession(scratch.open('reader').store, ledgerKeys, 'ses_1')).problems).toEqual([
    'entry 4 is of the session, and the index does not lead to it',
  ])
})

test('What is read row by row keeps nobody from appending, whoever appended meanwhile.', async () => {
  const [one, two] = [scratch.open('one'), scratch.open('two')]
  const before = await one.store.size()
  for (const rows of [one.store.indexRows(), one.store.sessionHeads()]) {
    const reading = rows[Symbol.iterator]()
    reading.next()
    await two.ledger.append(note('by two'))
    await one.ledger.append(note('by one'))
    while (reading.next().done !== true);
  }
  expect(await one.store.size()).toBe(before + 4)
})
