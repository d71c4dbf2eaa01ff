import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PastEvent } from '../../src/decide/facts/past-event.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { call, factsOf, historyOf, outcome } from './bank.ts'
import { NaiveHistory } from './naive-history.ts'

const patterns = `
  logged_in: { formerly: auth.login, within: 5s }
  this_user_logged_in: { formerly: auth.login, same: [input.user], within: 5s }
  login_worked: { formerly: { tool: auth.login, outcome: ok, where: { output.result: true } }, same: [input.user], within: 7s }
  read_pii: { formerly: { labels: pii, outcome: [ok, error] }, within: 3s }
  pii_came_back: { formerly: { effect: read, labels: pii, outcome: any }, within: 3s }
  large: { formerly: { tool: bank.transfer, where: { input.amount: { range: { min: 3 } } } }, same: { input.account: input.account }, within: 4s }
  login_and_transfer: { formerly: auth.login, and: [bank.transfer], by: input.user, within: 6s }
  three_of_a_kind: { formerly: auth.login, and: [bank.transfer, { tool: auth.logout, response: any }], by: input.user, within: 9s }
  together_here: { formerly: auth.login, and: [auth.heartbeat], by: input.server, same: [input.user], within: 6s }
  just_logged_in: { previous: auth.login, same: [input.user], within: 2s }
  just_refused: { previous: { tool: bank.transfer, response: deny }, within: 9s }
  last_outcome: { previous: { tool: bank.transfer, outcome: error }, within: 9s }
  open: { since: auth.login, never: auth.logout, same: [input.user], within: 8s }
  open_anywhere: { since: { tool: auth.login, same: [input.user] }, never: auth.logout, within: 8s }
  open_for_any: { since: auth.login, never: { tool: auth.logout, same: [input.user] }, within: 8s }
  beating: { since: auth.login, always: auth.heartbeat, same: [input.user], within: 8s }
  only_beats: { since: auth.login, always: auth.heartbeat, within: 8s }
  only_ok: { since: auth.login, always: { tool: [auth.login, auth.heartbeat, bank.read], outcome: ok, same: [input.user] }, within: 8s }
  tries: { count: { tool: bank.transfer, response: any }, within: 5s }
  refusals: { count: { response: deny }, within: 5s }
  transfers: { count: bank.transfer, same: [input.account], within: 5s }
  long_ago: { count: bank.transfer, within: 40s }
  busiest: { count: auth.login, by: input.user, within: 6s }
  busiest_here: { count: auth.login, by: input.user, same: [input.server], within: 6s }
  everyone_paid: { count: bank.transfer, by: input.to, within: 6s }
  moved: { sum: bank.transfer, of: input.amount, within: 5s }
  moved_here: { sum: bank.transfer, of: input.amount, same: [input.account], within: 5s }
  fees: { sum: bank.transfer, of: input.fee, same: [input.account], within: 5s }
  refunded: { sum: { tool: bank.transfer, outcome: ok }, of: output.back, within: 5s }
  accounts: { distinct: bank.transfer, of: input.account, within: 5s }
  recipients: { distinct: bank.transfer, of: input.to, same: [input.account], within: 5s }
  reads_when_open: { count: { tool: bank.read, where: { facts.open: true } }, within: 9s }
  any_tool_here: { count: { effect: [read, write, external] }, same: [tool], within: 4s }
`

const facts = factsOf(patterns)
const name = fc.constantFrom('ann', 'bob', 'eve')
const input: fc.Arbitrary<JsonObject> = fc.record(
  {
    user: name,
    server: fc.constantFrom('s1', 's2'),
    account: fc.constantFrom('a', 'b'),
    amount: fc.integer({ min: 0, max: 5 }),
    fee: fc.integer({ min: 0, max: 20 }).map((quarters) => quarters / 4),
    to: fc.array(name, { maxLength: 3 }),
    document: fc.constantFrom('d1', 'd2'),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<JsonObject>
const tool = fc.constantFrom('auth.login', 'auth.logout', 'auth.heartbeat', 'bank.read', 'bank.transfer', 'bank.alert', 'gone.tool')
const remembered = fc.record({ open: fc.boolean() }, { requiredKeys: [] })
const event: fc.Arbitrary<PastEvent> = fc.oneof(
  fc
    .record({ tool, input, response: fc.constantFrom('allow', 'allow', 'sanitize', 'deny'), facts: remembered })
    .map(({ tool: key, input: args, response, facts: known }) => call(key, args, { response: response as 'allow', facts: known })),
  fc
    .record({
      tool,
      input,
      status: fc.constantFrom('ok', 'ok', 'error', 'refused'),
      result: fc.boolean(),
      labels: fc.subarray(['pii', 'other']),
    })
    .map(({ tool: key, input: args, status, result, labels }) =>
      outcome(key, args, { result, back: result ? 2 : 'nothing' }, { status: status as 'ok', labels }),
    ),
)
/** Mostly forwards, often not at all, sometimes back, now and then far. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 3000 }) },
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: -6000, max: 0 }) },
  { weight: 1, arbitrary: fc.integer({ min: -60_000, max: 60_000 }) },
)
const history = fc.array(fc.record({ step, event, asks: fc.array(fc.record({ step, tool, input }), { maxLength: 2 }) }), { maxLength: 60 })

test('Facts kept up to date are what a search through the whole past says, however the clock runs', () => {
  fc.assert(
    fc.property(history, (past) => {
      const quick = historyOf(facts)
      const naive = new NaiveHistory(facts)
      let now = 1_000_000
      for (const { step: forward, event: next, asks } of past) {
        now += forward
        quick.note(next, now)
        naive.note(next, now)
        for (const ask of asks) {
          now += ask.step
          const hand = call(ask.tool, ask.input)
          for (const [place, fact] of facts.entries())
            expect([fact.name, quick.value(place, hand, now)]).toEqual([fact.name, naive.value(fact, hand, now)])
        }
      }
    }),
    { numRuns: 600 },
  )
})

test('A long past is forgotten as it leaves the windows, and what is left is still right', () => {
  const quick = historyOf(facts)
  const naive = new NaiveHistory(facts)
  const random = fc.sample(fc.tuple(event, fc.integer({ min: 0, max: 400 })), { numRuns: 3000, seed: 7 })
  let now = 0
  for (const [index, [next, forward]] of random.entries()) {
    now += forward
    quick.note(next, now)
    naive.note(next, now)
    if (index % 300 !== 0) continue
    const hand = call('bank.transfer', { user: 'ann', account: 'a', server: 's1' })
    for (const [place, fact] of facts.entries())
      expect([fact.name, quick.value(place, hand, now)]).toEqual([fact.name, naive.value(fact, hand, now)])
  }
})
