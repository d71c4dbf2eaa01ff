import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wilsonInterval } from '../../src/evals/run/confidence.ts'

test('The interval is Wilson’s, as its tables give it.', () => {
  const round = (interval: readonly number[]): number[] => interval.map((value) => Math.round(value * 1e4) / 1e4)
  expect(round(wilsonInterval(8, 10))).toEqual([0.4902, 0.9433])
  expect(round(wilsonInterval(0, 10))).toEqual([0, 0.2775])
  expect(round(wilsonInterval(20, 20))).toEqual([0.8389, 1])
  expect(wilsonInterval(0, 0)).toEqual([0, 1])
})

test('The interval holds the observed share, narrows with more runs, and stays between 0 and 1.', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.double({ min: 0, max: 1, noNaN: true }), (runs, share) => {
      const passed = Math.round(share * runs)
      const [low, high] = wilsonInterval(passed, runs)
      expect(low).toBeGreaterThanOrEqual(0)
      expect(high).toBeLessThanOrEqual(1)
      expect(low).toBeLessThanOrEqual(passed / runs)
      expect(high).toBeGreaterThanOrEqual(passed / runs)
      const [lower, higher] = wilsonInterval(passed * 4, runs * 4)
      expect(higher - lower).toBeLessThan(high - low)
    }),
  )
})

test('Of many series of runs, the interval misses the true share in about 5 of 100.', () => {
  let seed = 7
  const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31
  let missed = 0
  for (let series = 0; series < 4000; series += 1) {
    const passed = Array.from({ length: 50 }, random).filter((value) => value < 0.7).length
    const [low, high] = wilsonInterval(passed, 50)
    if (low > 0.7 || high < 0.7) missed += 1
  }
  expect(missed / 4000).toBeGreaterThan(0.02)
  expect(missed / 4000).toBeLessThan(0.08)
})
