import { textMatching } from './text-matching.ts'

/** The alternatives that a pattern in RE2 syntax has as a whole, each with the flags that the pattern begins with; the pattern alone where it has no others. */
export function alternativesOf(pattern: string): string[] {
  const flags = /^(?:\(\?[imsU-]+\))*/.exec(pattern)?.[0] ?? ''
  const rest = pattern.slice(flags.length)
  // Flags that are set further on hold for what follows them, in other alternatives too.
  if (/\(\?[imsU-]+\)/.test(rest)) return [pattern]
  const found = ['']
  let depth = 0
  for (const [token] of rest.matchAll(/\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|./gsu)) {
    if (token === '|' && depth === 0) found.push('')
    else {
      depth += token === '(' ? 1 : token === ')' ? -1 : 0
      found[found.length - 1] += token
    }
  }
  return found.map((one) => `${flags}${one}`)
}

/** A text for each alternative of a pattern for which one can be derived, none of them long. */
export function textsOf(pattern: string): string[] {
  return alternativesOf(pattern).flatMap((alternative) => {
    const text = textMatching(alternative, 1)
    return text === undefined || text.length > longest ? [] : [text]
  })
}

const longest = 200
