import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { assertion, imported } from './import-promptfoo-fixture.ts'

const carriable = [
  'contains',
  'icontains',
  'contains-all',
  'contains-any',
  'icontains-all',
  'icontains-any',
  'equals',
  'regex',
  'starts-with',
  'is-json',
  'contains-json',
  'cost',
  'latency',
  'trajectory:tool-used',
  'trajectory:tool-args-match',
  'trajectory:tool-sequence',
  'trajectory:step-count',
]
const others = [
  'llm-rubric',
  'trajectory:goal-success',
  'javascript',
  'python',
  'similar',
  'factuality',
  'is-refusal',
  'tool-call-f1',
  'word-count',
  'human',
  'select-best',
  'webhook',
  'moderation',
  'promptfoo:redteam:bola',
  'constructor',
  '__proto__x',
  '',
]

/** Values with a mark in them that nothing else has. */
function values(mark: string): fc.Arbitrary<unknown> {
  const name = fc.constantFrom('search_orders', 'shop__compose_reply', 'office.search_people', '*', 'search*', 'nothing', mark)
  const scalar = fc.constantFrom<unknown>(
    mark,
    `${mark}-{{x}}`,
    `{{nobody}}${mark}`,
    '{% if %}',
    `\${base}/${mark}`,
    `\ud800${mark}`,
    '',
    7,
    null,
    true,
  )
  return fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 3 }),
    fc.record(
      {
        name,
        args: fc.dictionary(fc.constantFrom('order_id', 'tags', 'gone'), fc.oneof(scalar, fc.array(scalar))),
        mode: fc.constantFrom('exact', 'partial', 'x'),
      },
      { requiredKeys: ['name'] },
    ),
    fc.record({ pattern: name, min: fc.nat(2), max: fc.constantFrom(0, 1, 2.5, 4) }, { requiredKeys: ['pattern'] }),
    fc.record({ steps: fc.array(name, { maxLength: 3 }), mode: fc.constantFrom('exact', 'in_order') }),
    fc.record({ type: fc.constantFrom('object', 'bogus'), title: fc.constant(mark) }),
  )
}

/** Values that mostly fit the type of an assertion. */
function fitting(type: string, mark: string): fc.Arbitrary<unknown> {
  const texts = [mark, `${mark}-{{x}}`, `(?i)${mark}`]
  if (!type.includes('trajectory'))
    return fc.oneof(fc.constantFrom(...texts), fc.constant({ title: mark }), fc.constantFrom([mark], [mark, 'b'], `a, ${mark}`))
  const name = fc.constantFrom('search_orders', 'shop__compose_reply', 'OFFICE.*')
  if (type.endsWith('sequence'))
    return fc.record({ steps: fc.array(name, { minLength: 1, maxLength: 3 }), mode: fc.constantFrom('exact', 'in_order') })
  if (type.endsWith('match')) return fc.constant({ name: 'search_orders', args: { order_id: mark, filter: { by: '{{x}}' } } })
  return fc.oneof(name, fc.record({ type: fc.constant('tool'), name, min: fc.nat(2), max: fc.constantFrom(2, 3) }))
}

