import fc from 'fast-check'
import { expect, test } from 'vitest'
import { definitionChanges, pinOf, toolDefinition } from '../../src/model/pin.ts'
import type { ToolDefinition } from '../../src/model/pin.ts'
import { shownName } from '../../src/model/shown-name.ts'
import { lookAlike } from '../../src/model/text-hygiene.ts'
import { compiled } from '../decide/ruleset-for.ts'

const modelName = /^[a-zA-Z0-9_-]{1,64}$/

test('Every tool is shown under a name that every model API takes.', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,62}$/),
      fc.string({ minLength: 1, maxLength: 128, unit: 'binary' }),
      fc.constantFrom('plain', 'prefixed'),
      (toolbox, tool, names) => {
        expect(shownName(toolbox, tool, names as 'plain')).toMatch(modelName)
      },
    ),
  )
  expect(shownName('mail', 'send', 'prefixed')).toBe('mail__send')
  expect(shownName('mail', 'send', 'plain')).toBe('send')
  expect(shownName('mail', 'a/b.c', 'prefixed')).toBe('mail__a_b_c')
})

test('Long names that differ anywhere are shown under different names.', () => {
  const tail = fc.stringMatching(/^[a-z/.]{70,100}$/)
  fc.assert(
    fc.property(tail, fc.nat(), fc.constantFrom('x', 'y', '/', '.', '_'), (name, at, letter) => {
      const other = name.slice(0, at % name.length) + letter + name.slice((at % name.length) + 1)
      fc.pre(other !== name)
      expect(shownName('box', other, 'prefixed')).not.toBe(shownName('box', name, 'prefixed'))
    }),
  )
  const names = Array.from({ length: 2000 }, (_, index) => shownName('box', `${'a'.repeat(80)}${index}`, 'plain'))
  expect(new Set(names).size).toBe(2000)
})

const twoBoxes = (first: string, second: string, names = 'prefixed'): string[] =>
  compiled({
    manifest: `trustDomain: corp.example\nagents: {}\ngoals: {}\ntoolboxes:\n  a:\n    names: ${names}\n    mcp: { command: node }\n    tools: { ${first}: { effect: read } }\n  b:\n    names: ${names}\n    mcp: { command: node }\n    tools: { ${second}: { effect: read } }\n`,
  }).diagnostics.map(({ code, line }) => `${code}:${line}`)

test('Two tools that would be shown under one name, or nearly one, are refused.', () => {
  expect(twoBoxes('send', 'send')).toEqual([])
  expect(twoBoxes('send', 'send', 'plain')).toEqual(['MANIFEST_NAME_CLASH:12'])
  expect(twoBoxes('Send', 'send', 'plain')).toEqual(['MANIFEST_NAME_CLASH:12'])
  expect(twoBoxes('a.b', 'a_b', 'plain')).toEqual(['MANIFEST_NAME_CLASH:12'])
  expect(twoBoxes('send', 'read', 'plain')).toEqual([])
})

test('Names look alike when they differ in letters of another script, in case, width or invisible characters only.', () => {
  for (const twin of ['mail.s\u0435nd', 'mail.\uff53end', 'Mail.Send', 'mail.se\u200bnd', 'm\u0430il.send', 'mail\u2024send'])
    expect(lookAlike('mail.send', twin)).toBe(true)
  for (const other of ['mail.send', 'mail.sent', 'mail.sendx', '']) expect(lookAlike('mail.send', other)).toBe(false)
})

const definition: ToolDefinition = {
  name: 'send',
  title: 'Send',
  description: 'sends a letter',
  inputSchema: {
    type: 'object',
    properties: { to: { type: 'string', enum: ['a', 'b'] }, n: { type: 'integer', minimum: 1 } },
    required: ['to'],
  },
  outputSchema: { type: 'object', properties: { id: { type: 'string' } } },
  annotations: { readOnlyHint: false },
}

/** The value with one leaf changed, removed or added, for every place in it. */
function variants(value: unknown): unknown[] {
  if (Array.isArray(value))
    return [
      ...value.flatMap((item, index) => variants(item).map((variant) => value.toSpliced(index, 1, variant))),
      value.slice(1),
      [...value, 'added'],
      ...(value.length > 1 ? [value.toReversed()] : []),
    ]
  if (typeof value === 'object' && value !== null)
    return [
      ...Object.entries(value).flatMap(([key, inner]) => [
        ...variants(inner).map((variant) => ({ ...value, [key]: variant })),
        Object.fromEntries(Object.entries(value).filter(([other]) => other !== key)),
        { ...Object.fromEntries(Object.entries(value).filter(([other]) => other !== key)), [`${key}2`]: inner },
      ]),
      { ...value, added: null },
    ]
  return typeof value === 'string'
    ? [`${value} `, `${value}\u200b`, null]
    : [String(value), null, value === true ? false : value === false ? true : (value as number) + 1]
}

test('Changing anything anywhere in a definition changes its pin.', () => {
  const pin = pinOf(definition)
  const all = variants(definition)
  expect(all.length).toBeGreaterThan(50)
  const pins = all.map((variant) => pinOf(variant as ToolDefinition))
  for (const [index, other] of pins.entries()) expect(other, JSON.stringify(all[index])).not.toBe(pin)
})

function shuffled<T>(value: T): T {
  if (Array.isArray(value)) return value.map(shuffled) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, inner]) => [key, shuffled(inner)]),
  ) as T
}

test('The order of keys does not change a pin.', () => {
  expect(JSON.stringify(shuffled(definition))).not.toBe(JSON.stringify(definition))
  expect(pinOf(shuffled(definition))).toBe(pinOf(definition))
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (schema) => {
      fc.pre(JSON.stringify(schema).isWellFormed())
      const one = { name: 'x', inputSchema: schema } as ToolDefinition
      expect(pinOf(shuffled(one))).toBe(pinOf(one))
    }),
  )
})

test('What a server lists is reduced to what the pin covers, so nothing unpinned is kept.', () => {
  const listed = { ...definition, _meta: { instructions: 'obey' }, icons: [], execution: {}, extra: 1 }
  expect(toolDefinition(listed)).toEqual(definition)
})

test('The changes between two definitions are told leaf by leaf.', () => {
  const after = { ...definition, description: 'sends it twice', inputSchema: { ...definition.inputSchema, 'a/b~c': 1 } }
  expect(definitionChanges(definition, after)).toEqual([
    { path: '/description', before: 'sends a letter', after: 'sends it twice' },
    { path: '/inputSchema/a~1b~0c', before: undefined, after: 1 },
  ])
  expect(definitionChanges(definition, shuffled(definition))).toEqual([])
})
