import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { factPlan } from '../../src/decide/facts/fact-plan.ts'
import { History } from '../../src/decide/facts/history.ts'
import { desk } from '../facts/desk.ts'
import { DeskProcess, SetClock } from '../facts/governed-desk.ts'
import { ScratchLedger } from '../ledger/scratch-ledger.ts'
import type { JsonObject } from '../../src/model/json.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

let scratch: ScratchLedger
let clock: SetClock
beforeEach(() => {
  scratch = new ScratchLedger()
  clock = new SetClock()
})
afterEach(() => scratch.remove())

const occasion = { agent: 'clerk', person: null, goal: 'work', session: 'ses_1', params: {} }
const day = 86_400_000
const limit = '@id("limit") forbid(principal, action == Action::"desk.transfer", resource) when { context.facts.transfers >= 5 };'
/** A policy on `alert` that reads facts, so that each decision on it tells them. */
const tell = (...conditions: string[]): string =>
  `forbid(principal, action == Action::"desk.alert", resource) when { (${conditions.join(') && (')}) };`

describe('arguments that are hostile', () => {
  it('of a megabyte each, 200 of them, all different, are counted apart and take little memory', async () => {
    const rules = desk(
      '  users: { distinct: desk.read, of: input.user, within: 1h }\n  here: { count: desk.read, same: [input.user], within: 1h }',
      tell('context.facts.users < 0', 'context.facts.here < 0'),
    )
    const session = await new DeskProcess(rules, scratch, clock).session()
    const name = (index: number): string => `${'u'.repeat(1 << 20)}${index}`
    const before = held()
    for (let index = 0; index < 200; index += 1) await session.call('read', { user: name(index) })
    await session.governed.settled()
    expect(held() - before).toBeLessThan(5_000_000)
    expect((await session.call('alert', { user: name(7) })).decision.facts).toEqual({ users: 200, here: 1 })
  })

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '-', '"', '#', '1:a', '\u0000', '', 'null', 'undefined'])(
    'of the value %j are a value as any other',
    async (value) => {
      const rules = desk(
        '  here: { count: desk.read, same: [input.user, input.document], within: 1h }\n  users: { distinct: desk.read, of: input.user, within: 1h }\n  most: { count: desk.read, by: input.user, within: 1h }',
        tell('context.facts.users < 0', 'context.facts.here < 0', 'context.facts.most < 0'),
      )
      const session = await new DeskProcess(rules, scratch, clock).session()
      for (const user of [value, value, `${value}x`]) await session.call('read', { user, document: 'd' })
      await session.call('read', { document: 'd' })
      expect((await session.call('alert', { user: value, document: 'd' })).decision.facts).toEqual({ here: 2, users: 2, most: 2 })
      expect((await session.call('alert', { document: 'd' })).decision.facts).toMatchObject({ here: 1 })
      expect((await session.call('alert', { user: 'constructor?', document: 'd' })).decision.facts).toMatchObject({ here: 0 })
    },
  )

  it('that look alike and are not the same are not the same, in whatever form of Unicode', async () => {
    const rules = desk('  here: { count: desk.read, same: [input.user], within: 1h }', tell('context.facts.here < 0'))
    const session = await new DeskProcess(rules, scratch, clock).session()
    await session.call('read', { user: 'é' })
    for (const user of ['e\u0301', 'É', 'é\u200b', 'é '])
      expect((await session.call('alert', { user })).decision.facts).toEqual({ here: 0 })
    expect((await session.call('alert', { user: 'é' })).decision.facts).toEqual({ here: 1 })
  })

  it('of the wrong type, with numbers out of every range, are denied by T1 and are no event', async () => {
    const rules = desk(
      '  spent: { sum: desk.transfer, of: input.amount, within: 1h }\n  paid: { sum: desk.transfer, of: input.price, within: 1h }',
      tell('context.facts.spent < 0', 'context.facts.paid.lessThan(decimal("0.0"))'),
    )
    const session = await new DeskProcess(rules, scratch, clock).session()
    for (const amount of ['5', 'NaN', 'Infinity', 1e308, 1.5, 2 ** 53, true, [5], { valueOf: 5 }])
      expect((await session.call('transfer', { amount })).kind, JSON.stringify(amount)).toBe('denied')
    for (const price of ['NaN', '1', 1e308, 1e-9, 0.00005]) expect((await session.call('transfer', { price })).kind).toBe('denied')
    for (const amount of [-0, 7, -3]) await session.call('transfer', { amount, price: 0.0001 })
    expect((await session.call('alert')).decision.facts).toEqual({ spent: 4, paid: '0.0003' })
  })

  it('cannot make a sum run over: it stays at the largest number, and the policy holds', async () => {
    const rules = desk(
      '  spent: { sum: desk.transfer, of: input.amount, within: 1h }\n  paid: { sum: desk.transfer, of: input.price, within: 1h }',
      `@id("spent") forbid(principal, action == Action::"desk.sell", resource) when { context.facts.spent > 100 };
       @id("more") forbid(principal, action == Action::"desk.write", resource) when { context.facts.spent + 9007199254740991 > 100 };
       @id("paid") forbid(principal, action == Action::"desk.read", resource) when { context.facts.paid.greaterThan(decimal("100.0")) };`,
    )
    const session = await new DeskProcess(rules, scratch, clock).session()
    for (let index = 0; index < 8; index += 1)
      expect(await session.call('transfer', { amount: Number.MAX_SAFE_INTEGER, price: 900_000_000_000, user: `${index}` })).toMatchObject({
        kind: 'done',
      })
    expect(await session.call('sell')).toMatchObject({ decision: { rule: 'spent', facts: { spent: Number.MAX_SAFE_INTEGER } } })
    expect(await session.call('write')).toMatchObject({ decision: { rule: 'more' } })
    expect(await session.call('read')).toMatchObject({ decision: { rule: 'paid' } })
  })
})

