import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readParameters } from '../../src/authority/session-parameters.ts'
import type { Json } from '../../src/model/json.ts'
import { office } from '../decide/office.ts'
import { rulesetFor } from '../decide/ruleset-for.ts'

const read = (declaration: string, text: string): Json | undefined => {
  const goal = rulesetFor(office({ params: `it: ${declaration}` })).goals.get('letters')!
  return readParameters(goal, { it: text })['it']
}
const refused = expect.objectContaining({ code: 'PARAMETER_INVALID' })

test.each<[string, string, Json]>([
  ['{ type: string }', '', ''],
  ['{ type: string }', '7', '7'],
  ['{ type: string, pattern: "[a-z]+" }', 'abc', 'abc'],
  ['{ type: string, enum: [a, b] }', 'b', 'b'],
  ['{ type: string, maxLength: 3 }', 'abc', 'abc'],
  ['{ type: integer }', '-12', -12],
  ['{ type: integer, minimum: 1, maximum: 5 }', '5', 5],
  ['{ type: integer, enum: [1, 2] }', '2', 2],
  ['{ type: number }', '1.25', 1.25],
  ['{ type: boolean }', 'true', true],
  ['{ type: boolean }', 'false', false],
])('%s takes %j.', (declaration, text, value) => {
  expect(read(declaration, text)).toBe(value)
})

test.each([
  ['{ type: string, pattern: "[a-z]+" }', 'abc1'],
  ['{ type: string, pattern: "[a-z]+" }', 'abc\n'],
  ['{ type: string, enum: [a, b] }', 'c'],
  ['{ type: string, maxLength: 3 }', 'abcd'],
  ['{ type: string }', 'x'.repeat(1025)],
  ['{ type: string }', 'x\ud800'],
  ['{ type: integer }', '1.5'],
  ['{ type: integer }', '1e3'],
  ['{ type: integer }', '0x10'],
  ['{ type: integer }', '007'],
  ['{ type: integer }', ''],
  ['{ type: integer }', ' 1'],
  ['{ type: integer }', '9007199254740993'],
  ['{ type: integer, minimum: 1 }', '0'],
  ['{ type: integer, maximum: 5 }', '6'],
  ['{ type: number }', 'NaN'],
  ['{ type: number }', 'Infinity'],
  ['{ type: number }', `1${'0'.repeat(400)}`],
  ['{ type: boolean }', 'yes'],
  ['{ type: boolean }', 'TRUE'],
])('%s refuses %j.', (declaration, text) => {
  expect(() => read(declaration, text)).toThrowError(refused)
})

test('Every parameter must be given, and no other, nor one that only every object has.', () => {
  const goal = rulesetFor(office({ params: 'week: { type: string }, toString: { type: string }' })).goals.get('letters')!
  expect(readParameters(goal, { week: 'w', toString: 't' })).toEqual({ week: 'w', toString: 't' })
  expect(() => readParameters(goal, { week: 'w' })).toThrowError(refused)
  expect(() => readParameters(goal, {})).toThrowError(refused)
  expect(() => readParameters(goal, { week: 'w', toString: 't', more: 'x' })).toThrowError(refused)
  expect(() => readParameters(goal, JSON.parse('{"week":"w","toString":"t","__proto__":"x"}'))).toThrowError(refused)
})

test('A number that is taken is written as it was given.', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      expect(read('{ type: integer }', String(value))).toBe(value)
    }),
    { numRuns: 30 },
  )
})
