const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const sizes: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
}

export const durationPattern: RegExp = /^(\d{1,6})(ms|s|m|h|d)$/
export const sizePattern: RegExp = /^(\d{1,9})(B|KB|MB|GB|KiB|MiB|GiB)$/
export const ratePattern: RegExp = /^(\d{1,6})\/(\d{1,6})(s|m|h|d)$/

/** Milliseconds of a duration such as `90s`, `10m`, `1h`. The text must match {@link durationPattern}. */
export function milliseconds(text: string): number {
  const match = durationPattern.exec(text)
  if (match === null) throw new RangeError(`\`${text}\` is not a duration such as \`90s\``)
  return Number(match[1]) * (units[match[2] as string] as number)
}

const longestNumber = 999_999

/**
 * The duration in its largest exact unit: `90s`, `17m`. Rounded up to the next unit where {@link durationPattern} has too few digits for it, and
 * `999999d` for all that is longer.
 * @param duration milliseconds, at least 0
 */
export function durationText(duration: number): string {
  const whole = Math.ceil(duration)
  const coarseFirst = Object.entries(units).toReversed()
  const exact = coarseFirst.find(([, unit]) => whole % unit === 0 && whole / unit <= longestNumber)
  const [name, unit] = exact ?? coarseFirst.findLast(([, one]) => whole / one <= longestNumber) ?? ['d', Number.POSITIVE_INFINITY]
  return `${Number.isFinite(unit) ? Math.ceil(whole / unit) : longestNumber}${name}`
}

/** Bytes of a size such as `5MB` or a plain number of bytes. A text must match {@link sizePattern}. */
export function bytes(size: number | string): number {
  if (typeof size === 'number') return size
  const match = sizePattern.exec(size)
  if (match === null) throw new RangeError(`\`${size}\` is not a size such as \`5MB\``)
  return Number(match[1]) * (sizes[match[2] as string] as number)
}

/** A rate such as `5/1h`: at most `calls` within `within` milliseconds. The text must match {@link ratePattern}. */
export function rate(text: string): { calls: number; within: number } {
  const match = ratePattern.exec(text)
  if (match === null) throw new RangeError(`\`${text}\` is not a rate such as \`5/1h\``)
  return { calls: Number(match[1]), within: Number(match[2]) * (units[match[3] as string] as number) }
}
