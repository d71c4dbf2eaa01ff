import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { kindDetectors } from '../../../src/enforce/redact/kind-detectors.ts'
import { redactText } from '../../../src/enforce/redact/redact-text.ts'
import { searchPattern } from '../../../src/model/regular-expression.ts'
import { redactedText } from './redacted.ts'

const pem = '-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----'
const digits = (length: number): string => '0123456789'.repeat(20).slice(0, length)
const hex = (length: number): string => '0a1b2c3d4e5f6789'.repeat(10).slice(0, length)
const mixed = (length: number): string => 'aB3dE5gH7jK9'.repeat(30).slice(0, length)

const examples: Readonly<Record<string, readonly string[]>> = {
  email: [
    'ann@corp.example',
    "o'neil.x+y@mail.corp.example",
    'jörg@müller.example',
    'a@xn--mller-kva.example',
    '"john doe"@corp.example',
    'a@[192.0.2.1]',
    '用户@例子.公司',
  ],
  phone: [
    '+49 30 901820',
    '+49 (0)30 901820',
    '+1-202-555-0123',
    '+442079460958',
    '0049 30 901820',
    '(212) 555-0123',
    '212.555.0123',
    '1-212-555-0123',
    '020 7946 0958',
    '030/901820-12',
    '01 44 27 11 11',
  ],
  iban: [
    'DE89370400440532013000',
    'DE89 3704 0044 0532 0130 00',
    'gb29 nwbk 6016 1331 9268 19',
    'NO93-8601-1117-947',
    'MT84MALT011000012345MTLCAST001S',
  ],
  card: [
    '4111111111111111',
    '4111 1111 1111 1111',
    '3782-822463-10005',
    '5500.0000.0000.0004',
    '6011 1111 1111 1117',
    '3530111333300000',
    '2223003122003222',
    '4111 - 1111 - 1111 - 1111',
    '6200000000000005',
  ],
  secret: [
    'AKIAIOSFODNN7EXAMPLE',
    `aws_secret_access_key = ${mixed(40)}`,
    `ghp_${mixed(36)}`,
    `gho_${mixed(36)}`,
    `github_pat_${mixed(60)}`,
    `glpat-${mixed(20)}`,
    `xoxb-${digits(12)}-${mixed(24)}`,
    `sk_live_${mixed(24)}`,
    `rk_live_${mixed(24)}`,
    `AIza${mixed(35)}`,
    `sk-proj-${mixed(48)}`,
    `sk-ant-api03-${mixed(80)}`,
    `npm_${mixed(36)}`,
    `pypi-${mixed(80)}`,
    `SG.${mixed(22)}.${mixed(43)}`,
    `SK${hex(32)}`,
    `hf_${mixed(34)}`,
    `eyJ${mixed(20)}.eyJ${mixed(20)}.${mixed(43)}`,
    pem,
    `Bearer ${mixed(40)}`,
    `AccountKey=${mixed(86)}==`,
  ],
  'employee-number': ['E123456'],
}

test.each(Object.entries(examples).flatMap(([kind, values]) => values.map((value) => [kind, value] as const)))(
  'Of the kind %s, %s is found alone, in a sentence, in brackets and at the ends of lines.',
  (kind, value) => {
    const mark = `[redacted:${kind}]`
    expect(redactedText(value, kind)).toBe(mark)
    for (const [before, after] of [
      ['it is ', ' now'],
      ['(', ')'],
      ['a\n', '\nb'],
      ['"x":"', '"'],
      ['x, ', ', y'],
    ])
      expect(redactedText(`${before}${value}${after}`, kind)).toBe(`${before}${mark}${after}`)
  },
)

test.each([
  ['pii', 'on 2026-01-02 at 10:30, 01.02.2026 10:30, 02/01/2026 and 1767312000'],
  ['pii', 'paid 1,234.56 of 1234567890 for order 0000123456789 and 202-100-12'],
  ['pii', '192.168.10.20 and v1.22.333-4444; 550e8400-e29b-41d4-a716-446655440000'],
  ['pii', 'git@ github, @ann, a@b, x @ y.z, @@, name@localhost'],
  ['pii', '1699999999999 and 4111111111111112 and 41111111111111111111'],
  ['pii', 'DE00370400440532013000 and DEAD BEEF 1234 5678 9012 34'],
  ['secret', 'a task-oriented-approach-with-many-parts, a bearer authentication-mechanism, eyJ, sk-learn-extensions-and-more'],
  ['secret', 'https://corp.example:8443/a@b http://h/x:y'],
  ['secret', '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----'],
])('Nothing of the kind %s is found in: %s', (kind, text) => {
  expect(redactedText(text, kind)).toBe(text)
})

test('Credentials in a URL are taken out of it, the host stays.', () => {
  expect(redactedText('see https://ann:s3cr3t@corp.example/x', 'secret')).toBe('see https://[redacted:secret]@corp.example/x')
})

test('A secret that is glued to other letters is found all the same.', () => {
  for (const secret of [
    `ghp_${mixed(36)}`,
    'AKIAIOSFODNN7EXAMPLE',
    `eyJ${mixed(20)}.eyJ${mixed(20)}.${mixed(43)}`,
    `sk-ant-api03-${mixed(80)}`,
  ])
    expect(redactedText(`token${secret}`, 'secret')).not.toContain(secret.slice(-16))
})

