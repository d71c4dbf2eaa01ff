import fc from 'fast-check'
import { expect, test } from 'vitest'
import { add, multiply, negate, quotient, remainder, subtract, toLong } from '../src/value/long.ts'
import type { Long } from '../src/value/long.ts'
import { agreed, outcome } from './evaluate.ts'

const greatest = 2n ** 63n - 1n
const least = -(2n ** 63n)
const long: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: least, max: greatest }),
  fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }),
  fc.bigInt({ min: -10n, max: 10n }),
  fc.constantFrom(least, least + 1n, greatest, 2n ** 53n, 2n ** 53n - 1n, 2n ** 53n + 1n, 3_037_000_499n, 3_037_000_500n),
)
const exact = (value: Long | null): bigint | null => (value === null ? null : BigInt(value))

test('Arithmetic on longs is that of integers, and null exactly where 64 bits overflow', () => {
  fc.assert(
    fc.property(long, long, (a, b) => {
      const [x, y] = [toLong(a) as Long, toLong(b) as Long]
      for (const [work, result] of [
        [add, a + b],
        [subtract, a - b],
        [multiply, a * b],
      ] as const)
        expect(exact(work(x, y))).toBe(result > greatest || result < least ? null : result)
      expect(exact(negate(x))).toBe(a === least ? null : -a)
      expect(exact(quotient(x, 86_400_000))).toBe(a / 86_400_000n)
      expect(BigInt(remainder(x, 1000))).toBe(a % 1000n)
      expect(x < y).toBe(a < b)
      expect(x === y).toBe(a === b)
    }),
    { numRuns: 5000 },
  )
})

test('A long has one form: a number where that is exact, a bigint elsewhere, never -0', () => {
  expect(toLong(2n ** 53n - 1n)).toBe(Number.MAX_SAFE_INTEGER)
  expect(toLong(2n ** 53n)).toBe(2n ** 53n)
  expect(Object.is(multiply(0, -5), 0)).toBe(true)
  expect(Object.is(negate(0), 0)).toBe(true)
})

test('Overflow at both ends of 64 bits is an error of the policy', () => {
  expect(
    agreed([
      '9223372036854775807 + 0 == 9223372036854775807',
      '9223372036854775807 + 1 == 0',
      '-9223372036854775808 - 1 == 0',
      '-9223372036854775808 * -1 == 0',
      '-9223372036854775808 + 9223372036854775807 == -1',
      '-(-9223372036854775808) == 0',
      '--9223372036854775808 == 0',
      '3037000500 * 3037000500 == 0',
      '3037000499 * 3037000499 == 9223372030926249001',
      '4611686018427387904 * -2 == -9223372036854775808',
    ]),
  ).toMatchObject({
    '9223372036854775807 + 0 == 9223372036854775807': true,
    '9223372036854775807 + 1 == 0': 'error',
    '-9223372036854775808 - 1 == 0': 'error',
    '-9223372036854775808 * -1 == 0': 'error',
    '-9223372036854775808 + 9223372036854775807 == -1': true,
    '-(-9223372036854775808) == 0': 'error',
    '--9223372036854775808 == 0': 'error',
    '3037000500 * 3037000500 == 0': 'error',
    '3037000499 * 3037000499 == 9223372030926249001': true,
    '4611686018427387904 * -2 == -9223372036854775808': true,
  })
})

test('Literals beyond 2^53 are exact, though the parser gives them rounded', () => {
  expect(outcome('9007199254740993 == 9007199254740992')).toBe(false)
  expect(outcome('9007199254740993 == 9007199254740992 + 1')).toBe(true)
  expect(outcome('-9007199254740993 == -9007199254740992')).toBe(false)
  expect(outcome('"9007199254740993 \\" 1" == context.s && /* */ 1 == 1'.replace('/* */ ', ''), { s: '9007199254740993 " 1' })).toBe(true)
  expect(outcome('context.n == 9007199254740993 // 9007199254740995\n', { n: 9007199254740993n })).toBe(true)
  expect(outcome('{a1: 1, a9007199254740993: 9007199254740993}.a9007199254740993 == 1 + 9007199254740992')).toBe(true)
})

test('An integer that may have been rounded before it came here is refused', () => {
  expect(() => outcome('true', { n: 2 ** 53 })).toThrow('the context.n: `9007199254740992` may have been rounded')
  expect(() => outcome('true', { n: 2n ** 63n })).toThrow('does not fit a 64-bit long')
  expect(() => outcome('true', { n: 0.5 })).toThrow('not an integer')
})
