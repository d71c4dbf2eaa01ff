import fc from 'fast-check'
import { schemaPattern } from '../../model/regular-expression.ts'

/** A text that matches a pattern, of RE2 or ECMAScript, as a whole; undefined where none can be derived. The same seed gives the same text. */
export function textMatching(pattern: string, seed: number): string | undefined {
  const expression = wholeExpression(plainPattern(pattern))
  const text = expression === null ? undefined : sampled(expression, seed)
  return text !== undefined && schemaPattern(`^(?:${pattern})$`, '').test(text) ? text : undefined
}

/** A pattern that must match a whole text, as JavaScript reads it; null where JavaScript cannot. */
export function wholeExpression(pattern: string): RegExp | null {
  try {
    return new RegExp(`^(?:${pattern})$`)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function sampled(expression: RegExp, seed: number): string | undefined {
  try {
    const [text] = fc.sample(fc.stringMatching(expression), { seed, numRuns: 1 })
    return text
  } catch {
    // The generator says of look-around, borders of words and the like that it does not know them.
    return undefined
  }
}

const posixClasses: Readonly<Record<string, string>> = {
  alpha: 'a',
  alnum: 'a',
  lower: 'a',
  word: 'a',
  xdigit: 'a',
  upper: 'A',
  digit: '1',
}
const scriptClasses: Readonly<Record<string, string>> = { L: 'a', Ll: 'a', Latin: 'a', Lu: 'A', N: '1', Nd: '1' }

/** A pattern in the part of RE2 that JavaScript reads alike. It may match less, and where something is left out, more. */
function plainPattern(pattern: string): string {
  return pattern.replaceAll(
    /\\Q(.*?)(?:\\E|$)|\\p(?:\{(\w+)\}|(\w))|\\x\{([\da-fA-F]+)\}|\\[AzbB]|\[:(\w+):\]|\(\?[imsU-]+\)|\(\?[imsU-]+:|\(\?P<|\\./gs,
    (part, ...[quoted, longClass, shortClass, code, posix]: (string | undefined)[]) => {
      if (quoted !== undefined) return quoted.replaceAll(/[^A-Za-z0-9]/gu, escaped)
      const script = longClass ?? shortClass
      if (script !== undefined) return scriptClasses[script] ?? part
      if (code !== undefined) return escaped(String.fromCodePoint(Number.parseInt(code, 16)))
      if (posix !== undefined) return posixClasses[posix] ?? part
      if (part === '(?P<') return '(?<'
      if (part.startsWith('(?')) return part.endsWith(':') ? '(?:' : ''
      return /^\\[AzbB]$/.test(part) ? '' : part
    },
  )
}

function escaped(sign: string): string {
  return [...sign]
    .map((one) => (/[A-Za-z0-9]/.test(one) ? one : `\\u${(one.codePointAt(0) as number).toString(16).padStart(4, '0')}`))
    .join('')
}
