import { afterEach, beforeEach, expect, test } from 'vitest'
import { paramsHash } from '../../src/decide/t0-identity.ts'
import type { Performed } from '../../src/enforce/attempt.ts'
import { GovernedSession } from '../../src/enforce/governed-session.ts'
import { everything } from '../../src/model/lineage.ts'
import type { Link } from '../../src/model/lineage.ts'
import type { Ruleset } from '../../src/model/ruleset.ts'
import type { Session } from '../../src/model/session.ts'
import { office } from '../decide/office.ts'
import { rulesetFor } from '../decide/ruleset-for.ts'
import { ScratchLedger } from '../ledger/scratch-ledger.ts'
import { scratchRuntime } from './scratch-runtime.ts'

const cause = { by: 'ann', reason: 'it misbehaved' }
const ruleset: Ruleset = rulesetFor(office({ more: 'limits: { calls: 100000 }' }))
let scratch: ScratchLedger
beforeEach(() => void (scratch = new ScratchLedger()))
afterEach(() => scratch.remove())

interface Desk {
  readonly session: Session
  readonly governed: GovernedSession
  /** Times at which tools were reached. */
  readonly reached: number[]
  readonly call: (work?: (signal: AbortSignal) => Promise<void>) => Promise<Performed<null>>
}

/** The gateway's process, and another one, such as the command line. */
function processes(): { readonly gateway: ReturnType<typeof scratchRuntime>; readonly other: ReturnType<typeof scratchRuntime> } {
  const clock = Date.now
  return { gateway: scratchRuntime(ruleset, scratch, { clock }), other: scratchRuntime(ruleset, scratch, { clock, instance: 'operator' }) }
}

async function desk(runtime: ReturnType<typeof scratchRuntime>, change: Partial<Session> = {}): Promise<Desk> {
  const opened = await runtime.sessions.open(ruleset, { agent: 'clerk', goal: 'letters', params: {}, person: 'ann', request: null })
  const session = { ...opened, ...change }
  const governed = await GovernedSession.open(runtime, session)
  const reached: number[] = []
  let letters = 0
  return {
    session,
    governed,
    reached,
    call: (work = async () => {}) =>
      governed.perform({
        point: 'test',
        tool: 'mail.send',
        // No call is the repetition of another.
        arguments: { to: 'bob@corp.example', body: `letter ${(letters += 1)}` },
        livePin: async () => ruleset.tools.get('mail.send')?.pin ?? null,
        local: true,
        credential: async () => ({
          valid: true,
          tokenId: `token of ${session.id}`,
          key: `key of ${session.id}`,
          agent: 'clerk',
          session: session.id,
          goal: 'letters',
          paramsHash: paramsHash({}),
          expires: Date.now() + 1e6,
        }),
        run: async (_call, _contract, _fulfilment, signal) => {
          reached.push(performance.now())
          try {
            await work(signal)
            return { status: 'ok', error: null, value: null, recorded: null, bytes: 0 }
          } catch (error) {
            return { status: 'cancelled', error: String(error), value: null, recorded: null, bytes: 0 }
          }
        },
        signal: new AbortController().signal,
        onWaiting: async () => {},
      }),
  }
}

const ruleOf = (performed: Performed<unknown>): string => (performed.kind === 'done' ? 'done' : performed.decision.rule)

test.each<[string, (session: Session) => Link]>([
  ['everything', () => everything],
  ['its agent', () => ({ kind: 'agent', id: 'clerk' })],
  ['its goal', () => ({ kind: 'goal', id: 'letters' })],
  ['its session', ({ id }) => ({ kind: 'session', id })],
  ['its token', ({ id }) => ({ kind: 'token', id: `token of ${id}` })],
  ['the key that its token is bound to', ({ id }) => ({ kind: 'key', id: `key of ${id}` })],
  ['the delegation that it descends from', () => ({ kind: 'delegation', id: 'dlg_1' })],
  ['the session of whoever delegated to it', () => ({ kind: 'session', id: 'ses_parent' })],
  ['the agent that delegated to it', () => ({ kind: 'agent', id: 'boss' })],
])('When %s is revoked by another process, the next call is denied, and says what was cut.', async (_, linkOf) => {
  const { gateway, other } = processes()
  const lineage: Link[] = [
    { kind: 'agent', id: 'boss' },
    { kind: 'session', id: 'ses_parent' },
    { kind: 'delegation', id: 'dlg_1' },
  ]
  const one = await desk(gateway, { lineage })
  expect(ruleOf(await one.call())).toBe('done')
  expect(await other.revocations.revoke(linkOf(one.session), cause)).toBe(true)
  expect(await other.revocations.revoke(linkOf(one.session), cause)).toBe(false)
  const denied = await one.call()
  expect(denied).toMatchObject({
    kind: 'denied',
    decision: { tier: 'T0', rule: 'T0.revoked', reason: expect.stringContaining('was revoked') },
  })
  expect(one.reached).toHaveLength(1)
  await one.governed.close()
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({ ok: true, open: 0 })
})

