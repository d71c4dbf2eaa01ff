import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '../../../src/model/json.ts'
import { redactedValue } from './redacted.ts'

const mail = 'ann@corp.example'
const json = (text: string): Json => JSON.parse(text) as Json

test.each<[string, Json, Json]>([
  ['output.a', { a: 'x', b: 'x' }, { a: '[redacted]', b: 'x' }],
  ['output.a', { a: 5 }, { a: 0 }],
  ['output.a', { a: true }, { a: false }],
  ['output.a', { a: null }, { a: null }],
  ['output.a', { a: [1, 'x'] }, { a: [] }],
  ['output.a', { a: { b: 'x', c: [1], d: { e: 2 } } }, { a: { b: '[redacted]', c: [], d: { e: 0 } } }],
  ['output', { a: 'x' }, { a: '[redacted]' }],
  ['output.rows.*.email', { rows: [{ email: 'x', n: 'y' }, { n: 'z' }] }, { rows: [{ email: '[redacted]', n: 'y' }, { n: 'z' }] }],
  ['output.*', { a: 'x', b: [1] }, { a: '[redacted]', b: [] }],
  ['output.rows.1', { rows: ['a', 'b'] }, { rows: ['a', '[redacted]'] }],
  ['output.rows.email', { rows: [{ email: 'x' }] }, { rows: [{ email: '[redacted]' }] }],
  ['output.a.b', { a: '{"b":"x","c":1}' }, { a: '{"b":"[redacted]","c":1}' }],
  ['output.a.b', { a: 'no JSON' }, { a: 'no JSON' }],
  ['output.a:email', { a: `to ${mail}`, b: mail }, { a: 'to [redacted:email]', b: mail }],
  ['output:email', { a: [{ b: mail }] }, { a: [{ b: '[redacted:email]' }] }],
  ['output:card', { n: 4111111111111111, m: 4111111111111112 }, { n: 0, m: 4111111111111112 }],
  ['output:card', { n: 6304000000000000000 }, { n: 0 }],
  ['output:pii', { a: `${mail} 4111111111111111` }, { a: '[redacted:email] [redacted:card]' }],
  ['output:email', { [mail]: 1, 'bob@corp.example': 2, x: 3 }, { '[redacted:email]': 1, '[redacted:email] 2': 2, x: 3 }],
  ['output:email', { [mail]: 1, '[redacted:email]': 2 }, { '[redacted:email] 2': 1, '[redacted:email]': 2 }],
  [
    'output:email',
    { a: JSON.stringify({ b: JSON.stringify({ c: 'x\u200b', d: mail }) }) },
    { a: '{"b":"{\\"c\\":\\"x\u200b\\",\\"d\\":\\"[redacted:email]\\"}"}' },
  ],
  ['output:email', { a: '{\n  "b": "ann\\u0040corp.example"\n}' }, { a: '{\n  "b": "[redacted:email]"\n}' }],
  ['output:card', { a: '[4111111111111111]' }, { a: '[[redacted:card]]' }],
  ['output:card', { a: '[411111111111111, 378282246310005]' }, { a: '[411111111111111,0]' }],
])('%s on %j gives %j.', (redaction, value, expected) => {
  expect(redactedValue(value, redaction).value).toEqual(expected)
})

test('What is not touched stays the very same object.', () => {
  const value = { a: [{ b: 'x' }] }
  expect(redactedValue(value, 'output:pii').value).toBe(value)
  expect(redactedValue(value, 'output.a.*.c').value).toBe(value)
})

test('A member named `__proto__` is one like any other.', () => {
  const redacted = redactedValue(json(`{"__proto__":{"mail":"${mail}"},"constructor":"${mail}"}`), 'output:email').value
  expect(JSON.stringify(redacted)).toBe('{"__proto__":{"mail":"[redacted:email]"},"constructor":"[redacted:email]"}')
  expect(Object.getPrototypeOf(redacted)).toBe(Object.prototype)
  expect(JSON.stringify(redactedValue(json(`{"__proto__":{"mail":"x"}}`), 'output.__proto__.mail').value)).toBe(
    '{"__proto__":{"mail":"[redacted]"}}',
  )
})

test('What is nested too deep to be looked into is withheld, and nothing overflows.', () => {
  const deep = (levels: number): Json => json(`${'['.repeat(levels)}"${mail}"${']'.repeat(levels)}`)
  expect(JSON.stringify(redactedValue(deep(150), 'output:email').value)).toContain('[redacted:email]')
  expect(JSON.stringify(redactedValue(deep(5000), 'output:email').value)).not.toContain(mail)
  expect(JSON.stringify(redactedValue(deep(5000), 'output').value)).not.toContain(mail)
  const text = `${'['.repeat(100_000)}"${mail}"${']'.repeat(100_000)}`
  expect(redactedValue(text, 'output:email').value).not.toContain(mail)
  let nested = mail
  for (let level = 0; level < 12; level += 1) nested = JSON.stringify(nested)
  expect(redactedValue(nested, 'output:email').value).not.toContain(mail)
})

test('It is counted by path and kind, without the values.', () => {
  const { tally } = redactedValue({ a: [{ b: `${mail} DE89370400440532013000` }, { b: mail }] }, 'output.a.*.b:pii')
  expect(tally.counts).toEqual({ 'output.a.*.b:email': 2, 'output.a.*.b:iban': 1 })
  expect(redactedValue({ a: ['x', 2] }, 'output.a').tally.counts).toEqual({ 'output.a': 2 })
})

test('With stand-ins, what was a whole text keeps its form.', () => {
  const { value } = redactedValue({ a: mail, b: `to ${mail}` }, 'output:email', true)
  expect(value).toEqual({ a: 'redacted@redacted.invalid', b: 'to [redacted:email]' })
  const whole = {
    a: mail,
    b: '2026-05-06',
    c: '2026-05-06T01:02:03Z',
    d: '550e8400-e29b-41d4-a716-446655440000',
    e: 'https://corp.example/x',
    f: 'Ann',
  }
  expect(redactedValue(whole, 'output', true).value).toEqual({
    a: 'redacted@redacted.invalid',
    b: '1970-01-01',
    c: '1970-01-01T00:00:00Z',
    d: '00000000-0000-0000-0000-000000000000',
    e: 'https://redacted.invalid/',
    f: '[redacted]',
  })
})

test('In any JSON value, a planted address survives nowhere, and the form of all else stays.', () => {
  const leaf = fc.oneof(
    fc.constant(mail),
    fc.constant(`x ${mail} y`),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom('plain', ''),
  )
  const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom('a', 'b', mail, '__proto__', `k ${mail}`), tie('tree'), { maxKeys: 4 }),
    ),
  }))
  fc.assert(
    fc.property(tree, fc.nat(2), (value, times) => {
      let written: Json = value
      for (let time = 0; time < times; time += 1) written = JSON.stringify(written)
      const once = redactedValue(written, 'output:email').value
      expect(JSON.stringify(once)).not.toContain('ann@')
      expect(JSON.stringify(redactedValue(once, 'output:email').value)).toBe(JSON.stringify(once))
      let read: Json = once
      for (let time = 0; time < times; time += 1) read = json(read as string)
      expect(formOf(read)).toEqual(formOf(value))
    }),
    { numRuns: 500 },
  )
})

/** Types and numbers of members, without what texts say. */
function formOf(value: Json): unknown {
  if (Array.isArray(value)) return value.map((item: Json) => formOf(item))
  if (typeof value === 'object' && value !== null) return Object.values(value).map((item: Json) => formOf(item))
  return typeof value === 'string' ? 'text' : value
}
