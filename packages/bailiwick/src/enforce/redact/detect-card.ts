import type { TextRange } from './text-range.ts'

interface Group {
  readonly start: number
  readonly digits: string
}

const shortest = 13
const longest = 19

/** Payment card numbers (ISO/IEC 7812): 13 to 19 digits, in groups or not, with the prefix of a known scheme and a Luhn digit that fits. */
export function detectCard(text: string): readonly TextRange[] {
  const found: TextRange[] = []
  let row: Group[] = []
  for (let at = 0; at < text.length; at += 1) {
    if (!isDigit(text, at)) continue
    const start = at
    while (isDigit(text, at)) at += 1
    const before = row.at(-1)
    if (before !== undefined && !isBreak(text, before.start + before.digits.length, start)) row = []
    if (at - start > longest) {
      row = []
      continue
    }
    row.push({ start, digits: text.slice(start, at) })
    if (row.length > longest) row.shift()
    let length = 0
    for (let first = row.length - 1; first >= 0 && length < longest; first -= 1) {
      const group = row[first] as Group
      length += group.digits.length
      if (length >= shortest && length <= longest && group.digits[0] !== '0' && group.digits[0] !== '1' && isCard(joined(row, first)))
        found.push([group.start, at])
    }
  }
  return found
}

function joined(row: readonly Group[], first: number): string {
  let digits = ''
  for (let index = first; index < row.length; index += 1) digits += (row[index] as Group).digits
  return digits
}

/** Up to three signs such as stand between the groups of one number. */
function isBreak(text: string, from: number, to: number): boolean {
  if (to - from > 3) return false
  for (let at = from; at < to; at += 1) if (!isSign(text[at])) return false
  return true
}

function isSign(character: string | undefined): boolean {
  return character === ' ' || character === '-' || character === '.' || character === '_'
}

/** Whether 13 to 19 digits are the number of a payment card. */
function isCard(digits: string): boolean {
  return luhn(digits) && ofScheme(digits)
}

function ofScheme(digits: string): boolean {
  const { length } = digits
  const two = Number(digits.slice(0, 2))
  const four = Number(digits.slice(0, 4))
  if (digits.startsWith('4')) return length === 13 || length === 16 || length === 19
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return length === 16
  if (two === 34 || two === 37) return length === 15
  // Diners, Discover, JCB, UnionPay, Maestro, Mir, RuPay, Troy.
  if ((four >= 3000 && four <= 3059) || four === 3095 || two === 36 || two === 38 || two === 39) return length >= 14
  if (four === 6011 || (four >= 6440 && four <= 6599) || (four >= 3528 && four <= 3589)) return length >= 16
  if (two === 62 || two === 81 || two === 60 || two === 82 || (four >= 5080 && four <= 5089)) return length >= 16
  if ((four >= 2200 && four <= 2204) || four === 9792) return length >= 16
  return two === 50 || (two >= 56 && two <= 58) || two === 63 || two === 67
}

function luhn(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 0x30
    const doubled = index % 2 === 0 ? digit : digit * 2
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0x30 && code <= 0x39
}
