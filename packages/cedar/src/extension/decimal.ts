import { Fault } from '../value/fault.ts'
import { toLong } from '../value/long.ts'
import type { Long } from '../value/long.ts'

/** Cedar's `decimal`: a count of ten-thousandths in 64 bits. */
export class Decimal {
  readonly units: Long

  constructor(units: Long) {
    this.units = units
  }

  /** @throws Fault unless the text is digits, a point and one to four digits, with an optional `-` before, and fits. */
  static parse(text: string): Decimal {
    const match = /^(-?)(\d+)\.(\d+)$/.exec(text)
    if (match === null)
      throw new Fault(`error while evaluating \`decimal\` extension function: \`${text}\` is not a well-formed decimal value`)
    const [, sign, whole, fraction] = match as unknown as [string, string, string, string]
    if (fraction.length > 4)
      throw new Fault(`error while evaluating \`decimal\` extension function: too many digits after the decimal in \`${text}\``)
    // No decimal in range has more digits, leading zeros aside; the cut keeps the conversion of a hostile text cheap.
    const digits = whole.replace(/^0+/, '')
    const units = digits.length > 15 ? null : toLong(BigInt(`${sign}${digits}${fraction.padEnd(4, '0')}`))
    if (units === null) throw new Fault('error while evaluating `decimal` extension function: overflow when converting to decimal')
    return new Decimal(units)
  }
}
