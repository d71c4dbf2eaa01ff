import { afterEach, beforeEach, expect, test } from 'vitest'
import { readHistory } from '../../src/assess/history.ts'
import { sessionsOfFamily } from '../../src/authority/session-chain.ts'
import { replaySession } from '../../src/evals/replay-session.ts'
import type { ReplayedCall } from '../../src/evals/replay-session.ts'
import type { Ruleset } from '../../src/model/ruleset.ts'
import type { Session } from '../../src/model/session.ts'
import { rulesetFor } from '../decide/ruleset-for.ts'
import { ScratchLedger } from '../ledger/scratch-ledger.ts'
import { deskAt, deskManifest } from './delegated-office.ts'
import type { Desk } from './delegated-office.ts'

let scratch: ScratchLedger
beforeEach(() => void (scratch = new ScratchLedger()))
afterEach(() => scratch.remove())

const facts = `facts:
  sent: { count: mail.send, within: 1h }
  done: { count: mail.send, within: 1h, over: agent }
  read: { count: notes.read, within: 1h, over: person }`
const policies = `
@id("untrusted") forbid(principal, action == Action::"mail.send", resource) when { context.labels.contains("untrusted") };
@id("diligent") forbid(principal, action == Action::"notes.read", resource) when { context.facts.read >= 2 };`
const rules = (most = 10): Ruleset =>
  rulesetFor({ manifest: deskManifest(facts).replace('calls: 10', `calls: ${most}`), policies: { 'a.cedar': policies } })

async function replayed({ runtime }: Desk, session: Session, by: Ruleset): Promise<readonly ReplayedCall[]> {
  return replaySession(
    by,
    await runtime.sessions.find(session.id),
    runtime.ledgerStore,
    await sessionsOfFamily(runtime.sessions, session.id),
  )
}

const answers = (calls: readonly ReplayedCall[]): (string | undefined)[] => calls.map(({ now }) => now?.rule)

/** A boss and two delegates, one below the other, who act in turn. */
async function busyFamily(desk: Desk): Promise<readonly [Session, Session, Session]> {
  const part = { tools: { 'mail.send': {}, 'mail.drafts': {}, 'notes.read': {} }, limits: { calls: 4 } }
  const boss = await desk.open()
  const clerk = await desk.delegate(boss, { part })
  const temp = await desk.delegate(clerk, { agent: 'temp', part: { tools: { 'mail.send': {}, 'notes.read': {} } } })
  const [first, second, third] = [await desk.take(boss), await desk.take(clerk), await desk.take(temp)]
  await first.call('mail.send')
  await third.call('mail.send')
  await second.call('notes.read')
  await third.call('notes.read')
  await first.call('notes.read')
  await third.call('mail.drafts')
  await second.call('mail.drafts')
  await first.call('mail.send')
  await third.call('mail.send')
  await first.call('mail.drafts')
  await second.call('mail.drafts')
  for (const { governed } of [first, second, third]) await governed.close()
  return [boss, clerk, temp]
}

const [untrusted = ''] = policies.trim().split('\n')
const plain = rulesetFor({ manifest: deskManifest(), policies: { 'a.cedar': untrusted } })

test.each([
  ['facts', rules()],
  ['no facts', plain],
])(
  'By the rules that decided them (with %s), the calls of a whole family are decided again as they were, for the same reasons.',
  async (_, ruleset) => {
    const desk = deskAt(scratch, { ruleset })
    const family = await busyFamily(desk)
    for (const session of family) {
      const calls = await replayed(desk, session, ruleset)
      expect(calls.length).toBeGreaterThan(2)
      for (const { was, now } of calls) expect(now).toEqual(was)
    }
    const [boss, clerk] = family
    expect(answers(await replayed(desk, boss, ruleset))).toContain('untrusted')
    expect(answers(await replayed(desk, clerk, ruleset))).toContain('T4.calls')
  },
)

test('A tighter limit of the goal would have been met by what delegates used up.', async () => {
  const desk = deskAt(scratch, { ruleset: rules() })
  const [boss, clerk, temp] = await busyFamily(desk)
  expect(answers(await replayed(desk, boss, rules(3)))).toContain('T4.calls')
  // Four calls of the family were let through before; alone, neither made so many.
  const alone = await replaySession(rules(3), boss, desk.runtime.ledgerStore, [boss])
  expect(answers(alone)).not.toEqual(answers(await replayed(desk, boss, rules(3))))
  expect(answers(await replayed(desk, temp, rules(1))).slice(0, 1)).toEqual(['T4.calls'])
  expect((await replayed(desk, clerk, rules(1))).every(({ now }) => now?.response === 'deny')).toBe(true)
})

test('Under rules by which an agent may no longer delegate, its delegates would have done nothing, and it as before.', async () => {
  const desk = deskAt(scratch, { ruleset: rules() })
  const [boss, clerk] = await busyFamily(desk)
  const manifest = deskManifest(facts).replace('delegates: [clerk, temp]', 'delegates: [temp]')
  const without = rulesetFor({ manifest, policies: { 'a.cedar': policies } })
  expect(new Set(answers(await replayed(desk, clerk, without)))).toEqual(new Set(['T0.delegation']))
  expect(answers(await replayed(desk, boss, without))).toEqual(answers(await replayed(desk, boss, rules())))
})

test('What is known of links that were cut since does not change what is said of calls before.', async () => {
  const desk = deskAt(scratch, { ruleset: rules() })
  const [boss, clerk] = await busyFamily(desk)
  const before = answers(await replayed(desk, clerk, rules()))
  await desk.runtime.sessions.change(boss.id, 'revoke', 'tests')
  expect(answers(await replayed(desk, clerk, rules()))).toEqual(before)
})

test.each(['sent', 'done'])('A policy that reads what no delegate is told (`%s`) lets it do nothing, then as now.', async (fact) => {
  const reading = `@id("few") forbid(principal, action == Action::"mail.send", resource) when { context.facts.${fact} >= 50 };`
  const ruleset = rulesetFor({ manifest: deskManifest(facts), policies: { 'a.cedar': reading } })
  const desk = deskAt(scratch, { ruleset })
  const family = await busyFamily(desk)
  for (const session of family) for (const { was, now } of await replayed(desk, session, ruleset)) expect(now).toEqual(was)
  expect((await replayed(desk, family[2], ruleset))[0]?.now).toMatchObject({ response: 'deny', tier: 'T2' })
})

test('What a delegate does counts as its own doing and that of those by whose authority it acts, and of nobody else.', async () => {
  const desk = deskAt(scratch, { ruleset: rules() })
  await busyFamily(desk)
  const { agents } = await readHistory(desk.runtime.ledgerStore)
  const count = (agent: string): number | undefined => agents.get(agent)?.calls
  expect([count('temp'), count('clerk'), count('boss'), count('intern')]).toEqual([4, 7, 11, undefined])
  expect(agents.get('temp')?.beyond).toBe(1)
  expect(agents.get('boss')?.beyond).toBe(1)
  expect([...(agents.get('boss')?.lastUse.keys() ?? [])].sort()).toEqual(['mail.drafts', 'mail.send', 'notes.read'])
})
