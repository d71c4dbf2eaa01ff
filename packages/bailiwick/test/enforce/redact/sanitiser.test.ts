import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Sanitiser } from '../../../src/enforce/redact/sanitiser.ts'
import type { Json, JsonObject } from '../../../src/model/json.ts'
import { outputCheck } from '../../../src/model/output-check.ts'
import { ownPatterns, redaction } from './redacted.ts'

const mail = 'ann@corp.example'
const text = (said: string): JsonObject => ({ type: 'text', text: said })
const sanitiser = (redactions: string, schema?: JsonObject): Sanitiser =>
  new Sanitiser(redactions.split(', ').map(redaction), ownPatterns, schema === undefined ? null : outputCheck(schema))
const rows: JsonObject = {
  rows: [
    { name: 'Ann', email: mail },
    { name: 'Bob', email: 'bob@corp.example' },
  ],
}
const cleanRows: JsonObject = {
  rows: [
    { name: 'Ann', email: '[redacted]' },
    { name: 'Bob', email: '[redacted]' },
  ],
}

test('A kind is taken out of everything in a result: texts, structured content, resources, links, annotations, `_meta`, keys.', () => {
  const link = { type: 'resource_link', uri: `mail:${mail}`, name: mail, description: `of ${mail}` }
  const result = sanitiser('output:email').result({
    content: [text(`to ${mail}`), link, { type: 'resource', resource: { uri: `mem:${mail}`, text: mail, _meta: { [mail]: mail } } }],
    structuredContent: { [mail]: [mail] },
    _meta: { 'box/note': mail },
    isError: true,
  })
  expect(JSON.stringify(result)).not.toContain('ann')
  expect(result).toMatchObject({ isError: true, content: [text('to [redacted:email]'), { type: 'resource_link' }, { type: 'resource' }] })
})

