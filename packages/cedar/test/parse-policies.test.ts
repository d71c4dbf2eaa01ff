import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CedarError, parsePolicies } from '../src/index.ts'
import { fromByteOffset } from '../src/source-offset.ts'

const permit = 'permit(principal, action, resource);'

function findings(text: string): CedarError['findings'] {
  try {
    parsePolicies(text)
  } catch (error) {
    if (error instanceof CedarError) return error.findings
    throw error
  }
  return []
}

test('An empty text, blanks and comments hold no policy.', () => {
  for (const text of ['', '  \n', '// permit(principal, action, resource);\n']) expect(parsePolicies(text)).toEqual([])
})

test('Policies come in the order of the text, however many there are, each with its place, effect and annotations.', () => {
  const texts = Array.from(
    { length: 25 },
    (_, index) =>
      `@id("p${index}")\n${index % 2 === 0 ? 'permit' : 'forbid'}(principal, action, resource)\nwhen { context.n == ${index} };`,
  )
  const whole = texts.map((text, index) => `// \u00e9\u{1f600} policy ${index}: ${text.split('\n')[1]};\n${text}\n\n`).join('')
  const parsed = parsePolicies(whole)
  expect(parsed.map(({ text }) => text)).toEqual(texts)
  expect(parsed.map(({ annotations }) => annotations['id'])).toEqual(texts.map((_, index) => `p${index}`))
  for (const { text, offset } of parsed) expect(whole.slice(offset, offset + text.length)).toBe(text)
  expect(parsed[1]).toMatchObject({ effect: 'forbid', json: { effect: 'forbid' } })
})

test('A policy that also stands in a comment before it, or twice, is found where it is.', () => {
  expect(parsePolicies(`// ${permit}\n${permit}`).map(({ offset }) => offset)).toEqual([40])
  expect(parsePolicies(`${permit}${permit}\n${permit}`).map(({ offset }) => offset)).toEqual([0, 36, 73])
  const inside = 'permit(principal, action, resource) // ; }\n when { context.s == "// no; comment" };'
  expect(parsePolicies(`${inside}\r\n\t${permit}`).map(({ offset }) => offset)).toEqual([0, inside.length + 3])
})

test('For any mixture of policies, blanks and comments, the parts are slices of the text in order.', () => {
  const policy = fc.constantFrom(
    permit,
    'forbid(principal, action, resource) when { context has "\u00e9;" };',
    '@id("a // b") permit(principal, action, resource) unless { false };',
    `@message("${permit}") ${permit}`,
  )
  const between = fc.constantFrom('', ' ', '\n', '\r\n', '\t', '\n\n', `// ${permit}\n`, '//\n', '// \u{1f600}\n', '// "\n')
  fc.assert(
    fc.property(fc.array(fc.tuple(between, policy), { maxLength: 14 }), between, (parts, end) => {
      const text = parts.map(([before, one]) => before + one).join('') + end
      let from = 0
      const expected = parts.map(([before, one]) => {
        const offset = from + before.length
        from = offset + one.length
        return { text: one, offset }
      })
      expect(parsePolicies(text).map(({ text: one, offset }) => ({ text: one, offset }))).toEqual(expected)
    }),
    { numRuns: 200 },
  )
})

test('An annotation without a value is the empty text.', () => {
  expect(parsePolicies(`@advice @id("x") ${permit}`)[0]?.annotations).toEqual({ advice: '', id: 'x' })
})

test('Layout, comments and the order of annotations make no difference to the JSON form; meaning does.', () => {
  const json = (text: string): unknown => parsePolicies(text)[0]?.json
  const plain = json('@a("1") @b("2") permit(principal, action, resource) when { context.x };')
  expect(json('@b("2")\n@a("1")\n// why\npermit (\n principal , action,resource )when{context.x};')).toEqual(plain)
  for (const other of [
    '@a("1") @b("3") permit(principal, action, resource) when { context.x };',
    '@a("1") @b("2") forbid(principal, action, resource) when { context.x };',
    '@a("1") @b("2") permit(principal, action, resource) when { context.y };',
    '@a("1") @b("2") permit(principal, action, resource) unless { context.x };',
  ])
    expect(json(other)).not.toEqual(plain)
})

test('A syntax error has its place, counted in UTF-16 units.', () => {
  const text = `// \u00e9\u{1f600}\n${permit}\npermit(principal action, resource);`
  const [finding, ...more] = findings(text)
  expect(more).toEqual([])
  expect(text.slice(finding!.start!, finding!.end!)).toBe('action')
})

test('A template is refused in its place.', () => {
  const template = 'permit(principal == ?principal, action, resource);'
  const [finding] = findings(`${permit}\n${template}`)
  expect(finding).toMatchObject({ start: permit.length + 1, end: permit.length + 1 + template.length })
  expect(finding?.help).not.toBeNull()
})

test('Any text is parsed or refused with a CedarError that has findings.', () => {
  const piece = fc.constantFrom(
    'permit',
    'forbid',
    '(',
    ')',
    'principal',
    'action',
    'resource',
    ',',
    ';',
    'when',
    '{',
    '}',
    '@id("x")',
    '"',
    '//',
    '\n',
    ' ',
    '?principal',
    '\u{1f600}',
    '\0',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(piece).map((pieces) => pieces.join('')),
      ),
      (text) => {
        try {
          expect(Array.isArray(parsePolicies(text))).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(CedarError)
          expect((error as CedarError).findings.length).toBeGreaterThan(0)
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('An offset in bytes becomes the same place in UTF-16 units.', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), (text, seed) => {
      const characters = [...text]
      const before = characters.slice(0, characters.length === 0 ? 0 : seed % characters.length).join('')
      expect(fromByteOffset(text, Buffer.byteLength(before))).toBe(before.length)
    }),
  )
  expect(fromByteOffset('ab', 99)).toBe(2)
  expect(fromByteOffset('', 0)).toBe(0)
})
