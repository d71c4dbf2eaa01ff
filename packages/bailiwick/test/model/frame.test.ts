import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parametersIn } from '../../src/model/frame.ts'
import type { Json } from '../../src/model/json.ts'
import { accepts, problemWith } from './frame-for.ts'

test('A scalar frame takes exactly its value, of its type.', () => {
  expect(accepts('a', 'a')).toBe(true)
  for (const other of ['A', 'a ', '', 1, null, ['b'], { a: 'a' }]) expect(accepts('a', other)).toBe(false)
  expect(accepts(1, 1)).toBe(true)
  for (const other of ['1', true, 1.5, null]) expect(accepts(1, other)).toBe(false)
  expect(accepts(true, 'true')).toBe(false)
})

test('`in` takes its members only, objects member by member.', () => {
  const frame = { in: ['a', 2, { x: [1, { y: null }] }, null] }
  for (const inside of ['a', 2, { x: [1, { y: null }] }, null]) expect(accepts(frame, inside)).toBe(true)
  for (const outside of ['b', '2', { x: [1] }, { x: [1, { y: null }], z: 0 }, false, '']) expect(accepts(frame, outside)).toBe(false)
})

test('A list must fit item by item: one bad recipient among good ones is enough to refuse.', () => {
  const frame = { in: ['a', 'b'] }
  expect(accepts(frame, ['a', 'b', 'a'])).toBe(true)
  expect(problemWith(frame, ['a', 'evil'])).toContain('`value[1]`')
  expect(accepts(frame, [['a']])).toBe(false)
  expect(accepts('a', ['a', 'a'])).toBe(false)
  expect(accepts({ domain: 'corp.example' }, ['x@corp.example', 'x@evil.example'])).toBe(false)
  expect(accepts({ range: [1, 5] }, [1, 2, 6])).toBe(false)
})

test('A pattern must match the whole text.', () => {
  const frame = { pattern: '[a-z]{3}' }
  expect(accepts(frame, 'abc')).toBe(true)
  for (const other of ['abcd', ' abc', 'abc\n', '\nabc', 'abc\nabc', 'ABC', '', 'ab\u0441', 5, null])
    expect(accepts(frame, other)).toBe(false)
  expect(accepts({ pattern: 'a|ab' }, 'ab')).toBe(true)
  expect(accepts({ pattern: 'safe|danger.*' }, 'unsafe')).toBe(false)
  expect(accepts({ pattern: '^a$' }, 'a\nb')).toBe(false)
  expect(accepts({ pattern: '(?m)^a$' }, 'a\nb')).toBe(false)
})

test('A pattern answers at once, whatever it is given.', () => {
  const started = performance.now()
  expect(accepts({ pattern: '(a+)+b' }, 'a'.repeat(20_000))).toBe(false)
  expect(accepts({ pattern: '(.*)*(.*)*x' }, 'y'.repeat(20_000))).toBe(false)
  expect(performance.now() - started).toBeLessThan(5000)
})

test('A range holds both ends, takes numbers only, and is open where it says so.', () => {
  for (const inside of [1, 5, 2.5]) expect(accepts({ range: [1, 5] }, inside)).toBe(true)
  for (const outside of [0.999, 5.001, -1, 1e308, '3', null, true, { valueOf: 3 }]) expect(accepts({ range: [1, 5] }, outside)).toBe(false)
  expect(accepts({ range: { min: 1 } }, 1e9)).toBe(true)
  expect(accepts({ range: { max: 1 } }, -1e9)).toBe(true)
})

test('A range with a parameter that is no number lets nothing through.', () => {
  expect(accepts({ range: [1, '$top'] }, 3, { top: 5 })).toBe(true)
  expect(accepts({ range: [1, '$top'] }, 6, { top: 5 })).toBe(false)
  for (const top of ['many', Number.NaN]) expect(accepts({ range: [1, '$top'] }, 3, { top: top as Json })).toBe(false)
  expect(accepts({ range: [1, '$top'] }, 3, {})).toBe(false)
})

test('A prefix is compared as it stands.', () => {
  expect(accepts({ prefix: 'SELECT ' }, 'SELECT 1')).toBe(true)
  for (const other of ['select 1', ' SELECT 1', 'SELECT', '', 7]) expect(accepts({ prefix: 'SELECT ' }, other)).toBe(false)
  expect(accepts({ prefix: '$team' }, 'sales/x', { team: 'sales/' })).toBe(true)
  expect(accepts({ prefix: '$team' }, '$team/x', { team: 'sales/' })).toBe(false)
})