test('A private key without an end is taken out to the end of the text.', () => {
  expect(redactedText('x -----BEGIN PRIVATE KEY-----\nMIIE', 'secret')).toBe('x [redacted:secret]')
})

/** Ways of writing that a reader, or a program that normalises, reads as the same. */
const tricks: Readonly<Record<string, (value: string) => string>> = {
  plain: (value) => value,
  'full width': (value) => value.replaceAll(/[!-~]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0)),
  'zero-width spaces': (value) => [...value].join('\u200b'),
  'soft hyphens': (value) => [...value].join('\u00ad'),
  'word joiners and marks': (value) => [...value].join('\u2060\u034f'),
  'mathematical digits': (value) => value.replaceAll(/\d/g, (digit) => String.fromCodePoint(0x1d7d8 + Number(digit))),
  'Arabic digits': (value) => value.replaceAll(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit))),
  'JSON escapes': (value) => value.replaceAll(/[^]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`),
  'percent signs': (value) => value.replaceAll(/[@+ -]/g, (one) => `%${one.charCodeAt(0).toString(16)}`),
  'HTML references': (value) => value.replaceAll(/[^]/g, (one) => `&#${one.charCodeAt(0)};`),
  'other dashes and spaces': (value) => value.replaceAll('-', '\u2011').replaceAll(' ', '\u00a0'),
  'control characters': (value) => [...value].join('\u0000'),
}

const ascii = Object.entries(examples).flatMap(([kind, values]) =>
  values.filter((value) => /^[ -~]+$/.test(value)).map((value) => [kind, value] as const),
)
/** Text that is nothing itself and ends at a border. */
const filler = fc
  .array(fc.constantFrom('word', 'Ünï', '😀', 'the end', '(x)', '…', 'ß?', '"q"', '日本'), { maxLength: 6 })
  .map((words) => words.join(' '))

test('A planted value never survives, however it is written, and the text around it stays as it was.', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ascii),
      fc.constantFrom(...Object.keys(tricks)),
      filler,
      filler,
      ([kind, value], trick, before, after) => {
        const written = (tricks[trick] as (text: string) => string)(value)
        const redacted = redactedText(`${before} ${written} ${after}`, kind)
        expect(redacted, `${kind} by ${trick}: ${written}`).toBe(`${before} [redacted:${kind}] ${after}`)
      },
    ),
    { numRuns: 2000 },
  )
})

test('Redacting what is redacted already changes nothing, whatever the text.', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.constantFrom(...ascii.map(([, value]) => value), ' ', '@', '+', '0', '.', '[redacted:email]'),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.constantFrom('pii', 'secret', 'employee-number'), (pieces, kind) => {
      const once = redactedText(pieces.join(''), kind)
      expect(redactedText(once, kind)).toBe(once)
    }),
    { numRuns: 2000 },
  )
})

test('Several planted values are all found, and as many are counted.', () => {
  const of = (kind: string): fc.Arbitrary<string> => fc.constantFrom(...(examples[kind] as readonly string[]))
  fc.assert(
    fc.property(fc.array(fc.oneof(of('email'), of('iban'), of('card')), { minLength: 1, maxLength: 20 }), (values) => {
      const redacted = redactedText(values.join(' ; '), 'pii')
      expect(redacted.split(' ; ')).toHaveLength(values.length)
      expect(redacted.replaceAll(/\[redacted:(?:email|iban|card|phone)\]/g, '').replaceAll(' ; ', '')).toBe('')
    }),
  )
})

test('A placeholder is found to be nothing again, so that each value is counted once.', () => {
  const found: string[] = []
  const detectors = kindDetectors(new Map([['word', searchPattern('redacted|secret')]]))
  const count = (text: string, kind: string): string => redactText(text, kind, detectors, (_, value) => found.push(value))
  expect(count('https://ann:s3cr3t@corp.example/x', 'secret')).toBe('https://[redacted:secret]@corp.example/x')
  expect(count('a secret is [redacted] and [redacted:email]', 'word')).toBe('a [redacted:word] is [redacted] and [redacted:email]')
  expect(found).toEqual(['ann:s3cr3t', 'secret'])
})

test('A placeholder that is none hides nothing.', () => {
  expect(redactedText(`[redacted:glpat-${'a1'.repeat(12)}]`, 'secret')).toBe('[redacted:[redacted:secret]]')
})

const size = 1_000_000
const repeated = (text: string): string => text.repeat(Math.ceil(size / text.length))
test.each([
  '4',
  '1 ',
  '4 ',
  'a@',
  '@',
  '+',
  '+1 ',
  '00 ',
  '01 ',
  '\\',
  '%40',
  'DE89',
  'eyJ',
  'eyJaaaaaaaa.',
  'sk-a1',
  '-----BEGIN PRIVATE KEY-----',
  '://',
  '://a:',
  'bearer ',
  '\u200b',
  '４',
  `sk-${'a1-'.repeat(100)}`,
  '[',
  '"',
  '[redacted]',
])('A megabyte of %j is looked through in seconds, not in minutes.', (text) => {
  const started = performance.now()
  for (const kind of ['pii', 'secret', 'employee-number']) redactedText(repeated(text), kind)
  expect(performance.now() - started).toBeLessThan(20_000)
})
