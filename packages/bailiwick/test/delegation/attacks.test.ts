import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DelegationRequest } from '../../src/authority/delegations.ts'
import type { DecisionEntry } from '../../src/ledger/entry.ts'
import type { Link } from '../../src/model/lineage.ts'
import type { Session } from '../../src/model/session.ts'
import { rulesetFor } from '../decide/ruleset-for.ts'
import { entriesOf, ScratchLedger } from '../ledger/scratch-ledger.ts'
import { credentialOf, desk, deskAt, deskManifest } from './delegated-office.ts'
import type { Desk } from './delegated-office.ts'

const cause = { by: 'ann', reason: 'it misbehaved' }
let scratch: ScratchLedger
beforeEach(() => void (scratch = new ScratchLedger()))
afterEach(() => scratch.remove())

test('A delegate does what was delegated to it for the same person, goal and parameters, and its receipts name the chain.', async () => {
  const { open, delegate, take, runtime } = deskAt(scratch)
  const root = await open()
  const clerk = await delegate(root, { part: { tools: { 'mail.send': { to: 'bob@mail.corp.example' } } }, request: 'write to Bob' })
  const temp = await delegate(clerk, { agent: 'temp' })
  expect(temp).toMatchObject({ person: 'ann', goal: 'letters', params: { team: 'sales' }, agent: 'temp', delegation: { parent: clerk.id } })
  const seat = await take(temp)
  expect(await seat.call('mail.send')).toBe('done')
  expect(await seat.call('mail.send', { to: 'eve@mail.corp.example' })).toBe('T1.part')
  expect(await seat.call('notes.read')).toBe('T1.part')
  await seat.governed.close()
  const entries = await entriesOf(runtime.ledgerStore)
  const decisions = entries.filter(({ type }) => type === 'decision') as unknown as DecisionEntry[]
  expect(decisions[0]).toMatchObject({
    v: 3,
    session: temp.id,
    agent: 'temp',
    delegation: [
      { session: root.id, agent: 'boss', id: clerk.delegation?.id },
      { session: clerk.id, agent: 'clerk', id: temp.delegation?.id },
    ],
  })
  expect(entries.filter(({ type, v }) => type === 'session' && v === 2)).toMatchObject([
    { delegation: { parent: root.id } },
    { delegation: { parent: clerk.id } },
  ])
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({ ok: true, open: 0 })
})

test.each<[string, Partial<DelegationRequest>, RegExp]>([
  ['a tool that the goal does not have', { part: { tools: { 'mail.sweep': {} } } }, /tools: `mail\.sweep`/],
  ['a wider frame', { part: { tools: { 'mail.send': { to: { domain: '*.example' } } } } }, /frames of `mail\.send`: `to`/],
  ['what the goal does not allow', { part: { tools: {}, allow: ['sampling'] } }, /allow: `sampling`/],
  ['more calls', { part: { tools: {}, limits: { calls: 11 } } }, /limits: 11 calls/],
  ['more bytes', { part: { tools: {}, limits: { resultBytes: 1001 } } }, /limits: 1001 bytes/],
  ['more minutes', { part: { tools: {}, limits: { lifetime: 3_600_001 } } }, /limits: 3600001 milliseconds/],
  ['more repeats', { part: { tools: {}, limits: { repeats: 21 } } }, /limits: 21 repeats/],
  ['a longer life', { lifetime: 3_600_001 }, /expiry: .* is later than/],
  ['an agent that may not be delegated to', { agent: 'stranger' }, /`boss` may not delegate to `stranger`/],
  ['itself', { agent: 'boss' }, /`boss` may not delegate to `boss`/],
])('Nothing is delegated with %s.', async (_, request, message) => {
  const { open, delegate, runtime } = deskAt(scratch)
  const root = await open()
  await expect(delegate(root, request)).rejects.toMatchObject({ code: 'DELEGATION_REFUSED', message: expect.stringMatching(message) })
  expect(await runtime.sessionStore.descendants(root.id)).toEqual([])
})