test('Whatever is asserted is in the suite or reported in its line: nothing is lost.', () => {
  const type = fc
    .tuple(fc.constantFrom('', '', 'not-'), fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...carriable) }, fc.constantFrom(...others)))
    .map(([not, base]) => ({ type: not + base }))
  const settings = fc.record(
    { weight: fc.constantFrom(0, 1, 2), metric: fc.constantFrom('m', '{{x}}'), transform: fc.constant('output.x') },
    { requiredKeys: [] },
  )
  const threshold = fc.constantFrom({ threshold: 0 }, { threshold: 2000 }, { threshold: -1 })
  const bare = { weight: 6, arbitrary: fc.constant({}) }
  const asserted = fc
    .tuple(type, fc.oneof(bare, settings), fc.oneof(bare, threshold))
    .map(([{ type: of }, more, limit]) => ({ type: of, ...more, ...limit }))
  const list = fc.array(asserted, { minLength: 1, maxLength: 6 })
  let [kept, reported] = [0, 0]
  fc.assert(
    fc.property(
      list.chain((all) =>
        fc.tuple(
          ...all.map((one, index) =>
            fc.oneof(values(`mark${index}`), fitting(one.type, `mark${index}`)).map((value) => ({ ...one, value })),
          ),
        ),
      ),
      (assertions) => {
        const config = stringify(
          { prompts: ['Do {{x}}.'], tests: [{ vars: { x: 'it' }, assert: assertions }] },
          { aliasDuplicateObjects: false, defaultStringType: 'QUOTE_DOUBLE', lineWidth: 0 },
        )
        const { cases, diagnostics } = imported(config)
        const lines = config.split('\n').flatMap((line, index) => (/^ {6}- /.test(line) ? [index + 1] : []))
        expect(lines).toHaveLength(assertions.length)
        for (const [index, one] of assertions.entries()) {
          const [from, to] = [lines[index] as number, lines[index + 1] ?? Number.POSITIVE_INFINITY]
          if (diagnostics.some(({ line }) => line >= from && line < to)) {
            reported += 1
            continue
          }
          kept += 1
          // Alone, it makes a case that expects something; with the others, the same is in their case.
          const alone = assertion(
            JSON.parse(
              JSON.stringify({ ...one, value: JSON.parse(JSON.stringify(one.value).replaceAll('{{x}}', 'it')) as unknown }),
            ) as object,
          ).cases[0]?.expect
          const { given: _, ...answer } = alone?.answer ?? {}
          const wanted = [alone?.calls ?? [], answer, Object.values(alone?.budget ?? {}).filter((value) => value !== undefined)]
          expect(
            wanted.some((part) => Object.keys(part).length > 0),
            JSON.stringify(one),
          ).toBe(true)
          const whole = cases[0]?.expect
          for (const call of alone?.calls ?? []) expect(whole?.calls).toContainEqual(call)
          for (const key of ['contains', 'lacks', 'matches'] as const)
            expect(whole?.answer[key] ?? []).toEqual(expect.arrayContaining([...(alone?.answer[key] ?? [])]))
          if (alone?.answer.schema !== undefined)
            expect(JSON.stringify(whole?.answer.schema)).toContain(JSON.stringify(alone.answer.schema))
          for (const key of ['cost', 'time'] as const)
            if (alone?.budget[key] !== undefined) expect(whole?.budget[key]).toBeLessThanOrEqual(alone.budget[key])
        }
        if (cases.length === 0) expect(diagnostics.map(({ severity }) => severity)).toContain('error')
        for (const { message, mend } of diagnostics) expect([message.length > 10, mend.length > 5]).toEqual([true, true])
      },
    ),
    { numRuns: 500 },
  )
  expect(
    [kept, reported].map((number) => number > 100),
    `${kept} kept, ${reported} reported`,
  ).toEqual([true, true])
})

const testKeys: [string, string][] = [
  ['threshold: 0.5', '`threshold` is not carried over'],
  ['provider: openai:x', '`provider` of a test is not carried over'],
  ['metadata: { a: 1 }', '`metadata` of a test is not carried over'],
  ['assertScoringFunction: file://x.js', '`assertScoringFunction` of a test'],
  ['options: { transform: output.x }', '`transform` of the options of a test'],
  ['options: { repeat: 0 }', '`repeat` is not as promptfoo wants it'],
  ['vars: file://vars.yaml', 'the variables stand in another file'],
  ['prompts: no-list', '`prompts` is not as promptfoo wants it'],
  ['unheard: of', '`unheard` of a test is not carried over'],
]

test.each(testKeys)('A setting of a test that cannot be carried over is reported in its place: %s.', (line, message) => {
  const { diagnostics, cases } = imported(`prompts: [Do it]\ntests:\n  - ${line}\n    assert: [{ type: contains, value: x }]\n`)
  expect(diagnostics.map(({ severity, line: at, message: said }) => [severity, at, said.slice(0, message.length)])).toEqual([
    ['warning', 3, message],
  ])
  expect(cases).toHaveLength(1)
})

test.each<[string, string, string]>([
  ['no tests that expect anything', 'tests: [{ vars: { a: b } }]', 'error 2 a test is left out: it asserts nothing'],
  [
    'only what is judged',
    'tests: [{ assert: [{ type: llm-rubric, value: x }] }]',
    'error 2 a test is left out: none of what it asserts can be carried over',
  ],
  ['tests elsewhere', 'tests: file://tests.csv', 'error 2 the tests stand in another file'],
  ['a test elsewhere', 'tests: [file://a.yaml]', 'error 2 a test stands in another file, or is none'],
  ['defaults elsewhere', 'defaultTest: file://a.yaml', 'error 2 a test stands in another file, or is none'],
  ['a scenario elsewhere', 'scenarios: [file://a.yaml]', 'error 2 a scenario stands in another file, or is none'],
  [
    'a prompt that is not there',
    'tests: [{ prompts: [gone], assert: [{ type: contains, value: x }] }]',
    'error 2 a test is left out: there is no prompt of a name that it gives',
  ],
])('What is left out whole is an error: %s.', (_, line, message) => {
  const { said, cases } = imported(`prompts: [Do it]\n${line}\n`)
  expect(said).toContain(message)
  expect(said).toContain('error 1 there is no test that could be carried over')
  expect(cases).toEqual([])
})

