import { expect, test } from 'vitest'
import { CedarError, compile, Entities } from '../src/index.ts'
import type { CedarValue } from '../src/index.ts'
import { agreed, outcome } from './evaluate.ts'

test('An object is an entity or extension value only when it is exactly such an escape, as in Cedar', () => {
  const shapes: [string, CedarValue][] = [
    ['context.x == User::"a"', { __entity: { type: 'User', id: 'a' } }],
    ['context.x has __entity', { __entity: { type: 'User' } as never }],
    ['context.x has other', { __entity: { type: 'User', id: 'a' }, other: 1 }],
    ['context.x.isLoopback()', { __extn: { fn: 'ip', args: ['::1'] } }],
    ['context.x has __extn', { __extn: { fn: 'ip' } as never }],
    ['context.x', { __extn: { fn: 'isIpv6', arg: { __extn: { fn: 'ip', arg: '::1' } } } }],
    ['context.x["__proto__"] == 1', JSON.parse('{"__proto__": 1}') as CedarValue],
    ['context.x["type"] == "User"', { type: 'User', id: 'a' }],
  ]
  for (const [condition, x] of shapes) expect(agreed([condition], { x })).toEqual({ [condition]: true })
})

test('What is no Cedar value is refused with its place', () => {
  const refused: [unknown, string][] = [
    [{ a: [1, null] }, 'the context.x.a[1]: `null` is not a Cedar value'],
    [{ __entity: { type: '__cedar::User', id: 'a' } }, 'the context.x: `__cedar::User` is not the name of an entity type'],
    [{ __entity: { type: 'a b', id: 'a' } }, 'is not the name of an entity type'],
    [{ __extn: { fn: 'ip', arg: 'nowhere' } }, 'invalid IP address'],
    [{ __extn: { fn: 'nothing', arg: 'x' } }, 'extension function `nothing` does not exist'],
    [{ __expr: 'principal' }, '`__expr` escape is no longer supported'],
    ['\ud800', 'not well-formed Unicode'],
    [new Map(), 'expected a boolean, an integer, a string, an array or a plain object'],
  ]
  for (const [x, message] of refused) expect(() => outcome('true', { x: x as CedarValue })).toThrow(message)
})

test('Entity types that only look reserved are names like any other', () => {
  for (const type of ['principal', 'Bool', 'ip', '__cedarx', '_', 'permit', 'A::B'])
    expect(agreed([`context.x is ${type}`], { x: { __entity: { type, id: '' } } })).toEqual({ [`context.x is ${type}`]: true })
  for (const type of ['__cedar', 'A::__cedar', 'if', 'in', 'A::', '::A', '', 'é', '1a', 'A :: B'])
    expect(agreed(['true'], { x: { __entity: { type, id: '' } } })).toEqual({ true: 'refused' })
})

test('A policy that cannot be evaluated exactly is refused with its id', () => {
  expect(() => compile({ odd: 'permit (principal, action, resource) when { unknown("x") };' })).toThrow(
    'for policy `odd`, at /conditions/0/body/unknown of its JSON form: `unknown` is not an operator or function of Cedar 4.5',
  )
  expect(() => compile({ odd: 'permit (principal is __cedar::User, action, resource);' })).toThrow(CedarError)
})

test('Cycles, contradictions and half-given entities are refused', () => {
  const uid = { type: 'User', id: 'a' }
  const entity = { uid, attrs: {}, parents: [] }
  expect(() => new Entities([{ ...entity, parents: [uid] }])).toThrow('in itself by way of its parents')
  expect(() => new Entities([entity, { ...entity, attrs: { a: 1 } }])).toThrow('is given twice')
  expect(new Entities([entity, { ...entity, parents: [] }]).has(uid)).toBe(true)
  expect(() => new Entities([{ uid, attrs: {} } as never])).toThrow('entities[0].parents: expected an array of entities')
  expect(() => new Entities([{ uid: { type: 'Action', id: 'a' }, attrs: {}, parents: [uid] }])).toThrow('an action can only be in actions')
})
