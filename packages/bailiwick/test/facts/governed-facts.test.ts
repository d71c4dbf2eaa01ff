import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LedgerEntry } from '../../src/ledger/entry.ts'
import { answered, asked, ScratchLedger } from '../ledger/scratch-ledger.ts'
import { desk } from './desk.ts'
import { DeskProcess, SetClock } from './governed-desk.ts'

let scratch: ScratchLedger
let clock: SetClock
beforeEach(() => {
  scratch = new ScratchLedger()
  clock = new SetClock()
})
afterEach(() => scratch.close())

const limited = desk(
  '  transfers: { count: desk.transfer, within: 1h, over: agent }\n  spent: { sum: desk.transfer, of: input.amount, within: 1h, over: person }',
  `@id("five") forbid(principal, action == Action::"desk.transfer", resource) when { context.facts.transfers >= 5 };
   @id("broke") forbid(principal, action == Action::"desk.sell", resource) when { context.facts.spent >= 100 };`,
)

test('Whoever is denied is told what the fact was, and so is the receipt.', async () => {
  const { runtime } = await fiveTransfers()
  const refused = await (await new DeskProcess(limited, scratch, clock, 'gateway-2').session()).call('transfer')
  expect(refused).toMatchObject({
    kind: 'denied',
    decision: { rule: 'five', facts: { transfers: 5 }, reason: 'the policy `five` forbids it (`transfers` was 5)' },
  })
  await runtime.ledger.flush()
  const entries = await runtime.ledgerStore.entries(0, 1000)
  const last = entries.map((body) => JSON.parse(Buffer.from(body).toString()) as LedgerEntry).findLast((entry) => entry.type === 'decision')
  expect(last).toMatchObject({ response: 'deny', facts: { transfers: 5 } })
})

async function fiveTransfers(): Promise<DeskProcess> {
  const process = new DeskProcess(limited, scratch, clock)
  const session = await process.session()
  for (let index = 0; index < 5; index += 1) expect(await session.call('transfer', { amount: 30 })).toMatchObject({ kind: 'done' })
  await session.governed.settled()
  return process
}

test('An agent has one past in all its sessions, and in every process.', async () => {
  const first = await fiveTransfers()
  expect(await (await first.session()).call('transfer')).toMatchObject({ kind: 'denied' })
  const second = new DeskProcess(limited, scratch, clock, 'gateway-2')
  expect(await (await second.session()).call('transfer')).toMatchObject({ kind: 'denied' })
  expect(await (await second.session({ agent: 'helper' })).call('transfer')).toMatchObject({ kind: 'done' })
})

test('What one process lets through counts in another from the next call on.', async () => {
  const sessions = []
  for (const instance of ['one', 'two']) sessions.push(await new DeskProcess(limited, scratch, clock, instance).session())
  const kinds = []
  for (let index = 0; index < 8; index += 1) kinds.push((await sessions[index % 2]!.call('transfer')).kind)
  expect(kinds).toEqual([...Array.from({ length: 5 }, () => 'done'), ...Array.from({ length: 3 }, () => 'denied')])
})

test('What an agent asks of models between its calls is no call: facts count past it, in this process and in the next.', async () => {
  const first = new DeskProcess(limited, scratch, clock)
  const second = new DeskProcess(limited, scratch, clock, 'gateway-2')
  const [one, other] = [await first.session(), await second.session()]
  for (let index = 0; index < 5; index += 1) {
    await first.runtime.ledger.append(asked(`model_${index}`))
    expect(await (index % 2 === 0 ? one : other).call('transfer')).toMatchObject({ kind: 'done' })
    await first.runtime.ledger.append(answered(`model_${index}`))
  }
  const third = await new DeskProcess(limited, scratch, clock, 'gateway-3').session()
  for (const session of [one, other, third])
    expect(await session.call('transfer')).toMatchObject({ kind: 'denied', decision: { facts: { transfers: 5 } } })
})

test('A person has one past whatever agents act for them, and nobody else has it.', async () => {
  const process = await fiveTransfers()
  expect(await (await process.session({ agent: 'helper' })).call('sell')).toMatchObject({
    kind: 'denied',
    decision: { rule: 'broke', reason: 'the policy `broke` forbids it (`spent` was 150)' },
  })
  expect(await (await process.session({ person: 'bob' })).call('sell')).toMatchObject({ kind: 'done' })
})

test('A fact about a person denies where there is none.', async () => {
  const session = await new DeskProcess(limited, scratch, clock).session({ person: null })
  expect(await session.call('sell')).toMatchObject({
    kind: 'denied',
    decision: { rule: 'broke', reason: expect.stringContaining('spent') },
  })
})

