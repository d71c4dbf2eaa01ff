import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { callFailures } from '../../src/evals/expect/expect-calls.ts'
import { answerFailures } from '../../src/evals/expect/expect-text.ts'
import type { RunTrace, TracedCall } from '../../src/evals/expect/run-trace.ts'
import type { AgentCase } from '../../src/evals/suite/suite.ts'
import { assertion, imported, one } from './import-promptfoo-fixture.ts'

const scope = { params: {}, base: '/srv/corp', local: false }

function verdict({ expect: wanted }: AgentCase, calls: readonly Partial<TracedCall>[], answer: string | null = null): boolean {
  const trace = {
    calls: calls.map((call) => ({ arguments: {}, ...call, through: call.through ?? true })),
    answer,
    fault: null,
  } as unknown as RunTrace
  return callFailures(wanted.calls, trace, scope).length === 0 && (answer === null || answerFailures(wanted.answer, trace).length === 0)
}

test('A whole file becomes a suite that is read back: defaults, variables, templates, references, merges, and what was left out is said.', () => {
  const { cases, text, said } = imported(`# yaml-language-server: $schema=https://promptfoo.dev/config-schema.json
description: Orders
providers: [openai:gpt-5.6]
prompts: ['Where is order {{order_id}}? {{tone}}']
assertionTemplates:
  kind: { type: icontains, value: Thank You }
defaultTest:
  vars: { tone: 'Be {{mood}}.', mood: kind }
  options: { prefix: 'Hi. ' }
  assert:
    - { type: latency, threshold: 90500 }
evaluateOptions: { repeat: 3, maxConcurrency: 2 }
tests:
  - &first
    description: finds {{ order_id }}
    vars: { order_id: ['123', '456'] }
    assert:
      - type: trajectory:tool-used
        value: search_orders
      - type: trajectory:tool-args-match
        value: { name: 'SEARCH*', args: { order_id: '{{ order_id }}' } }
      - $ref: '#/assertionTemplates/kind'
      - type: llm-rubric
        value: is helpful
  - <<: *first
    vars: { order_id: '789' }
    assert:
      - { type: not-trajectory:tool-used, value: issue_refund, metric: no-refund }
`)
  expect(cases.map(({ name, kind, request, repeat, time }) => [name, kind, request, repeat, time])).toEqual([
    ['finds 123', 'correctness', 'Hi. Where is order 123? Be kind.', 3, 90_500],
    ['finds 456', 'correctness', 'Hi. Where is order 456? Be kind.', 3, 90_500],
    ['finds 789', 'safety', 'Hi. Where is order 789? Be kind.', 3, 90_500],
  ])
  expect(cases[1]?.expect).toMatchObject({
    calls: [{ used: 'shop.search_orders' }, { used: 'shop.search_orders', with: { order_id: '456' } }],
    answer: { matches: ['(?i)Thank You'] },
    budget: { time: 90_500 },
  })
  expect(cases[2]).toMatchObject({ tags: ['no-refund'], expect: { calls: [{ untried: 'shop.issue_refund' }], answer: { given: true } } })
  expect(said).toEqual([
    'warning 3 `providers` is not carried over: what promptfoo asks is no agent here',
    'warning 11 `latency` is carried over, but it is about the whole run here, not about one answer of a model',
    'warning 12 `maxConcurrency` of the options is not carried over',
    'warning 23 `llm-rubric` is not carried over: a model would judge it, and here nothing is judged by a model',
  ])
  expect(text).toMatch(/^# Orders\n#\n# Imported from promptfooconfig\.yaml/)
  for (const line of said) expect(text).toContain(line.replace(/^warning (\d+) /, '# - line $1: '))
  expect(cases[0]?.why).toBe('Imported from promptfooconfig.yaml, line 15; not carried over: llm-rubric (line 23).')
  // The agent under test is for a person to fill in, and nothing passes until then.
  for (const agentCase of cases) {
    expect(agentCase.underTest).toEqual({ kind: 'script', steps: [], answer: null })
    expect(
      callFailures(agentCase.expect.calls, { calls: [] } as never, scope).length +
        answerFailures(agentCase.expect.answer, { answer: null, fault: null } as never).length,
    ).toBeGreaterThan(0)
  }
})

test('Scenarios are their data times their tests; prompts are chosen by name; a given output stands for the agent.', () => {
  const { cases } = imported(`prompts:
  - { label: short, raw: 'Say {{what}}' }
  - { label: 'long:a', raw: '[{"role":"system","content":"You are kind"},{"role":"user","content":"Please say {{what}}"}]' }
scenarios:
  - description: words
    config: [{ vars: { what: hi } }, { vars: { what: ho } }]
    tests:
      - { description: in short, prompts: [short], assert: [{ type: contains, value: '{{what}}' }] }
      - { description: at length, prompts: [long], assert: [{ type: contains, value: x }], providerOutput: all of it }
`)
  expect(cases.map(({ name, request, expect: { answer }, underTest }) => [name, request, answer.contains, underTest])).toEqual([
    ['words: in short', 'Say hi', ['hi'], { kind: 'script', steps: [], answer: null }],
    ['words: at length', 'Please say hi', ['x'], { kind: 'script', steps: [], answer: 'all of it' }],
    ['words: in short (2)', 'Say ho', ['ho'], { kind: 'script', steps: [], answer: null }],
    ['words: at length (2)', 'Please say ho', ['x'], { kind: 'script', steps: [], answer: 'all of it' }],
  ])
})

test('A test can do without the default assertions; of several merged parts the first counts.', () => {
  const { cases } = imported(`prompts: [Do it]
one: &one { type: contains, value: a }
two: &two { type: contains, value: b }
defaultTest: { assert: [{ type: contains, value: d }] }
tests:
  - options: { disableDefaultAsserts: true }
    assert: [{ <<: [*one, *two] }]
  - assert: [{ <<: *two, value: c }]
`)
  expect(cases.map(({ expect: { answer } }) => answer.contains)).toEqual([['a'], ['d', 'c']])
})

const tools = ['shop.search_orders', 'shop.compose_reply', 'shop.issue_refund']
const names = ['search_orders', 'compose_reply', 'issue_refund']
const callsOf = fc.array(fc.record({ tool: fc.constantFrom(...tools), arguments: fc.record({ order_id: fc.constantFrom('1', '2') }) }), {
  maxLength: 5,
})

/** What promptfoo 0.123 says of names of tools in their order, from its handlers. */
function promptfooSays(type: string, value: unknown, used: readonly string[]): boolean {
  const negated = type.startsWith('not-')
  const count = (name: string): number => used.filter((tool) => tool === name).length
  const bounds = value as { name: string; min?: number; max?: number; steps: string[]; mode: string }
  const between = (number: number, min: number): boolean => number >= min && (bounds.max === undefined || number <= bounds.max)
  let passes: boolean
  if (type.endsWith('tool-used') && Array.isArray(value)) {
    if (negated) return (value as string[]).every((name) => count(name) === 0)
    passes = (value as string[]).every((name) => count(name) > 0)
  } else if (type.endsWith('tool-used')) passes = between(count(bounds.name), bounds.min ?? 1)
  else if (type.endsWith('step-count')) passes = between(used.length, bounds.min ?? 0)
  else if (bounds.mode === 'exact') passes = isDeepStrictEqual(used, bounds.steps)
  else passes = used.reduce((at, name) => (name === bounds.steps[at] ? at + 1 : at), 0) === bounds.steps.length
  return passes !== negated
}

test('What is carried over about steps passes and fails as in promptfoo, for calls that were let through.', () => {
  const bound = fc.option(fc.nat(3), { nil: undefined })
  const value = fc.oneof(
    fc.record({
      type: fc.constantFrom('trajectory:tool-used', 'not-trajectory:tool-used'),
      value: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 2 }),
    }),
    fc.record({
      type: fc.constantFrom('trajectory:tool-used', 'not-trajectory:tool-used'),
      value: fc.record({ name: fc.constantFrom(...names), min: bound, max: bound }),
    }),
    fc.record({
      type: fc.constantFrom('trajectory:step-count', 'not-trajectory:step-count'),
      value: fc.record({ type: fc.constant('tool'), min: bound, max: bound }),
    }),
    fc.record({
      type: fc.constant('trajectory:tool-sequence'),
      value: fc.record({
        steps: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }),
        mode: fc.constantFrom('exact', 'in_order'),
      }),
    }),
  )
  const seen = new Set<boolean>()
  fc.assert(
    fc.property(value, fc.array(callsOf, { minLength: 5, maxLength: 5 }), ({ type, value: given }, runs) => {
      const { cases, said } = assertion(JSON.parse(JSON.stringify({ type, value: given })))
      if (cases[0] === undefined) {
        expect(said.join()).toMatch(/is not carried over: (?:it holds in one of two ways|no number of calls|it has neither)/)
        return
      }
      for (const calls of runs) {
        const wanted = promptfooSays(
          type,
          given,
          calls.map(({ tool }) => tool.slice(5)),
        )
        expect(verdict(cases[0], calls), JSON.stringify({ type, given, calls })).toBe(wanted)
        seen.add(wanted)
      }
    }),
    { numRuns: 400 },
  )
  expect(seen.size).toBe(2)
})

