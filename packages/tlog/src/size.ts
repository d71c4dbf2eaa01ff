/** True for a number of leaves or an index: a whole number from 0 to 2^53 - 1. */
export function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** Throws `RangeError` if `value` is not a whole number from `min` to `max`. */
export function assertSize(what: string, value: number, min: number = 0, max: number = Number.MAX_SAFE_INTEGER): void {
  if (isSize(value) && value >= min && value <= max) return
  throw new RangeError(`${what} must be a whole number from ${min} to ${max}, got \`${String(value)}\``)
}

/** The size that an ASCII decimal without leading zeros stands for, or null for any other text or one past 2^53 - 1. */
export function parseSize(decimal: string): number | null {
  const size = /^(?:0|[1-9][0-9]{0,15})$/.test(decimal) ? Number(decimal) : Number.NaN
  return isSize(size) ? size : null
}