test('What no one can look into is withheld under a redaction of the whole output, and replaced by a text that says so.', () => {
  const result = sanitiser('output:secret').result({
    content: [
      { type: 'image', data: 'AAAA', mimeType: 'image/png' },
      { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' },
      { type: 'video', data: 'AAAA' },
      { type: 'resource', resource: { uri: 'mem:a', blob: 'AAAA' } },
    ],
  })
  expect(JSON.stringify(result)).not.toContain('AAAA')
  expect(result).toEqual({
    content: [
      text('[redacted: image withheld, it cannot be looked into]'),
      text('[redacted: audio withheld, it cannot be looked into]'),
      text('[redacted: content withheld, it cannot be looked into]'),
      {
        type: 'resource',
        resource: { uri: 'mem:a', mimeType: 'text/plain', text: '[redacted: resource withheld, it cannot be looked into]' },
      },
    ],
  })
})

test('A path is followed in structured content and in texts that are JSON; what it led to is taken out of prose as well.', () => {
  const result = sanitiser('output.rows.*.email').result({
    content: [
      text(JSON.stringify(rows)),
      text(`Ann is ${mail.toUpperCase()}, b\u200bob@corp.example is Bob`),
      { type: 'resource_link', uri: `mail:${mail}`, name: 'Ann' },
    ],
    structuredContent: rows,
  })
  expect(result).toEqual({
    content: [
      text(JSON.stringify(cleanRows)),
      text('Ann is [redacted], [redacted] is Bob'),
      { type: 'resource_link', uri: 'mail:[redacted]', name: 'Ann' },
    ],
    structuredContent: cleanRows,
  })
})

test('Where a path cannot be followed, what might hold the value is withheld.', () => {
  const image = { type: 'image', data: 'AAAA', mimeType: 'image/png' }
  const withheld = [text('[redacted]'), text('[redacted: image withheld, it cannot be looked into]')]
  expect(sanitiser('output.rows.*.email').result({ content: [text(`Ann is ${mail}`), image] })).toEqual({ content: withheld })
  expect(sanitiser('output.rows.*.email').result({ content: [text(`Ann is ${mail}`), image], structuredContent: { other: 1 } })).toEqual({
    content: withheld,
    structuredContent: { other: 1 },
  })
  expect(sanitiser('output.rows.*.email').result({ content: [text(`"${mail}"`)], isError: true })).toEqual({
    content: [text('[redacted]')],
    isError: true,
  })
  expect(sanitiser('output.rows.*.email').result({ content: [text('{"total":2}')] })).toEqual({ content: [text('{"total":2}')] })
})

test('The whole output is taken out as such: its form stays.', () => {
  const all = sanitiser('output')
  expect(all.result({ content: [text('a'), text('b')], structuredContent: rows, _meta: { x: mail }, isError: false })).toEqual({
    content: [text('[redacted]')],
    structuredContent: { rows: [] },
    isError: false,
  })
  expect(all.result({ contents: [{ uri: `mem:${mail}`, blob: 'AAAA' }] })).toEqual({
    contents: [{ uri: 'urn:redacted', mimeType: 'text/plain', text: '[redacted]' }],
  })
})

test('Reads are sanitised like results: resources and prompts.', () => {
  const kinds = sanitiser('output:email')
  expect(
    kinds.result({
      contents: [
        { uri: 'mem:a', text: mail },
        { uri: 'mem:b', blob: 'AAAA' },
      ],
    }),
  ).toEqual({
    contents: [
      { uri: 'mem:a', text: '[redacted:email]' },
      { uri: 'mem:b', mimeType: 'text/plain', text: '[redacted: resource withheld, it cannot be looked into]' },
    ],
  })
  expect(
    kinds.result({
      description: mail,
      messages: [
        { role: 'user', content: text(mail) },
        { role: 'user', content: [text(mail)] },
      ],
    }),
  ).toEqual({
    description: '[redacted:email]',
    messages: [
      { role: 'user', content: text('[redacted:email]') },
      { role: 'user', content: [text('[redacted:email]')] },
    ],
  })
  expect(
    sanitiser('output.a').result({
      contents: [
        { uri: 'mem:a', text: '{"a":"x","b":1}' },
        { uri: 'mem:b', text: 'prose' },
      ],
    }),
  ).toEqual({
    contents: [
      { uri: 'mem:a', text: '{"a":"[redacted]","b":1}' },
      { uri: 'mem:b', text: '[redacted]' },
    ],
  })
})

test('An error of the toolbox, and what it says beside its result, are sanitised by kind and withheld where only a path is named.', () => {
  const kinds = sanitiser('output:email')
  expect(kinds.error({ code: 1, message: `no ${mail}`, data: { [mail]: mail } })).toEqual({
    code: 1,
    message: 'no [redacted:email]',
    data: { '[redacted:email]': '[redacted:email]' },
  })
  expect(kinds.words(`half of ${mail}`)).toBe('half of [redacted:email]')
  expect(kinds.counts).toEqual({ 'output:email': 4 })
  for (const path of ['output', 'output.a', 'output.a:email', 'output:email, output.a']) {
    expect(sanitiser(path).error({ code: 1, message: mail, data: mail })).toEqual({ code: 1, message: '[redacted]', data: undefined })
    expect(sanitiser(path).words('anything')).toBeNull()
  }
  expect(sanitiser('input:email').words(mail)).toBe(mail)
})

const strict = (email: JsonObject): JsonObject => ({
  type: 'object',
  properties: { email, n: { type: 'number', minimum: 0 } },
  additionalProperties: false,
})

test('Structured content stays valid: a placeholder where the schema takes one, a stand-in where it wants the form, else nothing.', () => {
  const given = { content: [text('prose')], structuredContent: { email: mail, n: 4 } }
  const structured = (redactions: string, schema: JsonObject): Json | undefined =>
    sanitiser(redactions, schema).result(given)?.['structuredContent']
  expect(structured('output:email', strict({ type: 'string' }))).toEqual({ email: '[redacted:email]', n: 4 })
  expect(structured('output:email', strict({ type: 'string', format: 'email' }))).toEqual({ email: 'redacted@redacted.invalid', n: 4 })
  expect(structured('output.email', strict({ type: 'string', format: 'email' }))).toEqual({ email: 'redacted@redacted.invalid', n: 4 })
  expect(sanitiser('output:email', strict({ type: 'string', enum: [mail] })).result(given)).toBeNull()
  expect(sanitiser('output:email', { $schema: 'urn:unknown' }).result(given)).toBeNull()
  expect(structured('output:phone', strict({ type: 'string', enum: [mail] }))).toEqual({ email: mail, n: 4 })
})

test('Whatever the schema asks for, structured content is valid or withheld, and never holds what was to go.', () => {
  const constraint = fc.oneof(
    fc.constant({}),
    fc.record({ minLength: fc.nat(40) }),
    fc.record({ maxLength: fc.nat(40) }),
    fc.constantFrom({ format: 'email' }, { format: 'uuid' }, { pattern: '@' }, { pattern: '^ann' }, { enum: [mail, 'x'] }, { const: mail }),
  )
  fc.assert(
    fc.property(constraint, fc.constantFrom('output:email', 'output:pii', 'output.email', 'output'), (more, redactions) => {
      const schema = strict({ type: 'string', ...(more as JsonObject) })
      const result = sanitiser(redactions, schema).result({ content: [text(mail)], structuredContent: { email: mail, n: 1 } })
      if (result === null) return
      expect(JSON.stringify(result)).not.toContain('ann@')
      expect(outputCheck(schema)(result['structuredContent'] as Json)).toBe(true)
    }),
  )
})

test('Several redactions add up, and each is counted by its own name; the counts hold no value.', () => {
  const both = sanitiser('input.body:pii, output.rows.*.email, output:employee-number')
  expect(both.arguments({ to: mail, body: `from ${mail}` })).toEqual({ to: mail, body: 'from [redacted:email]' })
  expect(both.result({ content: [text('by E123456')], structuredContent: rows })).toEqual({
    content: [text('by [redacted:employee-number]')],
    structuredContent: cleanRows,
  })
  expect(both.counts).toEqual({ 'input.body:email': 1, 'output.rows.*.email': 2, 'output:employee-number': 1 })
})

test('Arguments from which nothing is taken out are the very same object.', () => {
  const given = { to: 'x', body: 'y' }
  expect(sanitiser('input:pii, output').arguments(given)).toBe(given)
})

test('So many values that they could not be looked for in a text have it withheld.', () => {
  const many = Array.from({ length: 3000 }, (_, index) => `value-${index}`)
  const result = sanitiser('output.rows').result({ content: [text('x'.repeat(100_000))], structuredContent: { rows: many } })
  expect(result).toEqual({ content: [text('[redacted]')], structuredContent: { rows: [] } })
})