test('Nothing is delegated to an agent that may not pursue the goal, or that nobody declared, nor by one that only acts by delegation for itself.', async () => {
  const ruleset = rulesetFor({
    manifest: deskManifest().replace('helper: { owner: ann, goals: [letters] }', 'helper: { owner: ann, goals: [garden] }'),
  })
  const { open, delegate } = deskAt(scratch, { ruleset })
  const root = await open('intern')
  await expect(delegate(root, { agent: 'helper' })).rejects.toMatchObject({ code: 'GOAL_UNKNOWN' })
  await expect(delegate(root, { agent: 'nobody' })).rejects.toMatchObject({ code: 'DELEGATION_REFUSED' })
  await expect(open('clerk')).rejects.toMatchObject({ code: 'DELEGATION_REFUSED', message: expect.stringContaining('by delegation only') })
})

test('What was delegated is handed on only as narrow as it was received, however wide the goal is.', async () => {
  const { open, delegate } = deskAt(scratch)
  const clerk = await delegate(await open(), {
    part: { tools: { 'mail.send': { copies: 1 } }, limits: { calls: 2 } },
    lifetime: 60_000,
  })
  for (const [request, message] of [
    [{ part: { tools: { 'notes.read': {} } } }, /tools: `notes\.read`/],
    [{ part: { tools: { 'mail.send': { copies: 2 } } } }, /`copies`/],
    [{ part: { tools: {}, limits: { calls: 3 } } }, /limits: 3 calls/],
    [{ lifetime: 61_000 }, /expiry/],
  ] as const)
    await expect(delegate(clerk, { agent: 'temp', ...request })).rejects.toMatchObject({ message: expect.stringMatching(message) })
})

test('A chain closes no circle, and is no longer than the manifest allows.', async () => {
  const { open, delegate } = deskAt(scratch)
  const clerk = await delegate(await open())
  await expect(delegate(clerk, { agent: 'boss' })).rejects.toMatchObject({ message: expect.stringContaining('delegate to itself') })
  const intern = await delegate(await delegate(clerk, { agent: 'temp' }), { agent: 'intern' })
  await expect(delegate(intern, { agent: 'helper' })).rejects.toMatchObject({
    message: expect.stringContaining('handed on 4 times, and may be 3'),
  })
})

test('Rules that replace those a chain was made under bind it with its next call: a shorter chain, a delegate taken away, a goal made narrower.', async () => {
  const { open, delegate, take, runtime } = deskAt(scratch)
  const temp = await take(await delegate(await delegate(await open()), { agent: 'temp' }))
  expect(await temp.call('mail.send')).toBe('done')
  for (const [change, rule] of [
    [deskManifest('delegation: { depth: 1 }'), 'T0.delegation'],
    [deskManifest().replace('delegates: [temp, boss, intern]', 'delegates: [intern]'), 'T0.delegation'],
    [deskManifest().replace("'*.corp.example'", "'*.sales.corp.example'"), 'T1.frame'],
  ] as const) {
    runtime.rules.replace(rulesetFor({ manifest: change }))
    expect(await temp.call('mail.send')).toBe(rule)
    runtime.rules.replace(desk)
    expect(await temp.call('mail.send')).toBe('done')
  }
  await temp.governed.close()
})

test.each<[string, (of: { root: Session; clerk: Session; temp: Session }) => Link]>([
  ['session', ({ root }) => ({ kind: 'session', id: root.id })],
  ['session in the middle', ({ clerk }) => ({ kind: 'session', id: clerk.id })],
  ['agent', () => ({ kind: 'agent', id: 'boss' })],
  ['agent in the middle', () => ({ kind: 'agent', id: 'clerk' })],
  ['delegation', ({ clerk }) => ({ kind: 'delegation', id: clerk.delegation?.id ?? '' })],
  ['token', ({ root }) => ({ kind: 'token', id: `token of ${root.id}` })],
  ['key', () => ({ kind: 'key', id: 'key of boss' })],
])(
  'When the %s above it is revoked by another process, a delegate makes no further call, and none is delegated from it.',
  async (_, linkOf) => {
    const [gateway, operator] = [deskAt(scratch), deskAt(scratch, { instance: 'operator' })]
    const root = await gateway.open()
    const clerk = await gateway.delegate(root, { credential: credentialOf(root) })
    const temp = await gateway.delegate(clerk, { agent: 'temp' })
    const seat = await gateway.take(temp)
    expect(await seat.call('mail.send')).toBe('done')
    await operator.runtime.revocations.revoke(linkOf({ root, clerk, temp }), cause)
    expect(await seat.call('mail.send')).toBe('T0.revoked')
    await expect(gateway.delegate(temp, { agent: 'intern' })).rejects.toMatchObject({ code: 'DELEGATION_REFUSED' })
    await seat.governed.close()
  },
)