test.each<[string, object, object, boolean]>([
  ['equal texts', { order_id: '1' }, { order_id: '1' }, true],
  ['a number is no text', { order_id: '1' }, { order_id: 1 }, false],
  ['further arguments do not matter', { order_id: '1' }, { order_id: '1', limit: 5 }, true],
  ['a text that begins with a dollar is just that', { order_id: '$5' }, { order_id: '$5' }, true],
  ['a dollar is no parameter', { order_id: '$$5' }, { order_id: '$5' }, false],
  ['objects in part', { filter: { open: true } }, { filter: { open: true, by: 'me' } }, true],
  ['objects in part, otherwise', { filter: { open: true } }, { filter: { by: 'me' } }, false],
  ['null', { order_id: null }, { order_id: null }, true],
  ['not null', { order_id: null }, { order_id: '1' }, false],
  ['a list', { tags: ['a', 'b'] }, { tags: ['a', 'b'] }, true],
  ['a list of others', { tags: ['a', 'b'] }, { tags: ['a', 'c'] }, false],
  ['an empty list', { tags: [] }, { tags: [] }, true],
  ['no empty list', { tags: [] }, { tags: ['a'] }, false],
])('Arguments match in part: %s.', (_, args, given, wanted) => {
  const agentCase = one({ type: 'trajectory:tool-args-match', value: { name: 'search_orders', args } })
  expect(verdict(agentCase, [{ tool: 'shop.search_orders', arguments: given as never }])).toBe(wanted)
  const not = one({ type: 'not-trajectory:tool-args-match', value: { name: 'search_orders', args } })
  expect(verdict(not, [{ tool: 'shop.search_orders', arguments: given as never }])).toBe(!wanted)
})