test('All constraints of a frame must hold.', () => {
  const frame = { pattern: 'a.*', prefix: 'ab', in: ['abc', 'acb'] }
  expect(accepts(frame, 'abc')).toBe(true)
  expect(accepts(frame, 'acb')).toBe(false)
  expect(accepts(frame, 'abd')).toBe(false)
})

test('A framed argument must be given, unless its frame is optional; null is no way of leaving it out.', () => {
  expect(problemWith({ in: ['a'] }, undefined)).toBe('`value` must be given')
  expect(problemWith('a', undefined)).toBe('`value` must be given')
  expect(accepts({ in: ['a'], optional: true }, undefined)).toBe(true)
  expect(accepts({ in: ['a'], optional: true }, null)).toBe(false)
  expect(accepts({ in: ['a'], optional: true }, 'b')).toBe(false)
})

test('Fields frame the inside of an object, at any depth and in each item of a list.', () => {
  const frame = { fields: { to: { fields: { mail: { domain: 'corp.example' } } }, note: { prefix: 'x', optional: true } } }
  expect(accepts(frame, { to: { mail: 'a@corp.example' } })).toBe(true)
  expect(accepts(frame, { to: { mail: 'a@corp.example' }, other: 1 })).toBe(true)
  expect(problemWith(frame, { to: { mail: 'a@evil.example' } })).toContain('`value.to.mail`')
  for (const other of [{}, { to: {} }, { to: null }, { to: 'a@corp.example' }, 'a@corp.example', null, 7])
    expect(accepts(frame, other)).toBe(false)
  expect(accepts(frame, [{ to: { mail: 'a@corp.example' } }, { to: { mail: 'a@evil.example' } }])).toBe(false)
  expect(accepts(frame, { to: [{ mail: 'a@corp.example' }, { mail: 'a@evil.example' }] })).toBe(false)
})

test("A field that only an object's prototype has is not there.", () => {
  expect(accepts({ fields: { toString: { in: ['x'] } } }, {})).toBe(false)
  expect(accepts({ fields: { constructor: { in: ['x'], optional: true } } }, {})).toBe(true)
})

test('`$name` stands for the parameter with its type, `$$` begins a literal dollar.', () => {
  expect(accepts('$week', '2026-W01', { week: '2026-W01' })).toBe(true)
  expect(accepts('$week', '$week', { week: '2026-W01' })).toBe(false)
  expect(accepts('$count', 5, { count: 5 })).toBe(true)
  expect(accepts('$count', '5', { count: 5 })).toBe(false)
  expect(accepts('$$week', '$week', { week: '2026-W01' })).toBe(true)
  expect(accepts('$$$', '$$')).toBe(true)
  expect(accepts({ in: ['$week', '$$x'] }, '$x', { week: 'w' })).toBe(true)
  expect(accepts({ domain: '$host' }, 'a@corp.example', { host: 'corp.example' })).toBe(true)
  expect(accepts({ domain: ['$host', 'b.example'] }, 'a@evil.example', { host: 'corp.example' })).toBe(false)
})

test('A parameter that the session lacks fits nothing, not even a missing or an undefined value.', () => {
  for (const value of [undefined, null, '', 'undefined', 0]) expect(accepts('$gone', value)).toBe(false)
  expect(accepts({ domain: '$gone' }, 'a@undefined')).toBe(false)
})

test('A frame tells the parameters that it refers to, those in fields too, and none that is a literal or in a pattern.', () => {
  const frame = {
    in: ['$a', '$$b', 3],
    pattern: '$c',
    range: { min: '$d' },
    prefix: '$e',
    domain: ['$f', '$$g'],
    fields: { x: '$h', y: { pattern: '$i', fields: { z: { range: ['$j', 1] } } } },
  }
  expect(parametersIn(frame).sort()).toEqual(['a', 'd', 'e', 'f', 'h', 'j'])
  expect(parametersIn('$$x')).toEqual([])
})

test('Whatever is given, a frame answers and never throws, and takes no value that is none of its list.', () => {
  const frames = [
    { in: ['a'] },
    { pattern: 'a+' },
    { range: [1, 2] },
    { prefix: 'a' },
    { domain: 'a.b' },
    { path: '/srv' },
    { fields: { a: 'a' } },
    'a',
  ]
  fc.assert(
    fc.property(fc.constantFrom(...frames), fc.jsonValue(), (frame, value) => {
      const problem = problemWith(frame, value as Json)
      if (frame === frames[0] && problem === null) expect([value].flat().every((item) => item === 'a')).toBe(true)
    }),
  )
})
