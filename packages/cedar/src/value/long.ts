/**
 * A 64-bit signed integer: a number within ±(2⁵³ − 1), a bigint outside. Every long has exactly one form,
 * so `===` compares longs, and JavaScript's `<` is exact between the two forms.
 */
export type Long = number | bigint

const least = -(2n ** 63n)
const greatest = 2n ** 63n - 1n

/** The long equal to an integer; null when it does not fit 64 bits. */
export function toLong(integer: bigint): Long | null {
  if (integer < least || integer > greatest) return null
  const number = Number(integer)
  return Number.isSafeInteger(number) ? number : integer
}

/** `a + b`; null on overflow, as for the other operations. */
export function add(a: Long, b: Long): Long | null {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    if (Number.isSafeInteger(sum)) return sum
  }
  return toLong(BigInt(a) + BigInt(b))
}

export function subtract(a: Long, b: Long): Long | null {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b
    if (Number.isSafeInteger(difference)) return difference
  }
  return toLong(BigInt(a) - BigInt(b))
}

export function multiply(a: Long, b: Long): Long | null {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b
    // Adding zero turns -0 into 0.
    if (Number.isSafeInteger(product)) return product + 0
  }
  return toLong(BigInt(a) * BigInt(b))
}

export function negate(a: Long): Long | null {
  return typeof a === 'number' ? 0 - a : toLong(-a)
}

/** The remainder of division, with the sign of the dividend. */
export function remainder(a: Long, divisor: number): number {
  return typeof a === 'number' ? (a % divisor) + 0 : Number(a % BigInt(divisor))
}

/** The quotient of division, rounded towards zero. */
export function quotient(a: Long, divisor: number): Long {
  if (typeof a === 'number') return (a - (a % divisor)) / divisor + 0
  const exact = a / BigInt(divisor)
  return toLong(exact) ?? exact
}