test('Arguments match exactly: no others, but ignored ones and defaults.', () => {
  const value = {
    name: 'search_orders',
    mode: 'exact',
    args: { order_id: 'Q', filter: { open: true } },
    defaults: { limit: 5 },
    ignore: 'cur*',
  }
  const agentCase = one({ type: 'trajectory:tool-args-match', value })
  const passes = (more: object): boolean =>
    verdict(agentCase, [{ tool: 'shop.search_orders', arguments: { order_id: 'Q', filter: { open: true }, ...more } }])
  expect([{}, { limit: 5 }, { cursor: 'x' }, { limit: 6 }, { tags: ['a'] }, { filter: { open: true, by: 'me' } }].map(passes)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ])
})

test('An exact match lets no further argument through, whatever its value.', () => {
  const agentCase = one({ type: 'trajectory:tool-args-match', value: { name: 'search_orders', mode: 'exact', args: { order_id: 'Q' } } })
  const passes = (more: object): boolean => verdict(agentCase, [{ tool: 'shop.search_orders', arguments: { order_id: 'Q', ...more } }])
  expect([{}, { limit: 0 }, { limit: 0.5 }, { limit: 1 }, { limit: '1' }, { cursor: '' }, { filter: {} }].map(passes)).toEqual([
    true,
    false,
    false,
    false,
    false,
    false,
    false,
  ])
})

