import fc from 'fast-check'
import { expect, test } from 'vitest'
import { secretForms } from '../../../src/enforce/mcp/secret-forms.ts'
import { textWithout } from '../../../src/enforce/mcp/text-without.ts'

const letters = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 4, maxLength: 40 })

test('Whatever is hidden is in no text that is left, wherever it stood.', () => {
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 6 }), fc.array(letters, { maxLength: 8 }), (hidden, around) => {
      const text = around.flatMap((one, index) => [one, hidden[index % hidden.length] ?? '']).join('')
      const left = textWithout(hidden)(text)
      for (const one of hidden) expect(left.includes(one)).toBe(false)
      if (!hidden.some((one) => text.includes(one))) expect(left).toBe(text)
    }),
    { numRuns: 2000 },
  )
})

test.each([
  { secret: 'Bearer abcdefgh-12345678', part: 'abcdefgh-12345678' },
  { secret: 'Basic dXNlcjpwYXNzd29yZC0xMjM0', part: 'password-1234' },
  { secret: 'postgres://app:p%40ssword-1234@db.internal/app', part: 'p@ssword-1234' },
  { secret: '-----BEGIN KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1h\n-----END KEY-----', part: 'MC4CAQAwBQYDK2VwBCIEIJ1h' },
])('Of `$secret`, what is the secret proper is known alone as well.', ({ secret, part }) => {
  const clean = textWithout(secretForms(secret))
  expect(clean(`it is ${part}!`)).toBe('it is [secret]!')
  expect(clean(`it is ${Buffer.from(part).toString('hex')}!`)).toBe('it is [secret]!')
})

test('Short texts are no secrets: what stands in any text by chance is left alone.', () => {
  expect(secretForms('abc')).toEqual([])
  expect(secretForms('abcd')).toEqual(['abcd'])
})

test('A thousand secrets take no longer to look for in a megabyte than a moment.', () => {
  const clean = textWithout(Array.from({ length: 1000 }, () => crypto.randomUUID().repeat(3)).flatMap(secretForms))
  const text = Array.from({ length: 30_000 }, () => crypto.randomUUID()).join('')
  const start = performance.now()
  expect(clean(text)).toBe(text)
  expect(performance.now() - start).toBeLessThan(1000)
})
