import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonHazard } from '../../src/model/json-hazard.ts'

/** A JSON string in which some characters are written as escapes that need not be. */
const literal = (text: string, escaped: boolean): string =>
  escaped
    ? `"${[...text].map((one) => [...Array(one.length).keys()].map((at) => `\\u${one.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')).join('')}"`
    : JSON.stringify(text)

const name = fc.oneof(
  fc.constantFrom('"', '\\', '\u0000', '\n', '\t', '/', 'a', 'é', ' ', '', 'to', 'a"', '\u2028', '😀'),
  fc.string({ unit: 'binary', maxLength: 3 }).filter((text) => text.isWellFormed() && text !== '__proto__'),
)

test('An object whose keys the parser would take for others is refused: those of the rest are read as they are written.', () => {
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 6 }), fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), (names, escaped) => {
      const text = `{${names.map((one, index) => `${literal(one, escaped[index] as boolean)}:{"v":1}`).join(',')}}`
      if (jsonHazard(text) !== null) return
      expect(new Set(Object.keys(JSON.parse(text) as object))).toEqual(new Set(names))
    }),
    { numRuns: 20_000 },
  )
})

test.each([
  ['{"\\"":1}', /single character that is written with an escape/],
  ['{"a":[{"\\u0041":1}]}', /single character that is written with an escape/],
  ['{"a":1,"\\u0061":2}', /single character|given twice/],
  ['{"ab":1,"a\\u0062":2}', /given twice/],
  ['{"__proto__":1}', /__proto__/],
  ['{"a":"\\ud800"}', /half of a surrogate pair/],
  ['{"a":1e999}', /too large/],
  ['['.repeat(65), /nested/],
])('%s is refused.', (text, problem) => {
  expect(jsonHazard(text)).toMatch(problem)
})

test.each(['{"a":1,"b":{"a":2}}', '{"a":"\\"","b":["\\\\","\\u0000"]}', '{"\u{1F600}":1}', '{"a\\"":1}', '{}', '[]', '"\\""', '{', ''])(
  '%s is not.',
  (text) => {
    expect(jsonHazard(text)).toBeNull()
  },
)
