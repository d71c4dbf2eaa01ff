/** The deepest nesting of arrays and objects that a message may have. */
export const deepestNesting = 64

/**
 * What makes a JSON text ambiguous or hostile although a parser would take it: a key given twice (two readers may take
 * different ones), a key `__proto__`, nesting over {@link deepestNesting}. Null for a text that is fine or is not JSON at
 * all: syntax is the parser's to judge.
 */
export function jsonHazard(text: string): string | null {
  const keys: (Set<string> | null)[] = []
  let expectKey = false
  for (let index = 0; index < text.length; index += 1) {
    switch (text.charCodeAt(index)) {
      case 0x22: {
        const end = closingQuote(text, index)
        if (end === -1) return null
        const known = keys.at(-1)
        if (expectKey && known !== null && known !== undefined) {
          const key = decoded(text.slice(index, end + 1))
          if (key === null) return null
          if (key === '__proto__') return 'a key is named `__proto__`'
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
      default:
        break
    }
    if (keys.length > deepestNesting) return `it is nested more than ${deepestNesting} deep`
  }
  return null
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
