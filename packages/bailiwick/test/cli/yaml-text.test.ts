import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { commentText, yamlList, yamlMap, yamlScalar } from '../../src/cli/init/yaml-text.ts'

/** Texts of any code units, with what is special to YAML more often than chance would have it. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '\n',
        '\r',
        '\u0085',
        '\u2028',
        '\u001b[2J',
        '\u202e',
        '\ud800',
        '# ',
        ': ',
        '- ',
        '---',
        '"',
        "'",
        '\\',
        '{',
        '}',
        '[',
        ',',
        '*a',
        '&a',
        '!!x',
        '%',
        '\u{e0001}',
        'x',
        '\t',
        '\0',
      ),
    )
    .map((parts) => parts.join('')),
  fc.constantFrom('true', 'No', 'null', '~', '1e3', '0x10', '', ' ', '<<', '=', '2001-01-01', 'y', '.inf', '__proto__'),
)

test('A scalar reads back as the text that it was made from, in block and in flow.', () => {
  fc.assert(
    fc.property(hostile, hostile, (a, b) => {
      expect(parse(`k: ${yamlScalar(a)}\n`)).toEqual({ k: a })
      expect(parse(`k: ${yamlList([a, b])}\n`)).toEqual({ k: [a, b] })
      if (a !== b)
        expect([
          ...(parse(`k: ${yamlMap([[a, yamlScalar(b)]])}\n`, { mapAsMap: true }) as Map<string, Map<string, string>>).get('k')!,
        ]).toEqual([[a, b]])
    }),
    { numRuns: 1000 },
  )
})

test('A scalar and a comment stay on one line of printable characters.', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      for (const written of [yamlScalar(text), commentText(text)]) expect(written).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      expect(parse(`a: 1 # ${commentText(text)}\nb: 2\n`)).toEqual({ a: 1, b: 2 })
    }),
    { numRuns: 1000 },
  )
})
