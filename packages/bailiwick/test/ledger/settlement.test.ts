import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { derivedOf } from '../../src/ledger/derived.ts'
import type { NewEntry } from '../../src/ledger/entry.ts'
import { decision, entriesOf, note, outcome, ScratchLedger } from './scratch-ledger.ts'

let scratch: ScratchLedger
beforeEach(() => {
  scratch = new ScratchLedger()
})
afterEach(() => scratch.remove())

const sessions = ['ses_1', 'ses_2'] as const
const calls = ['call_1', 'call_2', 'call_3'] as const
const subjects = [...sessions, ...calls, 'agent:clerk', 'person:ann', 'nobody'] as const

type Step =
  | {
      readonly do: 'append'
      readonly by: number
      readonly kind: 'decision' | 'outcome' | 'note'
      readonly call: string
      readonly session: string
    }
  | { readonly do: 'settle'; readonly by: number }
  | { readonly do: 'look'; readonly by: number; readonly subject: string; readonly at: number }

const by = fc.integer({ min: 0, max: 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('append' as const),
    by,
    kind: fc.constantFrom('decision', 'outcome', 'note'),
    call: fc.constantFrom(...calls),
    session: fc.constantFrom(...sessions),
  }),
  fc.record({ do: fc.constant('settle' as const), by }),
  fc.record({ do: fc.constant('look' as const), by, subject: fc.constantFrom(...subjects), at: fc.integer({ min: -1, max: 12 }) }),
)

function entryOf({ kind, call, session }: Extract<Step, { do: 'append' }>): NewEntry {
  const entry =
    kind === 'decision' ? { ...decision(call), approval: null, waitedFor: null } : kind === 'outcome' ? outcome(call) : note('a')
  return { ...entry, session } as NewEntry
}

test('Whoever looks something up finds what the entries say, settled or not, whichever of two processes appended it.', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const folder = new ScratchLedger()
      const processes = [folder.open('one'), folder.open('two')] as const
      for (const one of steps) {
        const { ledger, store } = processes[one.by]!
        if (one.do === 'append') await ledger.append(entryOf(one))
        else if (one.do === 'settle') await store.settle()
        else {
          const wanted = (await store.entries(0, 100)).flatMap((body, index) =>
            derivedOf(body)!.subjects.includes(one.subject) ? [index] : [],
          )
          expect(await store.indicesOf(one.subject, one.at)).toEqual(wanted.filter((index) => index > one.at))
          expect(await store.lastIndicesOf(one.subject, one.at, 3)).toEqual(wanted.filter((index) => index < one.at).slice(-3))
        }
      }
      const open = new Set<string>()
      for (const entry of await entriesOf(processes[0].store))
        if (entry['type'] === 'decision') open.add(entry['call'] as string)
        else if (entry['type'] === 'outcome') open.delete(entry['call'] as string)
      for (const { store } of processes) expect(new Set((await store.openCalls()).map(({ id }) => id))).toEqual(open)
      await folder.close()
      // What the calls say of one another is not the matter here.
      const problems = (await folder.verify()).problems.filter(
        (problem) => !/is the outcome of the call|decided twice|has no decision/.test(problem),
      )
      await folder.remove()
      expect(problems).toEqual([])
    }),
    { numRuns: 60 },
  )
})

test('What a process had no time to settle is settled by the next, from the entries alone.', async () => {
  const { ledger, store } = scratch.open('killed')
  await Promise.all([ledger.append(decision('call_1')), ledger.append(outcome('call_1')), ledger.append(decision('call_2'))])
  let rows: unknown
  await scratch.tamper(
    (file) => (rows = file.prepare('SELECT (SELECT count(*) FROM nodes) AS nodes, (SELECT upto FROM settled) AS upto').get()),
  )
  expect(rows).toEqual({ nodes: 0, upto: 0 })
  const next = scratch.open('next').store
  expect(await next.indicesOf('call_1')).toEqual([0, 1])
  expect(await next.openCalls()).toMatchObject([{ id: 'call_2', instance: 'killed' }])
  expect(await store.lastIndicesOf('call_2', 10, 1)).toEqual([2])
  await ledger.append(outcome('call_2'))
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({ ok: true, problems: [], decisions: 2, outcomes: 2 })
})

test('What another process settled meanwhile is told once, at its own place.', async () => {
  const [one, two] = [scratch.open('one'), scratch.open('two')]
  await one.ledger.append(decision('call_1'))
  await two.store.settle()
  await one.ledger.append(decision('call_2'))
  expect(await one.store.indicesOf('call_1')).toEqual([0])
  expect(await one.store.indicesOf('agent:clerk')).toEqual([0, 1])
  expect(await one.store.lastIndicesOf('call_2', 9, 9)).toEqual([1])
})