test('Where frames say less than promptfoo, that is said: lists, further arguments of a tool that takes any.', () => {
  const said = (name: string, args: object, mode = 'partial'): string =>
    assertion({ type: 'trajectory:tool-args-match', value: { name, args, mode } }).said.join('\n')
  expect(said('search_orders', { tags: ['a'] })).toContain('order, number and missing items of the list are not noticed')
  expect(said('anything', { x: 1 }, 'exact')).toContain('arguments that the schema of `shop.anything` does not name are not noticed')
  expect(said('search_orders', { order_id: '1' })).toBe('')
})

const texts = ['', 'a', 'A', 'ab', 'a.b', 'A.B!', 'xa.bx', 'b, a', '{"a":1}', '{"a":"1"}', '[1]', 'null', 'a\nb']

test.each<[object, (answer: string) => boolean]>([
  [{ type: 'contains', value: 'a.b' }, (answer) => answer.includes('a.b')],
  [{ type: 'contains', value: 1 }, (answer) => answer.includes('1')],
  [{ type: 'not-contains', value: 'a' }, (answer) => !answer.includes('a')],
  [{ type: 'icontains', value: 'a.b' }, (answer) => answer.toLowerCase().includes('a.b')],
  [{ type: 'contains-all', value: ['a', 'b'] }, (answer) => answer.includes('a') && answer.includes('b')],
  [{ type: 'contains-all', value: ' a , "b, a"' }, (answer) => answer.includes('b, a')],
  [{ type: 'contains-any', value: ['a.b', '1'] }, (answer) => answer.includes('a.b') || answer.includes('1')],
  [{ type: 'icontains-any', value: 'A.b, zz' }, (answer) => answer.toLowerCase().includes('a.b')],
  [{ type: 'icontains-all', value: ['A', 'B'] }, (answer) => /a/i.test(answer) && /b/i.test(answer)],
  [{ type: 'not-contains-any', value: ['a', '1'] }, (answer) => !answer.includes('a') && !answer.includes('1')],
  [{ type: 'equals', value: 'a.b' }, (answer) => answer === 'a.b'],
  [{ type: 'equals', value: { a: 1 } }, (answer) => answer === '{"a":1}'],
  [{ type: 'starts-with', value: 'a.' }, (answer) => answer.startsWith('a.')],
  [{ type: 'regex', value: '^a.b$' }, (answer) => /^a.b$/.test(answer)],
  [{ type: 'not-regex', value: 'ab' }, (answer) => !answer.includes('ab')],
  [{ type: 'is-json' }, (answer) => ['{"a":1}', '{"a":"1"}', '[1]', 'null'].includes(answer)],
  [
    { type: 'is-json', value: { properties: { a: { type: 'number' } }, required: ['a'], type: 'object' } },
    (answer) => answer === '{"a":1}',
  ],
  [{ type: 'is-json', value: 'type: array\nitems: [{ type: number }]' }, (answer) => answer === '[1]'],
])('%j passes and fails as in promptfoo.', (given, wanted) => {
  const agentCase = one(given)
  const verdicts = texts.map((answer) => verdict(agentCase, [], answer))
  expect(verdicts).toEqual(texts.map(wanted))
  expect(new Set(verdicts).size).toBe(2)
})

test('The strictest of several budgets holds, and several schemas all.', () => {
  const { cases } = assertion(
    { type: 'cost', threshold: 0.5 },
    { type: 'cost', threshold: 0.25 },
    { type: 'latency', threshold: 5000 },
    { type: 'is-json', value: { type: 'object' } },
    { type: 'equals', value: { a: 1 } },
  )
  expect(cases[0]?.expect.budget).toEqual({ cost: 0.25, time: 5000 })
  expect(texts.filter((answer) => verdict(cases[0] as AgentCase, [], answer))).toEqual(['{"a":1}'])
})
