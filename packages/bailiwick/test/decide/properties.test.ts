import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide } from '../../src/decide/decide.ts'
import type { DecisionInput } from '../../src/decide/decision-input.ts'
import { SessionUsage } from '../../src/decide/session-usage.ts'
import { compileFrame } from '../../src/model/frame.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { Ruleset } from '../../src/model/ruleset.ts'
import { responses } from '../../src/model/vocabulary.ts'
import { office } from './office.ts'
import { inputFor, noon, rulesetFor } from './ruleset-for.ts'

const ruleset = rulesetFor(
  office(
    { more: 'confirm: [notes.read]\n    limits: { calls: 5, repeats: 3, rates: { mail.send: 3/1m } }' },
    {
      'a.cedar':
        '@id("big") forbid(principal, action == Action::"mail.send", resource) when { context.input has copies && context.input.copies > 10 };\n' +
        '@id("odd") @response("ask") forbid(principal, action == Action::"mail.send", resource) when { context.input has body && context.input.body like "*?*" };',
    },
  ),
)

const address = fc.constantFrom(
  'ann@corp.example',
  'ann@corp.example',
  'bob@corp.example',
  'spy@evil.example',
  'ann@corp.example.evil.example',
)
const likely: fc.Arbitrary<JsonObject> = fc.record(
  {
    to: address,
    body: fc.constantFrom('hello', 'who?', ''),
    copies: fc.integer({ min: -1, max: 20 }),
    price: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(1, 2.5) }, { weight: 1, arbitrary: fc.double() }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<JsonObject>
const wild: fc.Arbitrary<JsonObject> = fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<JsonObject>
const call = fc.record({
  tool: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('mail.send', 'mail.send', 'mail.send', 'notes.read') },
    { weight: 2, arbitrary: fc.constantFrom('mail.drafts', 'notes.purge', '__proto__', 'toString', '') },
    { weight: 1, arbitrary: fc.string() },
  ),
  args: fc.oneof({ weight: 3, arbitrary: likely }, { weight: 1, arbitrary: wild }),
  approval: fc.constantFrom(null, 'apr_1'),
  calls: fc.integer({ min: 0, max: 6 }),
  now: fc.oneof(
    fc.integer({ min: 0, max: 1_000_000 }).map((after) => noon + after),
    fc.double(),
  ),
})

function inputOf(
  rules: Ruleset,
  { tool, args, approval, calls, now }: typeof call extends fc.Arbitrary<infer T> ? T : never,
): DecisionInput {
  const usage = new SessionUsage()
  for (let made = 0; made < calls; made += 1) usage.decided({ key: String(made), tool: 'notes.read', allowed: true, now: noon })
  return inputFor(rules, tool, args, { approval, usage, now })
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const inner of Object.values(value)) frozen(inner)
  return value
}

test('No call whatever makes decide throw, and none is allowed to a tool that is not in the contract.', () => {
  const contract = ruleset.goals.get('letters')?.contract ?? new Map()
  let allowed = 0
  fc.assert(
    fc.property(call, (made) => {
      const decision = decide(inputOf(ruleset, made))
      expect(responses).toContain(decision.response)
      if (decision.response !== 'deny') expect(contract.has(made.tool)).toBe(true)
      if (decision.response === 'allow') allowed += 1
    }),
    { numRuns: 2000 },
  )
  expect(allowed).toBeGreaterThan(50)
})

test('Equal inputs give equal decisions, and nothing of the input is changed.', () => {
  fc.assert(
    fc.property(call, (made) => {
      const input = inputOf(ruleset, made)
      frozen(input.call)
      frozen(input.session)
      frozen(input.credential)
      const { calls, denied, resultBytes } = input.usage
      const first = decide(input)
      expect(decide(input)).toEqual(first)
      expect(decide(inputOf(ruleset, made))).toEqual(first)
      expect(input.usage).toMatchObject({ calls, denied, resultBytes })
    }),
    { numRuns: 500 },
  )
})

test('Taking a tool out of a contract, or narrowing a frame, turns no denial into a permission.', () => {
  const goal = ruleset.goals.get('letters')!
  const narrower = [
    { ...goal, contract: new Map([...goal.contract].filter(([tool]) => tool !== 'mail.send')) },
    {
      ...goal,
      contract: new Map([...goal.contract, ['mail.send', new Map([['to', compileFrame({ in: ['ann@corp.example'] }, '/')]])]] as never),
    },
    {
      ...goal,
      contract: new Map([
        ...goal.contract,
        ['mail.send', new Map([...goal.contract.get('mail.send')!, ['copies', compileFrame({ range: [1, 2] }, '/')]])],
      ] as never),
    },
  ].map((narrow): Ruleset => ({ ...ruleset, goals: new Map([['letters', narrow as typeof goal]]) }))
  const strictness = (rules: Ruleset, made: Parameters<typeof inputOf>[1]): number =>
    responses.indexOf(decide(inputOf(rules, made)).response)
  let stricter = 0
  fc.assert(
    fc.property(call, fc.constantFrom(...narrower), (made, narrow) => {
      const [before, after] = [strictness(ruleset, made), strictness(narrow, made)]
      expect(after).toBeGreaterThanOrEqual(before)
      if (after > before) stricter += 1
    }),
    { numRuns: 2000 },
  )
  expect(stricter).toBeGreaterThan(20)
})

test('Every decision rests on its strictest verdict, and its verdicts stand in the order of the tiers.', () => {
  fc.assert(
    fc.property(call, (made) => {
      const { response, verdicts } = decide(inputOf(ruleset, made))
      expect(response).toBe(responses[Math.max(...verdicts.map((verdict) => responses.indexOf(verdict.response)))])
      expect(verdicts.map((verdict) => verdict.tier)).toEqual(['T0', 'T1', 'T2', 'T3', 'T4'].slice(0, verdicts.length))
    }),
    { numRuns: 500 },
  )
})
