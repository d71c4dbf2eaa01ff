import type { TextRange } from './text-range.ts'

const localPart = /[\p{L}\p{N}\p{M}._%+~'\u2019-]/u
const label = /[\p{L}\p{N}\p{M}-]/u
/** Far over the 64 and 255 octets of RFC 5321: what is longer is none, but is no way to hide one either. */
const longestLocal = 320
const longestDomain = 320

/** E-mail addresses, with internationalised names and domains (RFC 6531), quoted local parts, and hosts in brackets. */
export function detectEmail(text: string): readonly TextRange[] {
  const found: TextRange[] = []
  for (let sign = text.indexOf('@'); sign !== -1; sign = text.indexOf('@', sign + 1)) {
    const start = localStart(text, sign)
    if (start === sign) continue
    const end = domainEnd(text, sign + 1)
    if (end !== null) found.push([start, end])
  }
  return found
}

function localStart(text: string, sign: number): number {
  if (text[sign - 1] === '"') {
    const opening = text.lastIndexOf('"', sign - 2)
    if (opening !== -1 && opening < sign - 2 && sign - opening <= 66) return opening
  }
  let start = sign
  while (start > 0 && sign - start < longestLocal && isIn(localPart, text, start - 1)) start -= 1
  while (start < sign && /['\u2019.%]/.test(text[start] as string)) start += 1
  return start
}

function domainEnd(text: string, from: number): number | null {
  if (text[from] === '[') {
    const closing = text.slice(from, from + 64).indexOf(']')
    return closing > 3 && /^\[(?:IPv6:)?[\da-f.:]+\]$/i.test(text.slice(from, from + closing + 1)) ? from + closing + 1 : null
  }
  let end = from
  while (end < text.length && end - from < longestDomain && (text[end] === '.' ? text[end - 1] !== '.' : isIn(label, text, end))) end += 1
  const labels = text.slice(from, end).split('.')
  if (labels[0] === '') return null
  if (/^(?:\d{1,3}\.){3}\d{1,3}$/.test(labels.slice(0, 4).join('.'))) return from + labels.slice(0, 4).join('.').length
  while (labels.length > 1 && !/^(?:xn--[\da-z-]+|[\p{L}\p{M}\ud800-\udfff]{2,})$/iu.test((labels.at(-1) as string).replace(/-+$/, '')))
    labels.pop()
  return labels.length < 2 ? null : from + labels.join('.').replace(/-+$/, '').length
}

/** Halves of surrogate pairs count: letters beyond the basic plane are made of them. */
function isIn(set: RegExp, text: string, at: number): boolean {
  const character = text[at] as string
  return set.test(character) || (character >= '\ud800' && character <= '\udfff')
}