test('What descends from something else goes on, whatever it is called.', async () => {
  const { gateway, other } = processes()
  const [one, two] = [await desk(gateway), await desk(gateway)]
  const links: Link[] = [
    { kind: 'session', id: one.session.id },
    { kind: 'agent', id: 'letters' },
    { kind: 'goal', id: 'clerk' },
    { kind: 'agent', id: 'clerk2' },
    { kind: 'agent', id: 'cler' },
    { kind: 'agent', id: '*' },
    { kind: 'token', id: two.session.id },
    { kind: 'session', id: `token of ${two.session.id}` },
  ]
  for (const link of links) await other.revocations.revoke(link, cause)
  expect([ruleOf(await one.call()), ruleOf(await two.call())]).toEqual(['T0.revoked', 'done'])
  await Promise.all([one.governed.close(), two.governed.close()])
})

test('An agent, a goal and everything can be given back; a session, a token, a delegation and a key stay cut.', async () => {
  const { gateway, other } = processes()
  const one = await desk(gateway)
  for (const link of [everything, { kind: 'agent', id: 'clerk' }, { kind: 'goal', id: 'letters' }] as const) {
    await other.revocations.revoke(link, cause)
    expect(ruleOf(await one.call())).toBe('T0.revoked')
    await other.revocations.lift(link, cause)
    expect(ruleOf(await one.call())).toBe('done')
    await expect(other.revocations.lift(link, cause)).rejects.toMatchObject({ code: 'REVOCATION' })
  }
  for (const kind of ['session', 'token', 'delegation', 'key'] as const) {
    await other.revocations.revoke({ kind, id: 'x' }, cause)
    await expect(other.revocations.lift({ kind, id: 'x' }, cause)).rejects.toMatchObject({ code: 'REVOCATION' })
  }
  await one.governed.close()
})

test('A call that is under way is cancelled soon, and its outcome says so.', async () => {
  const { gateway, other } = processes()
  const one = await desk(gateway)
  let reason: unknown
  const performed = one.call(
    (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => ((reason = signal.reason), reject(signal.reason)))),
  )
  while (one.reached.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  const start = performance.now()
  await other.revocations.revoke({ kind: 'agent', id: 'clerk' }, cause)
  expect(await performed).toMatchObject({ kind: 'done' })
  expect(performance.now() - start).toBeLessThan(5000)
  expect(String(reason)).toContain('the agent `clerk` was revoked')
  await one.governed.close()
  const outcomes = (await gateway.ledgerStore.entries(0, 100)).map(
    (body) => JSON.parse(Buffer.from(body).toString()) as { status?: string },
  )
  expect(outcomes.filter(({ status }) => status === 'cancelled')).toHaveLength(1)
})

test.each<[string, Link]>([
  ['the agent', { kind: 'agent', id: 'clerk' }],
  ['everything', everything],
])('With a thousand calls in flight, none reaches its tool after the revocation of %s was acknowledged.', async (_, link) => {
  const { gateway, other } = processes()
  const desks = await Promise.all(Array.from({ length: 10 }, () => desk(gateway)))
  const calls = Array.from({ length: 1000 }, (_unused, index) => (desks[index % 10] as Desk).call())
  await calls[150]
  const start = performance.now()
  await other.revocations.revoke(link, cause)
  const acknowledged = performance.now()
  expect(acknowledged - start).toBeLessThan(5000)
  const later = Array.from({ length: 20 }, (_unused, index) => (desks[index % 10] as Desk).call())
  const answers = (await Promise.all([...calls, ...later])).map(ruleOf)
  const reached = desks.flatMap((one) => one.reached)
  expect(reached.filter((time) => time > acknowledged)).toEqual([])
  expect(answers.slice(-20)).toEqual(Array.from({ length: 20 }, () => 'T0.revoked'))
  expect(answers.filter((rule) => rule === 'done')).toHaveLength(reached.length)
  expect(reached.length).toBeGreaterThan(100)
  await Promise.all(desks.map(({ governed }) => governed.close()))
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({ ok: true, open: 0 })
})

test('What is revoked after the decision was recorded, and before the tool is reached, does not reach it; the record is closed.', async () => {
  const { gateway, other } = processes()
  const one = await desk(gateway)
  const append = gateway.ledger.append.bind(gateway.ledger)
  gateway.ledger.append = async (...args) => {
    const index = await append(...args)
    if (args[0].type === 'decision') await other.revocations.revoke({ kind: 'goal', id: 'letters' }, cause)
    return index
  }
  expect(await one.call()).toMatchObject({
    kind: 'denied',
    decision: { rule: 'T0.revoked', reason: expect.stringContaining('the goal `letters`') },
  })
  expect(one.reached).toEqual([])
  await one.governed.close()
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({ ok: true, open: 0, decisions: 1, outcomes: 1 })
})
