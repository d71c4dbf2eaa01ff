import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inputCheck } from '../../src/model/input-check.ts'
import type { JsonObject } from '../../src/model/json.ts'

const draft7 = 'http://json-schema.org/draft-07/schema#'
const fits = (schema: JsonObject, value: JsonObject): boolean => inputCheck(schema)(value) === null
const of = (property: JsonObject): JsonObject => ({ type: 'object', properties: { a: property } })

test('A schema without a dialect is 2020-12; draft-07 and 2019-09 are read as what they are.', () => {
  const tuple = { type: 'array', prefixItems: [{ type: 'string' }], items: false }
  expect(fits(of(tuple), { a: ['x', 1] })).toBe(false)
  expect(fits({ ...of(tuple), $schema: 'https://json-schema.org/draft/2020-12/schema' }, { a: ['x', 1] })).toBe(false)
  const old = {
    $schema: draft7,
    ...of({ $ref: '#/definitions/word' }),
    definitions: { word: { type: 'array', items: [{ type: 'string' }], additionalItems: false } },
  }
  expect([fits(old, { a: ['x'] }), fits(old, { a: ['x', 1] })]).toEqual([true, false])
  expect(fits({ ...old, $schema: 'http://json-schema.org/draft-07/schema' }, { a: [1] })).toBe(false)
  expect(fits({ $schema: 'https://json-schema.org/draft/2019-09/schema', ...of({ type: 'string' }) }, { a: 1 })).toBe(false)
})

test.each<[string, JsonObject]>([
  ['an unknown dialect', { $schema: 'http://json-schema.org/draft-04/schema#', type: 'object' }],
  ['a reference to another document', of({ $ref: 'https://evil.example/schema.json' })],
  ['a reference to nothing', of({ $ref: '#/$defs/none' })],
  ['a type that is none', of({ type: 'text' })],
  ['a pattern that is none', of({ type: 'string', pattern: '([' })],
  ['the keyword $async, by which a check would answer before it is done', { $async: true, ...of({ type: 'string' }) }],
  ['the keyword $async further in', { ...of({ $ref: '#/$defs/x' }), $defs: { x: { $async: true, type: 'string' } } }],
])('A schema is refused for %s.', (_, schema) => {
  expect(() => inputCheck(schema)).toThrow()
})

test('Each pattern of a schema is the one that is applied to its own argument.', () => {
  const schema = {
    type: 'object',
    properties: {
      digits: { type: 'string', pattern: '^[0-9]+$' },
      word: { type: 'string', pattern: '^[a-z]+$' },
      part: { type: 'string', pattern: 'x' },
    },
  }
  for (const dialect of [{}, { $schema: draft7 }]) {
    const check = inputCheck({ ...dialect, ...schema })
    expect(check({ digits: '12', word: 'ab', part: 'axb' })).toBeNull()
    expect(check({ digits: 'ab' })).toContain('`digits`')
    expect(check({ word: '12' })).toContain('`word`')
    expect(check({ part: 'ab' })).toContain('`part`')
  }
})

test('Patterns with look-around are applied too.', () => {
  const check = inputCheck(of({ type: 'string', pattern: '^(?!.*\\.\\.)[a-z.]+$' }))
  expect([check({ a: 'a.b' }), check({ a: 'a..b' }) === null, check({ a: 'A' }) === null]).toEqual([null, false, false])
})

test.each([
  ['a pattern with nested repetition', { type: 'string', pattern: '^(a+)+$' }, 'a'.repeat(50_000) + '!'],
  ['the same with look-ahead, which RE2 does not take', { type: 'string', pattern: '^(?=a)(a+)+$' }, 'a'.repeat(60) + '!'],
  ['the same with a back reference', { type: 'string', pattern: '^(a|aa)+\\1$' }, 'a'.repeat(80) + '!'],
  ['a very long text for a look-ahead', { type: 'string', pattern: '^(?=a)a*$' }, 'a'.repeat(100_000)],
  ['a format `url` of colons', { type: 'string', format: 'url' }, `http://${'a:'.repeat(200_000)}"`],
  ['a format `email`', { type: 'string', format: 'email' }, `a@${'a.'.repeat(200_000)}!`],
  ['a format `uri`', { type: 'string', format: 'uri' }, `http://${'a:'.repeat(200_000)} `],
  ['a format `hostname`', { type: 'string', format: 'hostname' }, 'a-'.repeat(200_000)],
  ['a format `uri-template`', { type: 'string', format: 'uri-template' }, '{a'.repeat(200_000)],
  ['a long list of unequal items', { type: 'array', uniqueItems: true }, [...Array.from({ length: 50_000 }, (_, index) => [index]), [0]]],
])('A hostile argument does not hang the check: %s.', (_, property, value) => {
  const check = inputCheck(of(property))
  const started = performance.now()
  expect(check({ a: value })).not.toBeNull()
  expect(performance.now() - started).toBeLessThan(2000)
})

test('The formats and the check for equal items still take what they should.', () => {
  expect(fits(of({ type: 'string', format: 'url' }), { a: 'https://corp.example/a?b' })).toBe(true)
  expect(fits(of({ type: 'string', format: 'url' }), { a: 'corp.example' })).toBe(false)
  const unique = of({ type: 'array', uniqueItems: true })
  expect(fits(unique, { a: [1, '1', [1], { a: 1 }, null, true] })).toBe(true)
  expect(
    fits(unique, {
      a: [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
    }),
  ).toBe(false)
  expect(fits(of({ type: 'array', uniqueItems: false }), { a: [1, 1] })).toBe(true)
})

test('An argument that a tool does not declare is refused, unless its schema says that there may be others.', () => {
  expect(inputCheck(of({}))({ b: 1 })).toBe('the tool has no argument `b`')
  expect(inputCheck({ type: 'object' })({ b: 1 })).toBe('the tool has no argument `b`')
  expect(fits({ ...of({}), additionalProperties: false }, { b: 1 })).toBe(false)
  expect(fits({ ...of({}), additionalProperties: true }, { b: 1 })).toBe(true)
  expect(fits({ ...of({}), additionalProperties: { type: 'integer' } }, { b: 'x' })).toBe(false)
  expect(fits({ ...of({}), patternProperties: { '^x-': {} }, additionalProperties: false }, { 'x-b': 1 })).toBe(true)
})

test("What only an object's prototype has is neither declared nor given.", () => {
  for (const name of ['toString', 'constructor', 'hasOwnProperty', 'valueOf']) {
    expect(fits(of({}), { [name]: 'x' })).toBe(false)
    expect(fits({ type: 'object', properties: { [name]: { type: 'string' } }, required: [name] }, {})).toBe(false)
  }
})

test('An argument is checked as it stands: nothing is converted, filled in or removed.', () => {
  const schema = { type: 'object', properties: { n: { type: 'integer', default: 7 } }, additionalProperties: false }
  const given: JsonObject = Object.freeze({})
  expect(inputCheck(schema)(given)).toBeNull()
  expect(given).toEqual({})
  expect(fits(schema, { n: '7' })).toBe(false)
})

test('The check answers for any arguments and names the argument at fault.', () => {
  const check = inputCheck({
    type: 'object',
    properties: { to: { type: 'array', items: { type: 'string', enum: ['a'] } } },
    required: ['to'],
  })
  expect(check({ to: ['b'] })).toBe('`to.0` must be equal to one of the allowed values (["a"])')
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const answer = check(value as JsonObject)
      expect(answer === null || answer.length > 0).toBe(true)
    }),
  )
})