test.each<[object, RegExp]>([
  [{ type: 'not-trajectory:tool-sequence', value: ['search_orders', 'issue_refund'] }, /that tools do not come in an order/],
  [{ type: 'trajectory:step-count', value: { max: 3 } }, /steps other than calls of tools/],
  [{ type: 'trajectory:tool-used', value: { name: 'search_orders', type: 'command' } }, /steps other than calls of tools/],
  [{ type: 'not-trajectory:tool-used', value: { name: 'search_orders', min: 1, max: 2 } }, /holds in one of two ways/],
  [{ type: 'trajectory:tool-args-match', value: { name: 'search_orders', args: { order: 1 } } }, /has no argument `order`/],
  [{ type: 'trajectory:tool-args-match', value: { name: 'search_orders', args: { limit: 5 }, defaults: { limit: 5 } } }, /its own default/],
  [{ type: 'not-contains-all', value: ['a', 'b'] }, /one of several texts is missing/],
  [{ type: 'not-icontains', value: 'a' }, /a pattern that must not be found/],
  [{ type: 'not-equals', value: 'a' }, /a pattern that must not be found/],
  [{ type: 'not-regex', value: 'a|b' }, /a pattern that must not be found/],
  [{ type: 'regex', value: '(?=a)b' }, /cannot be a pattern of RE2/],
  [{ type: 'regex', value: '\\A.' }, /RE2 reads its pattern otherwise/],
  [{ type: 'regex', value: '(' }, /its pattern is none/],
  [{ type: 'regex', value: 'a*' }, /matches the empty text/],
  [{ type: 'contains', value: 'x'.repeat(100_001) }, /over 100000 characters/],
  [{ type: 'equals', value: 'x'.repeat(2001) }, /too long for a pattern/],
  [{ type: 'is-json', value: { type: 'bogus' } }, /its schema cannot be used/],
  [{ type: 'is-json', value: 'file://schema.json' }, /stands in another file/],
  [{ type: 'contains-json' }, /that JSON stands somewhere/],
  [{ type: 'cost' }, /it has no `threshold`/],
  [{ type: 'latency', threshold: 0 }, /no number of milliseconds/],
  [{ type: 'not-latency', threshold: 5 }, /takes longer/],
  [{ type: 'contains', value: 'x', weight: 0 }, /its `weight` is 0/],
  [{ type: 'contains', value: 'x', transform: 'output.a' }, /a transformed answer/],
  [{ type: 'contains', value: '${base}/x' }, /which a suite would fill in/],
  [
    { type: 'trajectory:tool-args-match', value: { name: 'search_orders', args: { order_id: '${params.x}' } } },
    /which a suite would fill in/,
  ],
  [{ type: 'contains', value: '\ud800' }, /half of a character/],
  [{ $ref: '#/gone' }, /it has no `type`/],
])('%j is not carried over, and it is said why.', (given, message) => {
  const { cases, diagnostics } = assertion(given, { type: 'contains', value: 'beside' })
  expect(cases[0]?.expect).toMatchObject({ calls: [], answer: { contains: ['beside'] } })
  expect(
    diagnostics.map(({ severity, message: said }) => [severity, said.includes('is not carried over: ') && message.test(said)]),
  ).toEqual([['warning', true]])
})

test('A set of which not all need hold is left out whole, each of its assertions named; one that must hold is opened.', () => {
  const inner = [
    { type: 'contains', value: 'a' },
    { type: 'contains', value: 'b' },
  ]
  const loose = assertion({ type: 'contains', value: 'c' }, { type: 'assert-set', threshold: 0.5, assert: inner })
  expect(loose.cases[0]?.expect.answer.contains).toEqual(['c'])
  expect(loose.said.filter((line) => line.includes('its set has a `threshold`'))).toHaveLength(3)
  expect(assertion({ type: 'assert-set', assert: inner }).cases[0]?.expect.answer.contains).toEqual(['a', 'b'])
})

test('A name that means several tools, or none, is reported; of several the one that the goal needs is meant.', () => {
  const used = (value: unknown) => assertion({ type: 'trajectory:tool-used', value })
  expect(used('search*').cases[0]?.expect.calls).toEqual([{ used: 'shop.search_orders' }])
  expect(used('OFFICE.*').cases[0]?.expect.calls).toEqual([{ used: 'office.search_people' }])
  expect(used('search_people').cases[0]?.expect.calls).toEqual([{ used: 'office.search_people' }])
  expect(used('shop__compose_reply').cases[0]?.expect.calls).toEqual([{ used: 'shop.compose_reply' }])
  expect(used('*re*').said.join()).toMatch(/`\*re\*` means any of shop\.\S+, .*, and an expectation is about one tool/)
  expect(used('serch').said.join()).toMatch(/no tool of the inventory has a name like `serch`/)
  expect(assertion({ type: 'not-trajectory:tool-used', value: 'search*' }).cases[0]?.expect.calls).toEqual([
    { untried: 'shop.search_orders' },
    { untried: 'office.search_people' },
  ])
})