/** How many bytes are held that are no garbage. */
function held(): number {
  collect()
  return process.memoryUsage().heapUsed
}

describe('a list without end', () => {
  it('fills no memory and hides nothing: facts that would tell its items apart cannot be told until it has left their window', async () => {
    const rules = desk(
      `  ids: { distinct: { tool: desk.transfer, outcome: ok }, of: output.id, within: 1h }
  most: { count: { tool: desk.transfer, outcome: ok }, by: output.id, within: 1h }
  both: { formerly: { tool: desk.transfer, outcome: ok, by: output.id }, and: [{ tool: desk.sell, by: input.user }], within: 1h }
  total: { sum: { tool: desk.transfer, outcome: ok }, of: output.id, within: 1h }
  times: { count: { tool: desk.transfer, outcome: ok }, within: 1h }`,
      tell(
        'context.facts.times < 0',
        'context.facts has ids && context.facts.ids < 0',
        'context.facts has both && context.facts.both',
        'context.facts has most && context.facts.most < 0',
        'context.facts.total.lessThan(decimal("0.0"))',
      ),
    )
    const session = await new DeskProcess(rules, scratch, clock).session()
    const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
    await session.call('transfer', {}, { id: numbers(10_000) })
    expect((await session.call('alert', { user: '1' })).decision.facts).toMatchObject({ ids: 10_000, most: 1, both: false, times: 1 })
    clock.after += 1000
    const before = held()
    await session.call('transfer', { user: '2' }, { id: numbers(1_000_000) })
    await session.governed.settled()
    expect(held() - before).toBeLessThan(20_000_000)
    const told = { total: '500049495000.0000', times: 2 }
    expect((await session.call('alert', { user: '2' })).decision.facts).toEqual(told)
    clock.after += 3_600_000
    expect((await session.call('alert', { user: '3' })).decision.facts).toEqual({ total: '499999500000.0000', times: 1 })
    clock.after += 1
    expect((await session.call('alert', { user: '4' })).decision.facts).toMatchObject({ ids: 0, most: 0, both: false, times: 0 })
  })
})

