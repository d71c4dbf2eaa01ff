/** A text as detectors read it, with the way back to where each of its characters stands in the original. */
export interface FoldedText {
  readonly text: string
  /** The part of the original that a part of the folded text was made of. */
  original(start: number, end: number): readonly [start: number, end: number]
}

/** All but plain ASCII without what begins a reference. */
const special = /[^\t\n\r -$'-[\]-~]/
const invisible = /[\p{Cf}\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}]/u
const control = /[\0-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/
const fullStops = new Set(['\u3002', '\uff61', '\u2024', '\ufe52'])
const escapes: Readonly<Record<string, string>> = { b: ' ', f: ' ', n: '\n', r: '\n', t: ' ', '"': '"', '/': '/' }

/**
 * Folds a text so that what is written in another way of Unicode reads as its plain form: compatibility forms (NFKC), digits of
 * every script, dashes, spaces and full stops of every kind; without zero-width characters, soft hyphens, combining marks and
 * controls. References to characters as JSON (`\u0040`), URLs (`%40`) and HTML (`&#64;`) have them read as the character.
 */
export function foldText(text: string): FoldedText {
  if (!special.test(text)) return { text, original: (start, end) => [start, end] }
  const parts: string[] = []
  const starts = new Growing(text.length)
  const ends = new Growing(text.length)
  const known = new Map<number, string>()
  for (let at = 0; at < text.length;) {
    const referred = referenceAt(text, at)
    const code = referred?.code ?? text.codePointAt(at) ?? 0
    const next = referred?.end ?? at + (code > 0xffff ? 2 : 1)
    let folded = code < 0x7f && code >= 0x20 ? String.fromCharCode(code) : known.get(code)
    if (folded === undefined) {
      folded = foldCharacter(code)
      known.set(code, folded)
    }
    parts.push(folded)
    for (let unit = 0; unit < folded.length; unit += 1) {
      starts.push(at)
      ends.push(next)
    }
    at = next
  }
  return { text: parts.join(''), original: (start, end) => [starts.at(start), end === start ? starts.at(start) : ends.at(end - 1)] }
}

function foldCharacter(code: number): string {
  const character = String.fromCodePoint(code)
  if (character === '\n' || character === '\r' || character === '\t') return character
  if (control.test(character) || invisible.test(character)) return ''
  if (fullStops.has(character)) return '.'
  if (/\p{Nd}/u.test(character)) return String(digitValue(code))
  if (/\p{Pd}|\u2212|\u00ad|\u2043/u.test(character)) return '-'
  if (/[\p{Zs}\p{Zl}\p{Zp}]/u.test(character)) return ' '
  const folded = character.normalize('NFKC').replaceAll(/[\p{Mn}\p{Me}]/gu, '')
  return folded.replaceAll(/\p{Pd}/gu, '-')
}

/** Decimal digits of a script stand in runs of ten that begin with its zero (Unicode, chapter 4.6). */
function digitValue(code: number): number {
  if (code >= 0x1d7ce && code <= 0x1d7ff) return (code - 0x1d7ce) % 10
  let before = 0
  while (before < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - before - 1))) before += 1
  return before
}

interface Reference {
  readonly code: number
  readonly end: number
}

function referenceAt(text: string, at: number): Reference | null {
  switch (text.charCodeAt(at)) {
    case 0x5c:
      return escapeAt(text, at)
    case 0x25: {
      const code = hexAt(text, at + 1, 2)
      return code !== null && code >= 0x20 && code < 0x7f ? { code, end: at + 3 } : null
    }
    case 0x26: {
      const found = /^&(?:#(\d{1,7})|#x([\da-f]{1,6})|(commat|period|hyphen|nbsp|shy));/i.exec(text.slice(at, at + 12))
      if (found === null) return null
      const named = { commat: 0x40, period: 0x2e, hyphen: 0x2d, nbsp: 0x20, shy: 0xad }[(found[3] ?? '').toLowerCase()]
      const code = named ?? (found[1] === undefined ? Number.parseInt(found[2] as string, 16) : Number(found[1]))
      return code > 0x10ffff ? null : { code, end: at + found[0].length }
    }
    default:
      return null
  }
}

/** A JSON escape after any number of backslashes, as a text that was made JSON several times over has them. */
function escapeAt(text: string, at: number): Reference | null {
  let after = at
  while (text.charCodeAt(after) === 0x5c && after - at < longestBackslashes) after += 1
  const letter = text[after] ?? ''
  if (letter === 'u') {
    const code = hexAt(text, after + 1, 4)
    if (code === null) return null
    const low = code >= 0xd800 && code < 0xdc00 ? escapeAt(text, after + 5) : null
    return low !== null && low.code >= 0xdc00 && low.code < 0xe000 && text.charCodeAt(after + 5) === 0x5c
      ? { code: (code - 0xd800) * 0x400 + (low.code - 0xdc00) + 0x10000, end: low.end }
      : { code, end: after + 5 }
  }
  const escaped = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined
  return escaped === undefined ? null : { code: escaped.charCodeAt(0), end: after + 1 }
}

const longestBackslashes = 16

function hexAt(text: string, at: number, digits: number): number | null {
  const found = text.slice(at, at + digits)
  return found.length === digits && /^[\da-f]+$/i.test(found) ? Number.parseInt(found, 16) : null
}

/** A list of numbers without an object for each. */
class Growing {
  #numbers: Uint32Array
  #length = 0

  constructor(capacity: number) {
    this.#numbers = new Uint32Array(Math.max(16, capacity))
  }

  push(value: number): void {
    if (this.#length === this.#numbers.length) {
      const larger = new Uint32Array(this.#numbers.length * 2)
      larger.set(this.#numbers)
      this.#numbers = larger
    }
    this.#numbers[this.#length] = value
    this.#length += 1
  }

  at(index: number): number {
    return this.#numbers[index] as number
  }
}
