import { Fault } from '../value/fault.ts'
import { toLong } from '../value/long.ts'
import type { Long } from '../value/long.ts'

const pattern = /^-?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/
const units = [86_400_000n, 3_600_000n, 60_000n, 1000n, 1n]

/** Cedar's `duration`: milliseconds in 64 bits. */
export class Duration {
  readonly milliseconds: Long

  constructor(milliseconds: Long) {
    this.milliseconds = milliseconds
  }

  /** @throws Fault unless the text is days, hours, minutes, seconds and milliseconds like `1d2h3m4s5ms`, at least one of them, with an optional `-` before, and fits. */
  static parse(text: string): Duration {
    const match = text === '' || text === '-' ? null : pattern.exec(text)
    if (match === null) throw new Fault('error while evaluating `duration` extension function: invalid duration pattern')
    let total = 0n
    for (const [index, unit] of units.entries()) {
      const digits = (match[index + 1] ?? '').replace(/^0+/, '')
      // Twenty digits and more overflow in any unit.
      total += digits.length > 19 ? 2n ** 64n : BigInt(digits) * unit
    }
    const milliseconds = toLong(text.startsWith('-') ? -total : total)
    if (milliseconds === null)
      throw new Fault('error while evaluating `duration` extension function: Duration overflows internal representation')
    return new Duration(milliseconds)
  }
}