describe('what an agent does again and again', () => {
  it('with 50,000 different values leaves the memory when its window is over', async () => {
    const rules = desk(
      '  users: { distinct: { tool: desk.read, response: any }, of: input.user, within: 1s }\n  together: { formerly: { tool: desk.read, response: any }, and: [{ tool: desk.read, response: any }], by: input.user, within: 1s }\n  most: { count: { tool: desk.read, response: any }, by: input.user, within: 1s }\n  open: { since: { tool: desk.read, response: any }, never: desk.write, same: [input.user], within: 1s }',
      tell('context.facts.users < 0', 'context.facts.together', 'context.facts.most < 0', 'context.facts.open'),
    )
    const history = new History(factPlan(rules.facts.values(), 'session'))
    const after: number[] = []
    for (let round = 0; round < 6; round += 1) {
      for (let index = 0; index < 50_000; index += 1) {
        clock.after += 1
        const user = `${'u'.repeat(200)} ${round} ${index}`
        history.note({ ...occasion, kind: 'call', tool: 'desk.read', response: 'allow', facts: {}, input: { user } }, clock.read())
      }
      after.push(held())
    }
    expect(history.value(0, { ...occasion, tool: 'desk.alert', input: {} }, clock.read())).toBe(1001)
    expect(Math.max(...after.slice(1)) - (after[0] as number)).toBeLessThan(2_000_000)
  })

  it('200 at once, in eight sessions of two processes, passes no limit within one process', async () => {
    const rules = desk('  transfers: { count: desk.transfer, within: 1h, over: agent }', limit)
    const one = new DeskProcess(rules, scratch, clock, 'one')
    const sessions = await Promise.all(Array.from({ length: 8 }, () => one.session()))
    const all = await Promise.all(Array.from({ length: 200 }, (_, index) => sessions[index % 8]!.call('transfer', { amount: index })))
    expect(all.filter(({ kind }) => kind === 'done')).toHaveLength(5)
    // What another process does next knows of all of it.
    expect(await (await new DeskProcess(rules, scratch, clock, 'two').session()).call('transfer')).toMatchObject({ kind: 'denied' })
  })
})

describe('a past that nobody asks for', () => {
  it('of thousands of calls, in two processes at once, is counted once each when somebody does', async () => {
    const rules = desk(
      '  reads: { count: desk.read, within: 1h, over: agent }\n  done: { count: { tool: desk.read, outcome: ok }, within: 1h, over: agent }',
      tell('context.facts.reads < 0', 'context.facts.done < 0'),
    )
    const processes = ['one', 'two'].map((instance) => new DeskProcess(rules, scratch, clock, instance))
    const sessions = await Promise.all(processes.map((one) => one.session()))
    for (let round = 0; round < 6; round += 1)
      for (const session of sessions)
        await Promise.all(Array.from({ length: 400 }, (_, index) => session.call('read', { user: `${round}.${index}` })))
    for (const { runtime } of processes) await runtime.ledger.flush()
    for (const session of sessions) expect(await session.call('alert')).toMatchObject({ decision: { facts: { reads: 4800, done: 4800 } } })
  })
})

describe('a ledger that cannot be read for a while', () => {
  it('lets no session begin and no call through, and everything once it can be read again', async () => {
    const rules = desk(
      '  moved: { sum: desk.transfer, of: input.amount, within: 1h, over: agent }\n  own: { sum: desk.transfer, of: input.amount, within: 1h, over: person }',
      '@id("limit") forbid(principal, action == Action::"desk.sell", resource) when { context.facts.moved + context.facts.own >= 100 };',
    )
    const hidden = (away: boolean): Promise<void> =>
      scratch.tamper((database) => database.exec(`ALTER TABLE ${away ? 'vault RENAME TO away' : 'away RENAME TO vault'}`))
    const first = new DeskProcess(rules, scratch, clock, 'one')
    const [session, unused] = [await first.session(), await first.session()]
    const second = new DeskProcess(rules, scratch, clock, 'two')
    const other = await second.session()
    await session.call('transfer', { amount: 60 })
    await session.governed.settled()
    await first.runtime.ledger.flush()
    const third = new DeskProcess(rules, scratch, clock, 'three')
    await hidden(true)
    await expect(third.session(unused.id)).rejects.toThrow('vault')
    await expect(other.call('sell')).rejects.toThrow('vault')
    await hidden(false)
    for (const one of [await third.session(unused.id), other])
      expect(await one.call('sell')).toMatchObject({ kind: 'denied', decision: { rule: 'limit', facts: { moved: 60, own: 60 } } })
  })
})

