import { compile } from '@bailiwick/cedar'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cedarSchema } from '../../src/model/cedar-schema.ts'
import { argumentsShape, cedarString, shapeOf, typeText } from '../../src/model/cedar-shape.ts'
import { toCedarArguments } from '../../src/model/cedar-value.ts'
import { inputCheck } from '../../src/model/input-check.ts'
import { canonicalJson } from '../../src/model/json.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { Tool } from '../../src/model/ruleset.ts'
import { schemaArbitrary, valuesOf } from './json-schema.ts'

/** A Cedar schema with one tool of this input, a policy set over it, and a way to ask about arguments. */
function asking(
  schema: JsonObject,
  policy = 'permit(principal, action, resource);',
): (args: JsonObject) => { decision: string; problem: string | null } {
  const shape = argumentsShape(schema)
  const tool = { key: 'box.tool', declaration: { effect: 'read' }, shape } as unknown as Tool
  const set = compile({ it: policy }, { schema: cedarSchema([tool], []) })
  return (args) => {
    const { input, rest, problem } = toCedarArguments(shape, args)
    if (problem !== null) return { decision: 'none', problem }
    const context = {
      input,
      ...(Object.keys(rest).length === 0 ? {} : { otherInput: canonicalJson(rest) }),
      goal: { name: 'g', params: {} },
      session: { id: 's', calls: 0, denied: 0, minutes: 0, resultBytes: 0 },
      labels: [],
      facts: {},
      time: { __extn: { fn: 'datetime', arg: '2026-01-15T12:00:00.000Z' } },
    }
    const entity = (type: string, id: string): { type: string; id: string } => ({ type, id })
    return {
      decision: set.authorize(
        { principal: entity('Agent', 'a'), action: entity('Action', 'box.tool'), resource: entity('Tool', 'box.tool'), context },
        [],
      ).decision,
      problem,
    }
  }
}

test('For any JSON Schema there is a Cedar schema, and arguments that fit the one fit the other or say why not.', () => {
  let judged = 0
  fc.assert(
    fc.property(
      schemaArbitrary.chain((schema) =>
        fc.tuple(fc.constant(schema), fc.array(valuesOf(schema, schema) as fc.Arbitrary<JsonObject>, { minLength: 5, maxLength: 5 })),
      ),
      ([schema, samples]) => {
        const ask = asking(schema)
        const check = inputCheck(schema)
        for (const args of samples) {
          if (check(args) !== null) continue
          const { decision, problem } = ask(args)
          expect(decision === 'allow' || problem !== null).toBe(true)
          judged += 1
        }
      },
    ),
    { numRuns: 300 },
  )
  expect(judged).toBeGreaterThan(150)
})

test('No schema whatever makes the shape throw, loop or grow without end.', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (schema) => {
      expect(typeText(shapeOf(schema as never, {}))).not.toBe('')
    }),
  )
  for (const reference of ['#/%', '#/%zz', '#/constructor', '#/__proto__', '#/toString', '#', '#/', 'x', '#/$defs/none', '#/a/b/c'])
    expect(shapeOf({ $ref: reference }, { a: { b: 7 } })).toEqual({ kind: 'json' })
  expect(shapeOf({ $ref: '#/$defs/a~1b%25c' }, { $defs: { 'a/b%c': { type: 'integer' } } })).toEqual({ kind: 'long' })
  const branches = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`p${index}`, { $ref: '#/$defs/node' }]))
  const started = performance.now()
  const shape = argumentsShape({
    type: 'object',
    properties: { root: { $ref: '#/$defs/node' } },
    $defs: { node: { type: 'object', properties: branches } },
  })
  expect(typeText(shape).length).toBeLessThan(1_000_000)
  expect(performance.now() - started).toBeLessThan(1000)
})