test('Of a hundred calls at once no more pass than the fact allows.', async () => {
  const process = new DeskProcess(limited, scratch, clock)
  const sessions = await Promise.all([1, 2, 3, 4].map(() => process.session()))
  const all = await Promise.all(Array.from({ length: 100 }, (_, index) => sessions[index % 4]!.call('transfer', { amount: index })))
  expect(all.filter(({ kind }) => kind === 'done')).toHaveLength(5)
})

test('After a restart facts are what they were.', async () => {
  await fiveTransfers()
  clock.after = 3_600_000
  expect(await (await new DeskProcess(limited, scratch, clock, 'gateway-2').session()).call('transfer')).toMatchObject({ kind: 'denied' })
  clock.after += 1
  expect(await (await new DeskProcess(limited, scratch, clock, 'gateway-3').session()).call('transfer')).toMatchObject({ kind: 'done' })
})

test('A call whose arguments were erased keeps the facts that would look at them from being told, until it leaves the window.', async () => {
  await fiveTransfers()
  await scratch.tamper((database) => database.exec('DELETE FROM vault_keys'))
  const process = new DeskProcess(limited, scratch, clock, 'gateway-2')
  const session = await process.session()
  expect(await session.call('sell')).toMatchObject({ kind: 'denied', decision: { rule: 'broke' } })
  // A count looks at no arguments.
  expect(await session.call('transfer')).toMatchObject({ decision: { facts: { transfers: 5 } } })
  clock.after = 3_600_001
  expect(await session.call('sell')).toMatchObject({ kind: 'done' })
})

test('Arguments that were altered in the store are no past: the facts that would look at them cannot be told.', async () => {
  await fiveTransfers()
  await scratch.tamper((database) => database.exec('UPDATE vault SET body = zeroblob(60)'))
  const session = await new DeskProcess(limited, scratch, clock, 'gateway-2').session()
  expect(await session.call('sell')).toMatchObject({ kind: 'denied', decision: { rule: 'broke' } })
})

const ended = desk(
  `  refused: { count: { tool: desk.transfer, outcome: refused, where: { input.amount: { range: { min: 1 } } } }, within: 1h, over: agent }
  good: { count: { tool: desk.transfer, outcome: ok, where: { output.state: good } }, within: 1h, over: agent }`,
  `@id("refused") forbid(principal, action == Action::"desk.sell", resource) when { context.facts.refused >= 2 || context.facts.good >= 2 };`,
)

test('A call that ended with nothing keeps no fact from being told after a restart; with its arguments erased, it does.', async () => {
  const process = new DeskProcess(ended, scratch, clock)
  const session = await process.session()
  await session.call('transfer', { amount: 5 }, null)
  await session.call('transfer', { amount: 6 }, { state: 'good' })
  await session.governed.settled()
  const again = await new DeskProcess(ended, scratch, clock, 'gateway-2').session()
  expect(await again.call('sell')).toMatchObject({ kind: 'done', decision: { facts: { refused: 1, good: 1 } } })
  await scratch.tamper((database) =>
    database.exec(
      `DELETE FROM vault WHERE 'sha256:' || lower(hex(hash)) IN (SELECT json_extract(CAST(body AS TEXT), '$.arguments.hash') FROM entries)`,
    ),
  )
  const erased = await new DeskProcess(ended, scratch, clock, 'gateway-3').session()
  expect(await erased.call('sell')).toMatchObject({ kind: 'denied', decision: { rule: 'refused', facts: {} } })
})

test('An outcome counts after a restart though its call was decided before the window.', async () => {
  const process = new DeskProcess(ended, scratch, clock)
  const session = await process.session()
  let finish: (result: { state: string }) => void = () => {}
  const slow = session.call('transfer', { amount: 5 }, new Promise((resolve) => (finish = resolve)))
  // So many that the slow call's decision stands in a stride of its own, all of which is older than the window.
  for (let index = 0; index < 600; index += 1) await session.call('read', { document: `${index}` })
  clock.after = 1_800_000
  finish({ state: 'good' })
  await slow
  await session.governed.settled()
  clock.after = 5_000_000
  for (let index = 0; index < 256; index += 1) await session.call('read', { document: `later ${index}` })
  await session.governed.settled()
  const live = await session.call('sell')
  const again = await (await new DeskProcess(ended, scratch, clock, 'gateway-2').session()).call('sell')
  expect([live.decision.facts, again.decision.facts]).toEqual([
    { refused: 0, good: 1 },
    { refused: 0, good: 1 },
  ])
})

