import { isJsonObject } from '../../model/json.ts'
import type { Json } from '../../model/json.ts'
import { foldText } from './fold-text.ts'
import { readJsonText, writeJsonText } from './json-text.ts'
import { placeholder } from './redact-text.ts'
import type { TextRange } from './text-range.ts'

const shortest = 3
const deepest = 200
/** How much may be searched for in how much text, as a product of characters and values, before the text is withheld instead. */
const mostWork = 200_000_000

/**
 * Takes values that were taken out of structured content out of texts that repeat them: wherever they stand, in whatever case.
 * Texts are withheld when there are too many values to look for. Nothing is taken out of the keys of objects.
 */
export function withoutLiterals(value: Json, values: ReadonlySet<string>): Json {
  const wanted = [...new Set([...values].map((one) => lowered(foldText(one.trim()).text)))].filter((one) => one.length >= shortest)
  if (wanted.length === 0) return value
  const numbers = new Set(wanted)
  const walk = (inner: Json, depth: number): Json => {
    if (depth > deepest) return null
    if (typeof inner === 'string') {
      const json = readJsonText(inner)
      if (json === null || !json.exact) return withoutAll(inner, wanted)
      const rest = walk(json.value, depth + 1)
      return JSON.stringify(rest) === JSON.stringify(json.value) ? inner : writeJsonText(rest, inner)
    }
    if (typeof inner === 'number') return numbers.has(String(inner)) ? 0 : inner
    if (Array.isArray(inner)) return inner.map((item: Json) => walk(item, depth + 1))
    if (!isJsonObject(inner)) return inner
    return Object.fromEntries(Object.entries(inner).map(([key, member]) => [key, walk(member, depth + 1)]))
  }
  return walk(value, 0)
}

function withoutAll(text: string, wanted: readonly string[]): string {
  if (text.length < shortest) return text
  if (text.length * wanted.length > mostWork) return placeholder(null)
  const folded = foldText(text)
  const searched = lowered(folded.text)
  const found: TextRange[] = []
  for (const value of wanted)
    for (let at = searched.indexOf(value); at !== -1; at = searched.indexOf(value, at + value.length))
      found.push(folded.original(at, at + value.length))
  if (found.length === 0) return text
  const parts: string[] = []
  let from = 0
  for (const [start, end] of found.sort((a, b) => a[0] - b[0] || b[1] - a[1])) {
    if (start >= from) parts.push(text.slice(from, start), placeholder(null))
    from = Math.max(from, end)
  }
  return `${parts.join('')}${text.slice(from)}`
}

/** ASCII alone: other letters may change their number when their case changes. */
function lowered(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
