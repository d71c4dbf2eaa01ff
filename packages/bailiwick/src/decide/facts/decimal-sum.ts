import type { Json } from '../../model/json.ts'

const places = 4
const unit = 10_000n
/** The greatest whole number of ten-thousandths in a Cedar `decimal`. */
const most = 2n ** 63n - 1n
const mostSafe = BigInt(Number.MAX_SAFE_INTEGER)

/** A number in ten-thousandths, rounded away from zero; 0 for what is no number, so that it adds nothing. */
export function tenThousandths(value: Json): bigint {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 0n
  if (Number.isSafeInteger(value)) return BigInt(value) * unit
  const [whole = '0', fraction = ''] = plain(Math.abs(value)).split('.')
  const kept = BigInt(whole) * unit + BigInt(fraction.slice(0, places).padEnd(places, '0'))
  const size = /[1-9]/.test(fraction.slice(places)) ? kept + 1n : kept
  return value < 0 ? -size : size
}

/** A sum of ten-thousandths as a whole number, held within what JavaScript represents exactly. A fraction is rounded away from zero. */
export function wholeNumber(sum: bigint): number {
  const rest = sum % unit
  const whole = sum / unit + (rest === 0n ? 0n : rest > 0n ? 1n : -1n)
  return Number(whole > mostSafe ? mostSafe : whole < -mostSafe ? -mostSafe : whole)
}

/** A sum of ten-thousandths as the text of a Cedar `decimal`, held within its range. */
export function decimalText(sum: bigint): string {
  const held = sum > most ? most : sum < -most ? -most : sum
  const size = held < 0n ? -held : held
  return `${held < 0n ? '-' : ''}${size / unit}.${String(size % unit).padStart(places, '0')}`
}

/** The digits of a number that is not negative, without an exponent. */
function plain(value: number): string {
  const text = String(value)
  const match = /^(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (match === null) return text
  const [, whole = '', fraction = '', exponent = ''] = match
  const digits = whole + fraction
  const point = whole.length + Number(exponent)
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`
  return point >= digits.length ? digits.padEnd(point, '0') : `${digits.slice(0, point)}.${digits.slice(point)}`
}