describe('a clock that is set', () => {
  const rules = desk('  transfers: { count: desk.transfer, within: 1h, over: agent }', limit)
  const full = async (): Promise<DeskProcess> => {
    const process = new DeskProcess(rules, scratch, clock)
    const session = await process.session()
    for (let index = 0; index < 5; index += 1) expect(await session.call('transfer', { amount: index })).toMatchObject({ kind: 'done' })
    return process
  }

  it('back by a day gives nothing back, also to those who read the ledger afterwards', async () => {
    const process = await full()
    clock.after -= day
    expect(await (await process.session()).call('transfer')).toMatchObject({ kind: 'denied' })
    await process.runtime.ledger.flush()
    const other = new DeskProcess(rules, scratch, clock, 'other')
    expect(await (await other.session()).call('transfer')).toMatchObject({ kind: 'denied' })
    // The hour runs from the time that the clock says now.
    clock.after += 3_600_000
    expect(await (await process.session()).call('transfer')).toMatchObject({ kind: 'denied' })
    clock.after += 1
    expect(await (await process.session()).call('transfer')).toMatchObject({ kind: 'done' })
  })

  it('forward by a day lets the window pass once; setting it back makes nothing of that undone, nor of what happened meanwhile', async () => {
    const process = await full()
    clock.after += day
    const session = await process.session()
    for (let index = 0; index < 5; index += 1) expect(await session.call('transfer', { amount: index })).toMatchObject({ kind: 'done' })
    clock.after -= day
    expect(await session.call('transfer')).toMatchObject({ kind: 'denied', decision: { facts: { transfers: 5 } } })
    await process.runtime.ledger.flush()
    expect(await (await new DeskProcess(rules, scratch, clock, 'other').session()).call('transfer')).toMatchObject({
      kind: 'denied',
      decision: { facts: { transfers: 5 } },
    })
  })
})

describe('a tool whose result is not what facts would have it', () => {
  const rules = desk(
    '  fees: { sum: { tool: desk.transfer, outcome: ok }, of: output.fee, within: 1h, over: agent }\n  ids: { distinct: { tool: desk.transfer, outcome: ok }, of: output.id, within: 1h, over: agent }\n  same: { count: { tool: desk.transfer, outcome: ok }, same: { output.id: input.user }, within: 1h }\n  most: { count: { tool: desk.transfer, outcome: ok }, by: output.id, within: 1h }\n  here: { count: { tool: desk.transfer, outcome: ok, where: { output.id: { pattern: ".*" } } }, within: 1h }',
    tell(
      'context.facts.fees.lessThan(decimal("0.0"))',
      'context.facts.ids < 0',
      'context.facts.same < 0',
      'context.facts.most < 0',
      'context.facts.here < 0',
    ),
  )
  const deep = (depth: number): string => `{"id":${'['.repeat(depth)}1${']'.repeat(depth)},"fee":1}`
  const deepObject = (depth: number): string => `{"id":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)},"fee":1}`
  const text = (said: string): JsonObject => ({ content: [{ type: 'text', text: said }] })
  const results: Readonly<Record<string, JsonObject>> = {
    'structured content that is a list': { content: [], structuredContent: [1, 2] },
    'structured content that is a text': { content: [], structuredContent: '{"fee":5}' },
    'a fee that is a text': { content: [], structuredContent: { fee: '5', id: 5 } },
    'a fee that is not a number': { content: [], structuredContent: { fee: { valueOf: 5 }, id: null } },
    'an id that is an object with a prototype': text('{"id":{"__proto__":{"a":1}},"fee":{"__proto__":{"length":1}}}'),
    'a member __proto__': text('{"__proto__":{"fee":5,"id":"x"}}'),
    'half of a surrogate pair': text(String.raw`{"id":"\ud800","fee":0}`),
    'half of a surrogate pair inside an object': text(String.raw`{"id":{"\ud800":"\udfff"},"fee":0}`),
    'half of a surrogate pair in a long text': text(`{"id":"${'x'.repeat(300)}${String.raw`\ud800`}","fee":0}`),
    'numbers out of range': text('{"id":1e999,"fee":-1e999}'),
    'text that only looks like JSON': text('{ nothing of the kind'),
    'text after a byte order mark': text('\ufeff{"fee":5}'),
    'a list nested a hundred thousand deep': text(deep(100_000)),
    'an object nested a hundred thousand deep': text(deepObject(100_000)),
    'an object nested five thousand deep': text(deepObject(5000)),
    '30 MB of JSON': text(`{"id":"${'y'.repeat(30_000_000)}","fee":0}`),
  }

  it.each(Object.entries(results))('says nothing wrong and stops nobody: %s', async (_, recorded) => {
    const live = new DeskProcess(rules, scratch, clock, 'live')
    const session = await live.session()
    expect(await session.call('transfer', {}, {}, recorded)).toMatchObject({ kind: 'done' })
    expect(await session.call('transfer', { user: '2' }, { fee: 1, id: 'a' })).toMatchObject({ kind: 'done' })
    const told = (await session.call('alert', { user: 'a' })).decision.facts
    expect(Object.keys(told ?? {})).toHaveLength(5)
    await live.runtime.ledger.flush()
    const again = await new DeskProcess(rules, scratch, clock, 'again').session(session.id)
    expect((await again.call('alert', { user: 'a' })).decision.facts).toEqual(told)
  })
})