test.each(['pause', 'revoke', 'close'] as const)('A delegate does not outlive a session above it: %s.', async (change) => {
  const { open, delegate, take, runtime } = deskAt(scratch)
  const root = await open()
  const clerk = await delegate(root)
  const temp = await delegate(clerk, { agent: 'temp' })
  const seat = await take(temp)
  expect(await seat.call('mail.send')).toBe('done')
  await runtime.sessions.change(root.id, change, 'ann')
  expect(await seat.call('mail.send')).toBe('T0.delegation')
  await expect(delegate(clerk, { agent: 'temp' })).rejects.toMatchObject({ code: 'DELEGATION_REFUSED' })
  if (change === 'pause') {
    await runtime.sessions.change(root.id, 'resume', 'ann')
    expect(await seat.call('mail.send')).toBe('done')
  }
  await seat.governed.close()
})

test('A call of a delegate that is under way is cancelled when a session above it is revoked.', async () => {
  const { open, delegate, take, runtime } = deskAt(scratch)
  const root = await open()
  const seat = await take(await delegate(await delegate(root), { agent: 'temp' }))
  let reason = ''
  const call = seat.call('mail.send', {}, async (signal) => {
    await runtime.sessions.change(root.id, 'revoke', 'ann')
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    reason = String(signal.reason)
    return 0
  })
  expect(await call).toBe('done')
  expect(reason).toContain(`the session \`${root.id}\` was revoked`)
  await seat.governed.close()
})

test('A link that has expired cuts all below it, and so does the time of the session that a person opened.', async () => {
  let now = 1_000_000
  const { open, delegate, take } = deskAt(scratch, { clock: () => now })
  const root = await open()
  const clerk = await delegate(root, { lifetime: 60_000 })
  const temp = await delegate(clerk, { agent: 'temp' })
  expect(temp.delegation?.part.expires).toBe(1_060_000)
  const other = await take(await delegate(root))
  const seat = await take(temp)
  now += 59_999
  expect(await seat.call('mail.send')).toBe('done')
  now += 1
  expect(await seat.call('mail.send')).toBe('T0.delegation')
  await expect(delegate(clerk, { agent: 'temp' })).rejects.toMatchObject({ code: 'DELEGATION_REFUSED' })
  now = 1_000_000 + 3_600_000
  expect(await other.call('mail.send')).toBe('T0.delegation')
  await expect(delegate(root)).rejects.toMatchObject({ message: expect.stringContaining('60 minutes') })
  await Promise.all([other.governed.close(), seat.governed.close()])
})

test('A session whose record was tampered with acts for nobody else, for no other goal, and by no other parameters.', async () => {
  const ruleset = rulesetFor({
    manifest: deskManifest().replace('clerk: { owner: ann, goals: [letters]', 'clerk: { owner: ann, goals: [letters, garden]'),
  })
  const { open, delegate, take } = deskAt(scratch, { ruleset })
  const root = await open()
  const clerk = await delegate(root)
  const { delegation } = clerk
  for (const change of [
    { person: 'bob' },
    { person: null },
    { goal: 'garden' },
    { params: { team: 'board' } },
    { delegation: { ...delegation!, parent: 'ses_gone' } },
    { agent: 'stranger' },
    { agent: 'boss' },
  ] as Partial<Session>[]) {
    const seat = await take({ ...clerk, ...change })
    expect(await seat.call('mail.send')).toMatch(/^T0\./)
    await seat.governed.close()
  }
})

/** Calls at once in as many sessions, and how many were carried out. */
async function together(desks: readonly Desk[], sessions: readonly Session[], each: number): Promise<number> {
  const seats = await Promise.all(sessions.map((session, index) => (desks[index % desks.length] as Desk).take(session)))
  const calls = Array.from({ length: each }, () => seats.map((seat) => seat.call('mail.send'))).flat()
  const rules = await Promise.all(calls)
  await Promise.all(seats.map(({ governed }) => governed.close()))
  expect(new Set(rules)).toEqual(new Set(['done', 'T4.calls']))
  return rules.filter((rule) => rule === 'done').length
}

