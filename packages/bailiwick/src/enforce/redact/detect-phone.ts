import { isPossiblePhoneNumber, isValidPhoneNumber } from 'libphonenumber-js/max'
import type { CountryCode } from 'libphonenumber-js/max'
import type { Detector, TextRange } from './text-range.ts'

const international = /(?:\+|(?<![\d.,])00(?=[ .-]?[1-9]))[ .-]?\(?\d(?:[ \t.\-()/]{0,3}\d){6,17}/g
/** As written in North America; a form that nothing else has. */
const american = /(?<![\d.+-])(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])[2-9]\d{2}[ .-]\d{4}(?!\d|[.-]\d)/g
/** With the trunk prefix 0 and at least one break between the groups. */
const national = /(?<![\d.+-])(?<!\d[,:/])(?:0[1-9]\d{0,4}|\(0[1-9]\d{0,4}\))[ ./-]\d{1,8}(?:[ ./-]\d{1,8}){0,5}(?!\d)/g
const dated = /^\(?\d{1,4}([./-])\d{1,2}\1\d{4}(?!\d)|^\(?\d{4}([./-])\d{1,2}\2\d{1,2}(?!\d)/
const trunkCountries: readonly CountryCode[] = ['GB', 'DE', 'FR', 'AT', 'CH', 'NL', 'BE', 'SE', 'FI', 'IE', 'IT', 'AU', 'JP', 'IN', 'ZA']

/** How many numbers are looked up in the numbering plans; what has the form of a number after that is taken for one. */
const mostLookUps = 20_000

/**
 * A detector of telephone numbers: international ones (`+`, `00`) by the world's numbering plans, and national ones where their
 * form is not that of anything else: North American groups, and a leading 0 with groups. Digits in one piece without `+` are none.
 */
export function phoneDetector(): Detector {
  let left = mostLookUps
  const known = new Map<string, boolean>()
  const lookUp = (digits: string, valid: (digits: string) => boolean): boolean => {
    const before = known.get(digits)
    if (before !== undefined) return before
    left -= 1
    const found = left < 0 || valid(digits)
    known.set(digits, found)
    return found
  }
  return (text) => {
    const found: TextRange[] = []
    const take = (pattern: RegExp, isNumber: (candidate: string) => boolean): void => {
      const search = new RegExp(pattern)
      const lengths = new Map<string, number | null>()
      for (let match = search.exec(text); match !== null; match = search.exec(text)) {
        const before = lengths.get(match[0])
        const length = before === undefined ? longestOf(match[0], isNumber) : before
        if (before === undefined && lengths.size < mostLookUps) lengths.set(match[0], length)
        if (length !== null) found.push([match.index, match.index + length])
        // What came to nothing may hide another that begins inside it.
        search.lastIndex = match.index + (length ?? 1)
      }
    }
    take(international, (candidate) =>
      // A trunk zero in brackets, as in +49 (0)30, is written for people.
      [candidate, candidate.replace('(0)', '')].some((one) => {
        const digits = digitsOf(one).replace(/^00/, '')
        return digits.length >= 7 && digits.length <= 15 && lookUp(`+${digits}`, (number) => isPossiblePhoneNumber(number))
      }),
    )
    take(american, () => true)
    take(national, (candidate) => {
      const digits = digitsOf(candidate)
      if (digits.length < 9 || digits.length > 12 || dated.test(candidate)) return false
      return lookUp(digits, (number) => trunkCountries.some((country) => isValidPhoneNumber(number, country)))
    })
    return found
  }
}

/** The longest beginning of a candidate, up to the end of a group of digits, that is a number; null when there is none. */
function longestOf(candidate: string, isNumber: (beginning: string) => boolean): number | null {
  if (isNumber(candidate)) return candidate.length
  const ends = [...candidate.matchAll(/\d(?!\d)/g)].map(({ index }) => index + 1)
  return ends.reverse().find((end) => end < candidate.length && isNumber(candidate.slice(0, end))) ?? null
}

function digitsOf(text: string): string {
  return text.replaceAll(/\D/g, '')
}
