/** The value of the standard normal distribution that 95 of 100 lie within. */
const z = 1.959963984540054

/**
 * The interval that holds the true share of passing runs with 95 % confidence, given how many of some runs passed (Wilson's score interval,
 * 1927, which does not fall together where all or none pass). Both ends lie between 0 and 1.
 */
export function wilsonInterval(passed: number, runs: number): readonly [low: number, high: number] {
  if (runs === 0) return [0, 1]
  const share = passed / runs
  const scale = 1 + z ** 2 / runs
  const middle = (share + z ** 2 / (2 * runs)) / scale
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / runs + z ** 2 / (4 * runs ** 2))
  return [passed === 0 ? 0 : Math.max(0, middle - half), passed === runs ? 1 : Math.min(1, middle + half)]
}
