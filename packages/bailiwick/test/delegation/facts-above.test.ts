import { afterEach, beforeEach, expect, test } from 'vitest'
import { sessionsOfFamily } from '../../src/authority/session-chain.ts'
import { replaySession } from '../../src/evals/replay-session.ts'
import { rulesetFor } from '../decide/ruleset-for.ts'
import { ScratchLedger } from '../ledger/scratch-ledger.ts'
import { deskAt, deskManifest } from './delegated-office.ts'
import type { Desk } from './delegated-office.ts'

let scratch: ScratchLedger
beforeEach(() => void (scratch = new ScratchLedger()))
afterEach(() => scratch.remove())

/** Mail may not be sent once notes were read, nor a fourth time. */
const ruleset = rulesetFor({
  manifest: deskManifest(`facts:
  has_read: { formerly: { tool: notes.read, outcome: ok }, within: 1h }
  drafts: { count: mail.drafts, within: 1h }`),
  policies: {
    'a.cedar':
      '@id("has-read") forbid(principal, action == Action::"mail.send", resource) when { context.facts.has_read };\n' +
      '@id("drafts") forbid(principal, action == Action::"mail.send", resource) when { context.facts.drafts >= 3 };',
  },
})
const office = (instance = 'gateway-1'): Desk => deskAt(scratch, { ruleset, instance })
const reading = { part: { tools: { 'notes.read': {}, 'mail.drafts': {} } } }

test('What an agent has its delegates do, and theirs, is in the facts of its own session with its next call, as if it had done that itself.', async () => {
  const { open, delegate, take } = office()
  const root = await open()
  const clerk = await delegate(root, reading)
  const [above, seat, below] = [await take(root), await take(clerk), await take(await delegate(clerk, { ...reading, agent: 'temp' }))]
  expect(await above.call('mail.send')).toBe('done')
  expect(await above.call('mail.drafts')).toBe('done')
  expect([await seat.call('mail.drafts'), await above.call('mail.send')]).toEqual(['done', 'done'])
  expect([await below.call('mail.drafts'), await above.call('mail.send')]).toEqual(['done', 'drafts'])
  expect([await below.call('notes.read'), await above.call('mail.send')]).toEqual(['done', expect.stringMatching(/has-read|drafts/)])
  const other = await take(await open())
  expect(await other.call('mail.send')).toBe('done')
  await Promise.all([above, seat, below, other].map(({ governed }) => governed.close()))
})

test('Replayed, the calls of the session above are decided again as they were.', async () => {
  const { open, delegate, take, runtime } = office()
  const root = await open()
  const [above, seat] = [await take(root), await take(await delegate(root, reading))]
  expect(await above.call('mail.send')).toBe('done')
  expect(await seat.call('notes.read')).toBe('done')
  await seat.call('mail.drafts')
  expect(await above.call('mail.send')).toBe('has-read')
  await Promise.all([above, seat].map(({ governed }) => governed.close()))
  const family = await sessionsOfFamily(runtime.sessions, root.id)
  const calls = await replaySession(ruleset, await runtime.sessions.find(root.id), runtime.ledgerStore, family)
  expect(calls.map(({ now }) => now)).toEqual(calls.map(({ was }) => was))
  expect(calls.at(-1)?.now?.rule).toBe('has-read')
})

test('It is so at once, however soon the delegate has told what it read; in another process, and after a restart.', async () => {
  const [one, elsewhere] = [office(), office('gateway-2')]
  const root = await one.open()
  const [above, seat] = [await one.take(root), await elsewhere.take(await one.delegate(root, reading))]
  expect(await above.call('mail.send')).toBe('done')
  expect(await seat.call('notes.read')).toBe('done')
  await seat.governed.settled()
  expect(await above.call('mail.send')).toBe('has-read')
  await Promise.all([above, seat].map(({ governed }) => governed.close()))
  const after = await office('gateway-3').take(root)
  expect(await after.call('mail.send')).toBe('has-read')
  await after.governed.close()
})

test('In one process no call slips in between what a delegate was told and what is known of it.', async () => {
  const { open, delegate, take } = office()
  for (let round = 0; round < 20; round += 1) {
    const root = await open()
    const [above, seat] = [await take(root), await take(await delegate(root, reading))]
    expect(await seat.call('notes.read').then(() => above.call('mail.send'))).toBe('has-read')
    await Promise.all([above, seat].map(({ governed }) => governed.close()))
  }
})
