import { Fault } from '../value/fault.ts'
import { remainder, subtract } from '../value/long.ts'
import type { Long } from '../value/long.ts'

const pattern = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{3}))?(?:Z|([+-])(\d{2})(\d{2})))?$/
const day = 86_400_000

/** Cedar's `datetime`: milliseconds from the Unix epoch in 64 bits, without leap seconds. */
export class Datetime {
  readonly milliseconds: Long

  constructor(milliseconds: Long) {
    this.milliseconds = milliseconds
  }

  /** @throws Fault unless the text is a date `YYYY-MM-DD` that exists, alone or with `Thh:mm:ss`, optional `.SSS`, and `Z` or `±hhmm`. */
  static parse(text: string): Datetime {
    const match = pattern.exec(text)
    if (match === null) throw new Fault(`error while evaluating \`datetime\` extension function: invalid datetime \`${text}\``)
    const part = (index: number): number => Number(match[index] ?? 0)
    const [year, month, date, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)] as const
    if (month < 1 || month > 12 || date < 1 || date > daysIn(year, month))
      throw new Fault(`error while evaluating \`datetime\` extension function: invalid date: ${text}`)
    if (hour > 23 || minute > 59 || second > 59)
      throw new Fault(`error while evaluating \`datetime\` extension function: invalid hour/minute/second: ${text}`)
    if (part(9) > 23 || part(10) > 59)
      throw new Fault(`error while evaluating \`datetime\` extension function: invalid offset range: ${text}`)
    const offset = (part(9) * 60 + part(10)) * 60_000 * (match[8] === '-' ? -1 : 1)
    const time = ((hour * 60 + minute) * 60 + second) * 1000 + part(7)
    return new Datetime(daysFromEpoch(year, month, date) * day + time - offset)
  }

  /** Midnight of the same day. Null when that lies before the least datetime. */
  toDate(): Datetime | null {
    const rest = remainder(this.milliseconds, day)
    const midnight = subtract(this.milliseconds, rest < 0 ? rest + day : rest)
    return midnight === null ? null : new Datetime(midnight)
  }

  /** Milliseconds since midnight. */
  timeOfDay(): number {
    const rest = remainder(this.milliseconds, day)
    return rest < 0 ? rest + day : rest
  }
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar. `Date.UTC` will not do: it takes the years 0 to 99 for 1900 to 1999. */
function daysFromEpoch(year: number, month: number, date: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + date - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}
