import { isJsonObject } from '../../model/json.ts'
import type { Json } from '../../model/json.ts'
import { foldText } from './fold-text.ts'
import { readJsonText, writeJsonText } from './json-text.ts'
import { mapItems, mapMembers } from './map-json.ts'
import { placeholder } from './redact-text.ts'
import type { TextRange } from './text-range.ts'

const shortest = 3
const deepest = 200
/** How much may be searched for in how much text, as a product of characters and values, before the text is withheld instead. */
const mostWork = 200_000_000

export interface LiteralOptions {
  /** Whether numbers that are equal to such a value become 0. */
  readonly numbers: boolean
  /** What stands for a text of which something was taken out, given what is left of it. */
  readonly instead: (rest: string, text: string) => string
}

/**
 * Takes values that were taken out of structured content out of texts that repeat them as words of their own, in whatever case; values of fewer
 * than 3 characters stay. Texts are withheld when there are too many values to look for. Nothing is taken out of the keys of objects. What is not
 * touched stays the very same object.
 */
export function withoutLiterals<T extends Json>(value: T, values: ReadonlySet<string>, options: LiteralOptions): T
export function withoutLiterals(value: Json, values: ReadonlySet<string>, { numbers, instead }: LiteralOptions): Json {
  const wanted = [...new Set([...values].map((one) => lowered(foldText(one.trim()).text)))].filter((one) => one.length >= shortest)
  if (wanted.length === 0) return value
  const known = new Set(wanted)
  const walk = (inner: Json, depth: number): Json => {
    if (depth > deepest) return null
    if (typeof inner === 'string') {
      const json = readJsonText(inner)
      if (json === null || !json.exact) {
        const rest = withoutAll(inner, wanted)
        return rest === inner ? inner : instead(rest, inner)
      }
      const rest = walk(json.value, depth + 1)
      return rest === json.value ? inner : writeJsonText(rest, inner)
    }
    if (typeof inner === 'number') return numbers && known.has(String(inner)) ? 0 : inner
    if (Array.isArray(inner)) return mapItems(inner as readonly Json[], (item) => walk(item, depth + 1))
    return isJsonObject(inner) ? mapMembers(inner, (member) => walk(member, depth + 1)) : inner
  }
  return walk(value, 0)
}

function withoutAll(text: string, wanted: readonly string[]): string {
  if (text.length < shortest) return text
  if (text.length * wanted.length > mostWork) return placeholder(null)
  const folded = foldText(text)
  const searched = lowered(folded.text)
  const nextBreak = breaksIn(searched)
  const found: TextRange[] = []
  for (const value of wanted)
    for (let at = searched.indexOf(value); at !== -1;) {
      const end = at + value.length
      const whole = isBorder(searched, at) && isBorder(searched, end)
      if (whole) found.push(folded.original(at, end))
      at = searched.indexOf(value, whole ? end : nextBreak(at + 1))
    }
  if (found.length === 0) return text
  const parts: string[] = []
  let from = 0
  for (const [start, end] of found.sort((a, b) => a[0] - b[0] || b[1] - a[1])) {
    if (start >= from) parts.push(text.slice(from, start), placeholder(null))
    from = Math.max(from, end)
  }
  return `${parts.join('')}${text.slice(from)}`
}

const inWord = /[\p{L}\p{N}]/u
/** Letters of scripts that are written without blanks between words, so that every place beside one may be a border. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

/** Whether a word may begin or end at a place in a text: there is no letter or digit on one of its sides. */
function isBorder(text: string, at: number): boolean {
  const before = /[^]$/u.exec(text.slice(Math.max(0, at - 2), at))?.[0] ?? ''
  const after = String.fromCodePoint(text.codePointAt(at) ?? 0x20)
  return !inWord.test(before) || !inWord.test(after) || unspaced.test(before) || unspaced.test(after)
}

/** Finds, from one place in a text on, the first before which no word can begin: at the next sign that is not within one. */
function breaksIn(text: string): (from: number) => number {
  const signs = new RegExp(`[^\\p{L}\\p{N}]|${unspaced.source}`, 'gu')
  return (from) => {
    signs.lastIndex = from
    return signs.exec(text)?.index ?? text.length
  }
}

/** ASCII alone: other letters may change their number when their case changes. */
function lowered(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
