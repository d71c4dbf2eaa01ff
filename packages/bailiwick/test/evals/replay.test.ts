import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { replaySession } from '../../src/evals/replay-session.ts'
import type { DecisionEntry, NewEntry } from '../../src/ledger/entry.ts'
import { entryAt } from '../../src/ledger/past-reader.ts'
import { desk } from '../facts/desk.ts'
import { DeskProcess, SetClock } from '../facts/governed-desk.ts'
import { ScratchLedger } from '../ledger/scratch-ledger.ts'

let scratch: ScratchLedger
let clock: SetClock
beforeEach(() => {
  scratch = new ScratchLedger()
  clock = new SetClock()
})
afterEach(() => scratch.close())

const facts = `  transfers: { count: desk.transfer, within: 1h, over: agent }
  spent: { sum: desk.transfer, of: input.amount, within: 1h, over: person }
  open: { since: desk.login, never: desk.logout, same: [input.user], within: 1h }`
const policies = (most: number): string => `
@id("most") forbid(principal, action == Action::"desk.transfer", resource) when { context.facts.transfers >= ${most} };
@id("rich") forbid(principal, action == Action::"desk.sell", resource) when { context.facts.spent > 20 };
@id("open") forbid(principal, action == Action::"desk.read", resource) unless { context.facts.open };`
const rules = desk(facts, policies(3))

test('By the rules that decided them, recorded calls are decided again as they were, for the same reasons.', async () => {
  const step = fc.record({
    tool: fc.constantFrom('login', 'logout', 'transfer', 'read', 'sell', 'missing'),
    user: fc.constantFrom('ann', 'bob'),
    amount: fc.integer({ min: 0, max: 9 }),
    forward: fc.integer({ min: 0, max: 2_000_000 }),
    session: fc.integer({ min: 0, max: 1 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      await scratch.close()
      scratch = new ScratchLedger()
      const process = new DeskProcess(rules, scratch, clock)
      const sessions = [await process.session(), await process.session()]
      for (const { tool, user, amount, forward, session } of steps) {
        clock.after += forward
        await sessions[session]!.call(tool, { user, amount })
      }
      for (const { session, governed } of sessions) {
        await governed.settled()
        for (const { was, now } of await replaySession(rules, session, process.runtime.ledgerStore, [session])) expect(now).toEqual(was)
      }
    }),
    { numRuns: 20 },
  )
})

test('By other rules each call is decided in the state that it met then.', async () => {
  const process = new DeskProcess(rules, scratch, clock)
  const session = await process.session()
  for (let index = 0; index < 5; index += 1) await session.call('transfer', { amount: index })
  await session.governed.settled()
  const replayed = await replaySession(desk(facts, policies(1)), session.session, process.runtime.ledgerStore, [session.session])
  expect(replayed.map(({ was, now, changed }) => [was.response, now?.response, changed])).toEqual([
    ['allow', 'allow', false],
    ['allow', 'deny', true],
    ['allow', 'deny', true],
    ['deny', 'deny', false],
    ['deny', 'deny', false],
  ])
  expect(replayed[2]?.now).toMatchObject({ tier: 'T2', rule: 'most', reason: 'the policy `most` forbids it (`transfers` was 2)' })
})

test('A call whose arguments were erased is not judged again, and says so.', async () => {
  const process = new DeskProcess(rules, scratch, clock)
  const session = await process.session()
  await session.call('login', { user: 'ann' })
  await session.governed.settled()
  await scratch.tamper((database) => database.exec('DELETE FROM vault_keys'))
  expect(await replaySession(rules, session.session, process.runtime.ledgerStore, [session.session])).toMatchObject([
    { was: { response: 'allow' }, now: null, why: 'its arguments were erased, or are not those that were recorded', changed: false },
  ])
})

test('An agent or a goal that is gone denies, and throws nothing.', async () => {
  const process = new DeskProcess(rules, scratch, clock)
  const session = await process.session({ agent: 'helper' })
  await session.call('login', { user: 'ann' })
  await session.governed.settled()
  const gone = { ...session.session, agent: 'nobody' }
  expect(await replaySession(rules, gone, process.runtime.ledgerStore, [gone])).toMatchObject([
    { now: { response: 'deny', tier: 'T0' }, changed: true },
  ])
})

test('A call that touched what governs the agent is not judged again: where its paths led is not recorded.', async () => {
  const process = new DeskProcess(rules, scratch, clock)
  const session = await process.session()
  await session.call('login', { user: 'ann' })
  await session.governed.settled()
  const { ledger, ledgerStore } = process.runtime
  const entry = (await entryAt(ledgerStore, (await ledgerStore.indicesOf(session.id))[1] as number)) as DecisionEntry
  const refused = {
    response: 'deny',
    aarm: 'DENY',
    tier: 'T1',
    rule: 'T1.own-files',
    reason: 'it belongs to what governs this agent',
  } as const
  await ledger.append({ ...entry, ...refused, call: 'call_2' } as NewEntry)
  expect(await replaySession(rules, session.session, ledgerStore, [session.session])).toMatchObject([
    { was: { response: 'allow' }, now: { response: 'allow' } },
    { was: { rule: 'T1.own-files' }, now: null, changed: false, why: expect.stringContaining('where its paths led') },
  ])
})