test('Siblings that call at once do not overdraw what was given to the session above them, nor does that itself.', async () => {
  const one = deskAt(scratch)
  const root = await one.open()
  const siblings = [await one.delegate(root), await one.delegate(root, { agent: 'temp' }), await one.delegate(root)]
  expect(await together([one], [root, ...siblings], 8)).toBe(10)
  const later = await one.delegate(root)
  const seat = await one.take(later)
  expect(await seat.call('mail.send')).toBe('T4.calls')
  await seat.governed.close()
})

test('Nieces do not overdraw the part of a session in the middle, while the one above it has some left.', async () => {
  const one = deskAt(scratch)
  const root = await one.open()
  const clerk = await one.delegate(root, { part: { tools: { 'mail.send': {} }, limits: { calls: 3 } } })
  const nieces = [await one.delegate(clerk, { agent: 'temp' }), await one.delegate(clerk, { agent: 'intern' })]
  expect(await together([one], [clerk, ...nieces], 4)).toBe(3)
  const seat = await one.take(root)
  expect(await seat.call('mail.send')).toBe('done')
  await seat.governed.close()
})

test('A restart gives nobody in a family their limits anew.', async () => {
  const before = deskAt(scratch)
  const root = await before.open()
  const clerk = await before.delegate(root, { part: { tools: { 'mail.send': {} }, limits: { calls: 6 } } })
  const temp = await before.delegate(clerk, { agent: 'temp', part: { tools: { 'mail.send': {} }, limits: { calls: 5 } } })
  const [first, second] = [await before.take(root), await before.take(temp)]
  for (let made = 0; made < 4; made += 1) expect(await second.call('mail.send')).toBe('done')
  for (let made = 0; made < 2; made += 1) expect(await first.call('mail.send')).toBe('done')
  await Promise.all([first.governed.close(), second.governed.close()])
  const after = deskAt(scratch, { instance: 'gateway-2' })
  const again = await after.take(clerk)
  expect([await again.call('mail.send'), await again.call('mail.send'), await again.call('mail.send')]).toEqual([
    'done',
    'done',
    'T4.calls',
  ])
  const above = await after.take(root)
  expect([await above.call('mail.send'), await above.call('mail.send'), await above.call('mail.send')]).toEqual([
    'done',
    'done',
    'T4.calls',
  ])
  await Promise.all([again.governed.close(), above.governed.close()])
})

test('What sessions of a family use up in one process is used up in another with its next call.', async () => {
  const [one, other] = [deskAt(scratch), deskAt(scratch, { instance: 'gateway-2' })]
  const root = await one.open()
  const first = await one.take(root)
  const second = await other.take(await other.delegate(root))
  for (let made = 0; made < 5; made += 1) {
    expect(await first.call('mail.send')).toBe('done')
    expect(await second.call('mail.send')).toBe('done')
  }
  expect([await first.call('mail.send'), await second.call('mail.send')]).toEqual(['T4.calls', 'T4.calls'])
  await Promise.all([first.governed.close(), second.governed.close()])
})

test('Bytes that a delegate reads are read of every session above it.', async () => {
  const { open, delegate, take } = deskAt(scratch)
  const root = await open()
  const seat = await take(await delegate(root, { part: { tools: { 'mail.send': {} }, limits: { resultBytes: 700 } } }))
  const above = await take(root)
  expect(await seat.call('mail.send', {}, async () => 600)).toBe('done')
  expect(seat.governed.takeBytes(101, seat.governed.contract())).toBe(100)
  expect(above.governed.takeBytes(401, above.governed.contract())).toBe(400)
  expect(above.governed.takeBytes(350, above.governed.contract())).toBeNull()
  expect(seat.governed.takeBytes(51, seat.governed.contract())).toBe(50)
  await Promise.all([seat.governed.close(), above.governed.close()])
})

