import fc from 'fast-check'
import { expect, test } from 'vitest'
import { durationPattern, durationText, milliseconds } from '../../src/model/quantity.ts'

const second = 1000
const day = 86_400_000

test('A duration is written in its largest exact unit.', () => {
  const written = [1, 1500, 90 * second, 1_799_000, 17 * 60 * second, 2 * 3600 * second, 7 * day, 36 * 3600 * second].map(durationText)
  expect(written).toEqual(['1ms', '1500ms', '90s', '1799s', '17m', '2h', '7d', '36h'])
})

test('A duration that is written can always be read: as the same where six digits of some unit hold it, as little more as can be where none do.', () => {
  const some = fc.oneof(
    fc.nat(2_000_000),
    fc.nat(2_000_000).map((seconds) => seconds * second),
    fc.double({ min: 0, max: 1e18, noNaN: true }),
  )
  fc.assert(
    fc.property(some, (duration) => {
      const text = durationText(duration)
      expect(text).toMatch(durationPattern)
      const read = milliseconds(text)
      if (Number.isInteger(duration) && (duration <= 999_999 || (duration % second === 0 && duration <= 999_999 * second)))
        expect(read).toBe(duration)
      else if (duration <= 999_999 * day) expect(read).toBeGreaterThanOrEqual(duration)
      else expect(text).toBe('999999d')
      if (duration <= 999_999 * second) expect(read - duration).toBeLessThan(second)
    }),
    { numRuns: 2000 },
  )
})
