import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson } from '../../src/model/json.ts'

/** Names on which orders and prototypes could go wrong. */
const names = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '10',
    '9',
    '1',
    '01',
    '4294967294',
    '4294967295',
    '-1',
    '1.5',
    '',
    'a',
    'A',
    'é',
    '\u{1f600}',
    '\ufb33',
    '__proto__',
    'toJSON',
    'constructor',
    '\u0080',
  ),
)
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\ud800', 'a\udc00', '\\ud800', '\u2028', '\u0000', '\u007f', '\\', '"'),
)
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    texts,
    fc.double(),
    fc.integer(),
    fc.constantFrom(-0, 1e21, 1e-7, 0.1),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.array(fc.tuple(names, tie('value')), { maxLength: 5 }).map((pairs) => Object.fromEntries(pairs) as unknown),
}))

/** What a function gives, or that it refuses. */
function outcome(work: () => string | undefined): string {
  try {
    return work() ?? 'refused'
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return 'refused'
  }
}

test('Canonical JSON is the library’s, byte for byte, and what the library refuses is refused.', () => {
  fc.assert(
    fc.property(values.value, (value) => {
      expect(outcome(() => canonicalJson(value))).toBe(outcome(() => canonicalize(value)))
    }),
    { numRuns: 5000 },
  )
})

test('What is not JSON is refused, or taken as the library takes it: functions, dates, classes, cycles, very deep values.', () => {
  class Own {
    readonly a = 1
  }
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])
  for (const value of [
    undefined,
    () => 1,
    Symbol('x'),
    { a: undefined },
    [undefined],
    new Date(0),
    new Own(),
    new Map([[1, 2]]),
    cycle,
    deep(99),
    deep(150),
    NaN,
    Infinity,
    { a: { toJSON: () => 'x' } },
    Object.create(null),
  ] as unknown[])
    expect(outcome(() => canonicalJson(value))).toBe(outcome(() => canonicalize(value)))
  expect(() => canonicalJson(1n)).toThrow(TypeError)
})

test('The examples of RFC 8785 come out as they stand there.', () => {
  expect(
    canonicalJson({
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000f\u000aA\u0027\u0042\u0022\u005c\\"\u002f',
      literals: [null, true, false],
    }),
  ).toBe('{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}')
  expect(canonicalJson({ '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 })).toBe(
    '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
  )
})