test('A delegate sees the tools that were delegated, and no more is allowed to toolboxes than was.', async () => {
  const { open, delegate, take } = deskAt(scratch)
  const root = await open()
  const plain = await take(await delegate(root))
  const logged = await take(await delegate(root, { part: { tools: { 'mail.send': {} }, allow: ['logging'] } }))
  expect(plain.governed.contract().tools.map(({ key }) => key)).toEqual(['mail.send'])
  expect([plain, logged].map(({ governed }) => governed.contract().allows('logging'))).toEqual([false, true])
  await Promise.all([plain.governed.close(), logged.governed.close()])
})

test('What a delegate has read marks the sessions above and beside it, as if they had read it themselves.', async () => {
  const ruleset = rulesetFor({
    manifest: deskManifest(),
    policies: {
      'a.cedar': '@id("tainted") forbid(principal, action == Action::"mail.send", resource) when { context.labels.contains("untrusted") };',
    },
  })
  const { open, delegate, take } = deskAt(scratch, { ruleset })
  const root = await open()
  const reader = await take(await delegate(root, { part: { tools: { 'mail.drafts': {} } } }))
  const [above, beside] = [await take(root), await take(await delegate(root))]
  expect([await above.call('mail.send'), await beside.call('mail.send')]).toEqual(['done', 'done'])
  expect(await reader.call('mail.drafts')).toBe('done')
  expect([await above.call('mail.send'), await beside.call('mail.send')]).toEqual(['tainted', 'tainted'])
  await Promise.all([reader, above, beside].map(({ governed }) => governed.close()))
})

test('What policies keep from an agent, it cannot have done by a delegate.', async () => {
  const ruleset = rulesetFor({
    manifest: deskManifest(),
    policies: {
      'a.cedar':
        '@id("not-boss") forbid(principal == Agent::"boss", action == Action::"mail.send", resource);\n' +
        '@id("few") forbid(principal, action == Action::"notes.read", resource) when { context.session.calls >= 2 };',
    },
  })
  const { open, delegate, take } = deskAt(scratch, { ruleset })
  const root = await open()
  const part = { tools: { 'mail.send': {}, 'notes.read': {} } }
  const [one, two] = [await take(await delegate(root, { part })), await take(await delegate(root, { part }))]
  expect(await one.call('mail.send')).toBe('not-boss')
  expect([await one.call('notes.read'), await two.call('notes.read'), await two.call('notes.read')]).toEqual(['done', 'done', 'few'])
  await Promise.all([one, two].map(({ governed }) => governed.close()))
})

test('A delegate that is only observed is bound by what binds whoever has delegated to it.', async () => {
  const ruleset = rulesetFor({ manifest: deskManifest().replace('clerk: { owner: ann,', 'clerk: { owner: ann, mode: observe,') })
  const { open, delegate, take } = deskAt(scratch, { ruleset })
  const seat = await take(await delegate(await open()))
  expect(await seat.call('notes.read')).toBe('T1.part')
  expect(await seat.call('mail.send', { to: 'spy@evil.example' })).toBe('T1.frame')
  await seat.governed.close()
})

test('Facts about a session or an agent are not told to a delegate: a policy that reads one lets nothing through.', async () => {
  const ruleset = rulesetFor({
    manifest: deskManifest(
      'facts:\n  mails: { count: mail.send, over: session, within: 1h }\n  forAnn: { count: mail.send, over: person, within: 1h }',
    ),
    policies: {
      'a.cedar':
        '@id("mails") forbid(principal, action == Action::"mail.send", resource) when { context.facts.mails >= 5 };\n' +
        '@id("for-ann") forbid(principal, action == Action::"notes.read", resource) when { context.facts.forAnn >= 1 };',
    },
  })
  const { open, delegate, take } = deskAt(scratch, { ruleset })
  const root = await open()
  const [above, seat] = [await take(root), await take(await delegate(root, { part: { tools: { 'mail.send': {}, 'notes.read': {} } } }))]
  expect(await seat.call('mail.send')).toBe('mails')
  expect(await seat.call('notes.read')).toBe('done')
  expect(await above.call('mail.send')).toBe('done')
  expect(await seat.call('notes.read')).toBe('for-ann')
  await Promise.all([above, seat].map(({ governed }) => governed.close()))
})