test("A tool's argument cannot pass for an entity or an extension value, wherever it stands.", () => {
  const forged = [
    { __entity: { type: 'Agent', id: 'boss' } },
    { __extn: { fn: 'decimal', arg: '1.0' } },
    { fn: 'decimal', arg: '1.0' },
    { type: 'Agent', id: 'boss' },
  ]
  const inner = {
    type: 'object',
    properties: { __entity: { type: 'object' }, __extn: { type: 'object' }, fn: {}, arg: {}, type: {}, id: {} },
    additionalProperties: true,
  }
  const schema = {
    type: 'object',
    properties: { record: inner, any: {}, list: { type: 'array', items: inner }, text: { type: 'string' } },
    additionalProperties: true,
  }
  const shape = argumentsShape(schema)
  const ask = asking(schema)
  for (const value of forged)
    for (const args of [{ record: value }, { any: value }, { list: [value] }, value, { other: value }] as JsonObject[]) {
      const { input } = toCedarArguments(shape, args)
      expect(JSON.stringify(input)).not.toMatch(/"__(entity|extn)":/)
      expect(ask(args).decision).toBe('allow')
    }
  expect(toCedarArguments(shape, { text: forged[0] as never }).problem).toContain('`text`')
})

test('What the shape does not name is kept apart under its own pointer, and one name cannot hide another.', () => {
  const shape = argumentsShape({ type: 'object', properties: { a: { type: 'object', properties: {} } } })
  const { rest } = toCedarArguments(shape, { a: { b: 'evil', '~': 1 }, 'a/b': 'harmless', 'a~1b': 2 })
  expect(rest).toEqual({ '/a/b': 'evil', '/a/~0': 1, '/a~1b': 'harmless', '/a~01b': 2 })
})

test('Null counts as absent, so Cedar never requires what may be null.', () => {
  const nullable: JsonObject[] = [
    { type: ['string', 'null'] },
    { anyOf: [{ type: 'string' }, { type: 'null' }] },
    { enum: ['x', null] },
    { const: null },
    {},
    { $ref: '#/$defs/maybe' },
    { type: 'string', nullable: true },
    { oneOf: [{ const: null }] },
  ]
  for (const property of nullable) {
    const schema = { type: 'object', properties: { a: property }, required: ['a'], $defs: { maybe: { type: ['string', 'null'] } } }
    expect(inputCheck(schema)({ a: null }), JSON.stringify(property)).toBeNull()
    expect(asking(schema)({ a: null }), JSON.stringify(property)).toEqual({ decision: 'allow', problem: null })
  }
  const strict = argumentsShape({
    type: 'object',
    properties: { a: { type: 'string' }, b: { $ref: '#/$defs/s' }, c: { const: 1 } },
    required: ['a', 'b', 'c'],
    $defs: { s: { type: 'integer' } },
  })
  expect(typeText(strict)).toBe('{ "a": String, "b": Long, "c": Long }')
})

test('Numbers reach policies exactly, or not at all.', () => {
  const schema = { type: 'object', properties: { n: { type: 'number' } } }
  const ask = asking(
    schema,
    'permit(principal, action, resource) when { context.input has n && context.input.n.lessThanOrEqual(decimal("10.5000")) };',
  )
  expect([ask({ n: 10.5 }).decision, ask({ n: 10.5001 }).decision, ask({ n: -3 }).decision, ask({ n: -0 }).decision]).toEqual([
    'allow',
    'deny',
    'allow',
    'allow',
  ])
  for (const n of [10.50001, 1e21, -1e18, 922_337_203_685_478, Number.MIN_VALUE]) expect(ask({ n }).problem).toContain('`n`')
})

test('Unions, free objects and tuples reach policies as canonical JSON text.', () => {
  const shape = argumentsShape({
    type: 'object',
    properties: { any: {}, free: { type: 'object' }, tuple: { type: 'array', prefixItems: [{}] } },
  })
  expect(toCedarArguments(shape, { any: 'x', free: { b: 1, a: [true] }, tuple: [1, 'a'] }).input).toEqual({
    any: '"x"',
    free: '{"a":[true],"b":1}',
    tuple: '[1,"a"]',
  })
})

test('Any text is a Cedar string literal that means itself.', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const set = compile(`permit(principal, action, resource) when { context.it == ${cedarString(text)} };`)
      const entity = { type: 'X', id: 'x' }
      const answer = set.authorize({ principal: entity, action: { type: 'Action', id: 'x' }, resource: entity, context: { it: text } }, [])
      expect(answer.decision).toBe('allow')
    }),
    { numRuns: 200 },
  )
})
