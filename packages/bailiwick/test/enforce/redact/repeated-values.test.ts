import { expect, test } from 'vitest'
import { withoutLiterals } from '../../../src/enforce/redact/remove-literals.ts'
import { Sanitiser } from '../../../src/enforce/redact/sanitiser.ts'
import type { Json, JsonObject } from '../../../src/model/json.ts'
import { outputCheck } from '../../../src/model/output-check.ts'
import { ownPatterns, redaction } from './redacted.ts'

function structured(redactions: string, given: JsonObject, schema?: JsonObject): Json | undefined {
  const check = schema === undefined ? null : outputCheck(schema)
  const sanitiser = new Sanitiser(redactions.split(', ').map(redaction), ownPatterns, check)
  const result = sanitiser.result({ content: [], structuredContent: given })
  return result === null ? null : result['structuredContent']
}

function without(text: string, value: string): string {
  return withoutLiterals(text, new Set([value]), { numbers: false, instead: (rest) => rest })
}

test('What a path leads to is taken out of the other texts of structured content as well, in whatever case, also within lists and JSON.', () => {
  const letter = 'I am Ines, INES Moreau. Business as usual.'
  const given = { givenName: 'Ines', letter, notes: ['of Ines', { deep: 'ines' }], json: '{"by":"Ines","n":1}', other: 'x', count: 3 }
  expect(structured('output.givenName', given)).toEqual({
    givenName: '[redacted]',
    letter: 'I am [redacted], [redacted] Moreau. Business as usual.',
    notes: ['of [redacted]', { deep: '[redacted]' }],
    json: '{"by":"[redacted]","n":1}',
    other: 'x',
    count: 3,
  })
})

test('Keys, equal numbers, and values of yes and no are left as they are.', () => {
  const given = { salary: 5000, ready: true, score: 5000, Ines: 1, name: 'Ines', words: 'true: 5000 for Ines' }
  expect(structured('output.salary, output.ready, output.name', given)).toEqual({
    salary: 0,
    ready: false,
    score: 5000,
    Ines: 1,
    name: '[redacted]',
    words: 'true: [redacted] for [redacted]',
  })
})

test('A kind at the whole output finds what it finds though a path took a part of it out.', () => {
  const given = { name: 'ines', email: 'ines@corp.example' }
  expect(structured('output.name, output:email', given)).toEqual({ name: '[redacted]', email: '[redacted:email]' })
})

const schema = (letter: JsonObject): JsonObject => ({
  type: 'object',
  properties: { name: { type: 'string' }, letter },
  additionalProperties: false,
})

test('The structured content still fits its schema: a form is kept by a value of that form, and where nothing fits all is withheld.', () => {
  const mailed = { name: 'Ines', letter: 'ines@corp.example' }
  expect(structured('output.name', mailed, schema({ type: 'string' }))).toEqual({ name: '[redacted]', letter: '[redacted]@corp.example' })
  expect(structured('output.name', mailed, schema({ type: 'string', format: 'email' }))).toEqual({
    name: '[redacted]',
    letter: 'redacted@redacted.invalid',
  })
  expect(structured('output.name', { name: 'Open', letter: 'open' }, schema({ enum: ['open', 'closed'] }))).toBeNull()
  expect(structured('output.name', { name: 'Ines', letter: 'closed' }, schema({ enum: ['open', 'closed'] }))).toEqual({
    name: '[redacted]',
    letter: 'closed',
  })
})

test('Structured content in which nothing is repeated is the very same, also where its tool does not keep its promise.', () => {
  const given = { letter: 'x', extra: 1 }
  expect(structured('output.name', given, schema({ type: 'string' }))).toBe(given)
})

test.each([
  ['Ines is here, said Ines.', '[redacted] is here, said [redacted].'],
  ['business, Inesita, Agnes-Ines', 'business, Inesita, Agnes-[redacted]'],
  ['Ines’s; (Ines) "Ines"_Ines/Ines', '[redacted]’s; ([redacted]) "[redacted]"_[redacted]/[redacted]'],
  ['Ines2 2Ines Inesé éInes Инес', 'Ines2 2Ines Inesé éInes Инес'],
  ['In\u200bes I\u00adnes ＩＮＥＳ', '[redacted] [redacted] [redacted]'],
  ['\u{1d400}Ines Ines\u{1d400} 🙂Ines🙂', '\u{1d400}Ines Ines\u{1d400} 🙂[redacted]🙂'],
  ['bInes Ines', 'bInes [redacted]'],
])('A value is taken out as a word of its own, not inside another: %s', (text, rest) => {
  expect(without(text, 'Ines')).toBe(rest)
})

test('In scripts without blanks between words a value is taken out wherever it stands.', () => {
  expect(without('担当は田中太郎です', '田中太郎')).toBe('担当は[redacted]です')
  expect(without('山田の山田さん', '山田さ')).toBe('山田の[redacted]ん')
})

test('Values that begin or end otherwise than a word have no border there; short ones are not looked for.', () => {
  expect(without('call+44 20 7946now', '+44 20 7946')).toBe('call+44 20 7946now')
  expect(without('call+44 20 7946 now', '+44 20 7946')).toBe('call[redacted] now')
  expect(without('Al and Jo', 'Jo')).toBe('Al and Jo')
  expect(without('Al and Joe', 'Joe')).toBe('Al and [redacted]')
})

test('A text that holds a value in more places than it could be a word is gone through once.', () => {
  const start = performance.now()
  expect(without('a'.repeat(3_000_000), 'a'.repeat(5000))).toHaveLength(3_000_000)
  expect(performance.now() - start).toBeLessThan(2000)
})
