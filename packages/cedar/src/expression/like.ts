import type { PatternElem } from '@cedar-policy/cedar-wasm/nodejs'

/**
 * Compiles the pattern of a `like`. Strings and pattern are well-formed, so that comparing UTF-16 units finds
 * the same matches as comparing Unicode scalar values.
 */
export function compilePattern(pattern: readonly PatternElem[]): (text: string) => boolean {
  const pieces = ['']
  for (const element of pattern) {
    if (element === 'Wildcard') pieces.push('')
    else pieces[pieces.length - 1] += element.Literal
  }
  const first = pieces[0] as string
  if (pieces.length === 1) return (text) => text === first
  const last = pieces.at(-1) as string
  const between = pieces.slice(1, -1).filter((piece) => piece !== '')
  const least = first.length + last.length
  return (text) => {
    if (text.length < least || !text.startsWith(first) || !text.endsWith(last)) return false
    const end = text.length - last.length
    let from = first.length
    for (const piece of between) {
      const found = text.indexOf(piece, from)
      if (found === -1 || found + piece.length > end) return false
      from = found + piece.length
    }
    return true
  }
}