test('An append that failed leaves nothing to be looked up, and the session goes on from what is there.', async () => {
  const { ledger, store } = scratch.open()
  await ledger.append(note('first'))
  await scratch.tamper((file) => file.exec("CREATE TRIGGER full BEFORE INSERT ON entries BEGIN SELECT RAISE(FAIL, 'no room'); END"))
  await expect(ledger.append(decision('call_1'))).rejects.toThrow(/no room/)
  expect(await store.indicesOf('call_1')).toEqual([])
  await scratch.tamper((file) => file.exec('DROP TRIGGER full'))
  await ledger.append(note('second'))
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({ ok: true, problems: [], entries: 2 })
})

test.each([
  ['set back', 'UPDATE settled SET upto = 0', []],
  ['set back to the middle of a call', 'UPDATE settled SET upto = 3', []],
])('A mark that was %s has entries settled once more, to the same end.', async (_, work, problems) => {
  const { ledger } = scratch.open()
  for (const call of ['call_1', 'call_2']) for (const entry of [decision(call), outcome(call)]) await ledger.append(entry)
  await scratch.close()
  await scratch.tamper((file) => file.exec(work))
  const { ledger: next } = scratch.open('next')
  await next.append(note('later'))
  await scratch.close()
  expect((await scratch.verify()).problems).toEqual(problems)
})

test('A mark that was set ahead hides entries from those who look: verification says so, and nothing is appended behind the end.', async () => {
  const { ledger } = scratch.open()
  await ledger.append(note('first'))
  await scratch.close()
  await scratch.tamper((file) => file.exec('UPDATE settled SET upto = 2'))
  const { ledger: next } = scratch.open('next')
  await expect(next.append(note('hidden'))).rejects.toMatchObject({
    code: 'LEDGER_CORRUPT',
    message: expect.stringContaining('there were 2 entries'),
  })
  await scratch.tamper((file) => file.exec(`INSERT INTO entries SELECT 1, body FROM entries WHERE seq = 0`))
  expect((await scratch.verify()).problems.join()).toMatch(/the index does not fit the entries: what leads to entry 1 /)
})

test.each([
  ['taken away', 'DELETE FROM settled'],
  ['set before the first entry', 'UPDATE settled SET upto = -1'],
  ['set beyond all numbers', 'UPDATE settled SET upto = 9223372036854775807'],
])('A mark that was %s stops appends and lookups, and verification says so.', async (_, work) => {
  const { ledger } = scratch.open()
  await ledger.append(note('first'))
  await scratch.close()
  await scratch.tamper((file) => file.exec(work))
  const { ledger: next, store } = scratch.open('next')
  const corrupt = { code: 'LEDGER_CORRUPT', message: expect.stringContaining('the mark up to which entries are settled') as string }
  await expect(store.indicesOf('ses_1')).rejects.toMatchObject(corrupt)
  await expect(next.append(note('second'))).rejects.toMatchObject(corrupt)
  expect((await scratch.verify()).problems.join()).toMatch(/the mark up to which entries are settled/)
})

test('A settled node that was altered ahead of its time is written over, not signed.', async () => {
  const { ledger } = scratch.open()
  await ledger.append(note('first'))
  await scratch.tamper((file) => file.exec('INSERT INTO nodes VALUES (0, 1, zeroblob(32)), (1, 0, zeroblob(32))'))
  await ledger.append(note('second'))
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({ ok: true, problems: [] })
})

test.each([
  ['no JSON', '{'],
  ['null', 'null'],
  ['an entry without a type', '{"session":null}'],
  ['an entry without a session', '{"type":"event"}'],
  [
    'a decision about nobody',
    '{"call":"c","session":"s","type":"decision","person":null}'.replace('"person"', '"agent":7,"person"').replace('"c"', '7'),
  ],
])('%s at the end is settled by nobody: appends and lookups fail, and verification says where.', async (_, body) => {
  const { ledger } = scratch.open()
  await ledger.append(note('first'))
  await scratch.close()
  await scratch.tamper((file) => file.prepare('INSERT INTO entries VALUES (1, ?)').run(Buffer.from(body)))
  const { ledger: next, store } = scratch.open('next')
  const corrupt = { code: 'LEDGER_CORRUPT', message: 'entry 1 cannot be read' }
  await expect(store.indicesOf('ses_1')).rejects.toMatchObject(corrupt)
  await expect(next.append(note('second'))).rejects.toMatchObject(corrupt)
  expect((await scratch.verify()).problems.join()).toMatch(/entry 1 cannot be read/)
})