test.each<[string, string, RegExp]>([
  ['too long', `prompts: ['${'x'.repeat(1_000_000)}']`, /over 1000000/],
  ['too many keys', Array.from({ length: 41_000 }, (_, index) => `k${index}: 1`).join('\n'), /lines and commas, over 40000/],
  ['brackets', `tests: ${'['.repeat(100_000)}`, /brackets within each other/],
  [
    'indentation',
    `tests:\n${Array.from({ length: 400 }, (_, index) => `${' '.repeat(index)}-\n`).join('')}`,
    /within too much else|stands in another file|is none/,
  ],
  ['a part of itself', 'tests: &a [*a]', /a part of itself/],
  [
    'aliases of aliases',
    `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b]\ntests: [*c,*c,*c,*c]`,
    /aliases stand for too much/,
  ],
  [
    'a name that nothing can have',
    'tests: [{ vars: { __proto__: { x: 1 } }, assert: [{ type: contains, value: x }] }]',
    /nothing can have the name `__proto__`/,
  ],
  ['many tests', `tests: [${'{},'.repeat(2001)}]`, /over 2000 tests/],
  ['scenarios that multiply', `scenarios: [{ config: [${'{},'.repeat(1000)}], tests: [${'{},'.repeat(1000)}] }]`, /over 2000 tests/],
  [
    'variables that multiply',
    `tests: [{ vars: {${Array.from({ length: 30 }, (_, index) => `v${index}: [a, b]`).join(', ')}}, assert: [{ type: contains, value: x }] }]`,
    /over 2000 combinations/,
  ],
  [
    'references that multiply',
    `s: { type: assert-set, assert: [${"{ $ref: '#/s' },".repeat(300)}] }\ntests: [{ assert: [${"{ $ref: '#/s' },".repeat(300)}] }]`,
    /20000 assertions/,
  ],
  ['no YAML', 'tests: [', /./],
  ['nothing', '', /it is no object/],
])('A hostile file is an error, soon: %s.', (_, config, message) => {
  const start = performance.now()
  const { said, cases } = imported(config)
  expect(said.join('\n')).toMatch(message)
  expect(said.some((line) => line.startsWith('error'))).toBe(true)
  expect(cases).toEqual([])
  expect(performance.now() - start).toBeLessThan(5000)
})

test('Templates in templates are filled in a few times, as far as a text can be long, and never run.', () => {
  const ten = (name: string): string => `{{${name}}}`.repeat(10)
  const vars = {
    a: ten('b'),
    b: ten('c'),
    c: ten('d'),
    d: ten('e'),
    e: ten('f'),
    f: ten('a'),
    short: 'x{{shorter}}',
    shorter: 'y',
    loop: '{{loop}}',
    constructor_: '{{constructor}}',
  }
  const request = (prompt: string) => {
    const { cases, said } = imported(stringify({ prompts: [prompt], tests: [{ vars, assert: [{ type: 'contains', value: 'x' }] }] }))
    return [cases[0]?.request, ...said.map((line) => line.replace(/^.*: /, ''))]
  }
  expect(request('{{a}}')).toEqual(['{{a}}', 'what `{{a}}` is filled in with is over 100000 characters'])
  expect(request('{{short}}')).toEqual(['xy'])
  expect(request('{{loop}}')).toEqual(['{{loop}}'])
  expect(request('{{constructor}}')).toEqual(['{{constructor}}', 'nothing stands for `{{constructor}}`'])
  expect(request('{{ constructor_ }}')).toEqual(['{{constructor}}'])
  expect(request('{{ short.length }}')).toEqual(['{{ short.length }}', 'nothing stands for `{{short.length}}`'])
  expect(request("{{ range.constructor('return process')() }}")[1]).toMatch(/is more than the name of a variable/)
  expect(request('{% for x in y %}')[1]).toMatch(/is a statement or a comment of a template/)
  expect(request('${base} {{short}}')).toEqual([null, 'it holds `${base}`, `${params.` or `${canary.`, which a suite would fill in'])
})

test('What a file names reaches the suite on one line, with nothing in it that is not seen.', () => {
  const { text, cases } = imported(
    stringify({
      description: 'a\nversion: 2\u202e',
      prompts: ['Do it'],
      tests: [{ description: 'x\n# y\u0007 ${params.z}', assert: [{ type: 'contains', value: 'x\u202ey' }, { type: 'no\nsuch' }] }],
    }),
  )
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/)
  expect(cases[0]?.name).toBe('x # y $ {params.z}')
  expect(cases[0]?.expect.answer.contains).toEqual(['x\u202ey'])
})
