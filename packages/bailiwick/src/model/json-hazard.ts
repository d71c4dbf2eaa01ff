/** The deepest nesting of arrays and objects that a message may have. */
const deepestNesting = 64

/**
 * What makes a JSON text ambiguous or hostile although a parser would take it: a key given twice (two readers may take
 * different ones), a key `__proto__`, a key that is one character and written with an escape (V8 13.6 takes some of these for `\`), half of a surrogate pair, a number beyond what a double holds, nesting over
 * {@link deepestNesting}. Null for a text that is fine or is not JSON at all: syntax is the parser's to judge.
 */
export function jsonHazard(text: string): string | null {
  const keys: (Set<string> | null)[] = []
  let expectKey = false
  for (let index = 0; index < text.length; index += 1) {
    switch (text.charCodeAt(index)) {
      case 0x22: {
        const end = closingQuote(text, index)
        if (end === -1) return null
        if (halfOfPair.test(text.slice(index, end)) && decoded(text.slice(index, end + 1))?.isWellFormed() === false)
          return 'a text holds half of a surrogate pair, which is not a character'
        const known = keys.at(-1)
        if (expectKey && known !== null && known !== undefined) {
          const key = decoded(text.slice(index, end + 1))
          if (key === null) return null
          if (key === '__proto__') return 'a key is named `__proto__`'
          if (key.length === 1 && end - index > 2)
            return 'a key is a single character that is written with an escape, which can be taken for another'
          if (known.has(key)) return `the key \`${key.slice(0, 80)}\` is given twice`
          known.add(key)
        }
        expectKey = false
        index = end
        break
      }
      case 0x7b:
        keys.push(new Set())
        expectKey = true
        break
      case 0x5b:
        keys.push(null)
        expectKey = false
        break
      case 0x7d:
      case 0x5d:
        keys.pop()
        expectKey = false
        break
      case 0x2c:
        expectKey = keys.at(-1) !== null
        break
      default: {
        const number = numberAt(text, index)
        if (number === null) break
        if (!Number.isFinite(Number(number))) return `the number ${number.slice(0, 80)} is too large`
        index += number.length - 1
      }
    }
    if (keys.length > deepestNesting) return `it is nested more than ${deepestNesting} deep`
  }
  return null
}

/** An escaped surrogate, which may lack its other half; a text that was valid UTF-8 has no other way to hold one. */
const halfOfPair = /\\u[dD][89a-fA-F]/

function numberAt(text: string, from: number): string | null {
  const code = text.charCodeAt(from)
  if (code !== 0x2d && (code < 0x30 || code > 0x39)) return null
  const number = /-?\d[\d.eE+-]*/y
  number.lastIndex = from
  return number.exec(text)?.[0] ?? null
}

function closingQuote(text: string, from: number): number {
  for (let index = from + 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === 0x5c) index += 1
    else if (code === 0x22) return index
  }
  return -1
}

function decoded(literal: string): string | null {
  if (!literal.includes('\\')) return literal.slice(1, -1)
  try {
    return JSON.parse(literal) as string
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