test('A fact that comes with new rules knows the past from before them.', async () => {
  const process = await fiveTransfers()
  const session = await process.session()
  process.rules.replace(
    desk(
      '  large: { count: { tool: desk.transfer, where: { input.amount: { range: { min: 30 } } } }, within: 1h, over: agent }\n  sold: { formerly: desk.sell, within: 1h }',
      `@id("large") forbid(principal, action == Action::"desk.transfer", resource) when { context.facts.large >= 6 };
       @id("sold") forbid(principal, action == Action::"desk.transfer", resource) when { context.facts.sold };`,
    ),
  )
  expect(await session.call('transfer', { amount: 30 })).toMatchObject({ kind: 'done', decision: { facts: { large: 5, sold: false } } })
  expect(await session.call('sell')).toMatchObject({ kind: 'done' })
  expect(await session.call('transfer', { amount: 1 })).toMatchObject({ kind: 'denied', decision: { facts: { large: 6, sold: true } } })
})

test('Rules replaced again and again under load lose no event and count none twice.', async () => {
  const rules = (window: string) =>
    desk(
      `  tries: { count: { tool: desk.read, response: any }, within: ${window}, over: agent }\n  own: { count: { tool: desk.read, outcome: ok }, within: ${window} }`,
      `forbid(principal, action == Action::"desk.write", resource) when { context.facts.tries < 0 || context.facts.own < 0 };`,
    )
  const sets = [rules('1h'), rules('2h'), rules('3h'), rules('4h')]
  const process = new DeskProcess(sets[0]!, scratch, clock)
  const [first, second] = [await process.session(), await process.session()]
  const calls: Promise<unknown>[] = []
  for (let round = 0; round < 40; round += 1) {
    for (let index = 0; index < 5; index += 1)
      calls.push(first.call('read', { user: `${round}.${index}` }), second.call('read', { user: `${round}.${index}` }))
    await new Promise((resolve) => setTimeout(resolve, round % 3))
    process.rules.replace(sets[round % sets.length]!)
  }
  await Promise.all(calls)
  await first.governed.settled()
  expect(await first.call('write')).toMatchObject({ decision: { facts: { tries: 400, own: 200 } } })
  expect(await second.call('write')).toMatchObject({ decision: { facts: { tries: 400, own: 200 } } })
})

const watched = desk(
  `  calls: { count: { response: any }, within: 40s }
  here: { count: desk.transfer, same: [input.user], within: 20s, over: agent }
  spent: { sum: desk.transfer, of: input.amount, within: 30s, over: person }
  fees: { sum: { tool: desk.transfer, outcome: ok }, of: output.fee, within: 30s }
  users: { distinct: desk.transfer, of: input.user, within: 30s, over: agent }
  open: { since: desk.login, never: desk.logout, same: [input.user], within: 25s }
  just: { previous: desk.login, same: [input.user], within: 9s }
  back: { previous: { tool: desk.login, outcome: ok }, within: 9s }
  read_open: { count: { tool: desk.read, where: { facts.open: true } }, within: 30s }`,
  'forbid(principal, action == Action::"desk.sell", resource);\n' +
    'forbid(principal, action == Action::"desk.alert", resource) when { context.facts.calls + context.facts.here + context.facts.spent + ' +
    'context.facts.users + context.facts.read_open < 0 || context.facts.fees.lessThan(decimal("0.0")) || ' +
    '(context.facts.open && context.facts.just && context.facts.back && !context.facts.open) };',
)

test('Facts read back from the ledger are those that were kept in memory, whatever happened.', async () => {
  const step = fc.record({
    tool: fc.constantFrom('login', 'logout', 'transfer', 'read', 'sell'),
    user: fc.constantFrom('ann', 'bob'),
    amount: fc.integer({ min: 0, max: 9 }),
    forward: fc.oneof(fc.integer({ min: 0, max: 8000 }), fc.integer({ min: -9000, max: 0 })),
    session: fc.integer({ min: 0, max: 1 }),
  })
  let instance = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      await scratch.close()
      scratch = new ScratchLedger()
      const process = new DeskProcess(watched, scratch, clock, `live-${(instance += 1)}`)
      const sessions = [await process.session({ person: `p${instance}` }), await process.session({ person: `p${instance}` })]
      for (const { tool, user, amount, forward, session } of steps) {
        clock.after += forward
        await sessions[session]!.call(tool, { user, amount, document: `${clock.after}` }, { fee: amount / 4 })
      }
      await process.runtime.ledger.flush()
      const alike = []
      for (const live of sessions) {
        const again = await new DeskProcess(watched, scratch, clock, `again-${(instance += 1)}`).session(live.id)
        const [before, after] = [await live.call('alert', { user: 'ann' }), await again.call('alert', { user: 'ann' })]
        alike.push([before.decision.facts, after.decision.facts])
      }
      for (const [live, again] of alike) expect(again).toEqual(live)
    }),
    { numRuns: 25 },
  )
})
