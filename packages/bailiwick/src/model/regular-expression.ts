import { createContext, Script } from 'node:vm'
import type { Context } from 'node:vm'
import { RE2JS } from 're2js'

/** What a pattern is used for: a test of a whole text. */
export interface TextTest {
  test(text: string): boolean
}

/**
 * A pattern in RE2 syntax that must match a whole text. RE2 runs in linear time, so no argument an agent sends can make it hang.
 * @throws Error when the pattern is not RE2 (look-around, back references, a syntax error).
 */
export function wholeTextPattern(pattern: string): TextTest {
  const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern))
  return { test: (text) => compiled.matches(text) }
}

/** Finds every place where a pattern matches in a text. */
export interface TextSearch {
  /** Start and end in UTF-16 units, in order, without overlaps. */
  ranges(text: string): (readonly [start: number, end: number])[]
}

/**
 * A pattern in RE2 syntax that is looked for anywhere in a text.
 * @throws Error when the pattern is not RE2, or matches the empty text and so everywhere
 */
export function searchPattern(pattern: string): TextSearch {
  const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern))
  if (compiled.matcher('').find()) throw new Error('it matches the empty text, and so everywhere')
  return {
    ranges: (text) => {
      const found: [number, number][] = []
      const matcher = compiled.matcher(text)
      while (matcher.find()) if (matcher.end() > matcher.start()) found.push([matcher.start(), matcher.end()])
      return found
    },
  }
}

const longestForBacktracking = 4096
/** Milliseconds that the backtracking matcher may take for one text. */
const longestBacktracking = 100
const backtrackingTest = new Script('pattern.test(text)')

/**
 * A pattern from a tool's JSON Schema, which is ECMAScript and may match anywhere. Runs on RE2 where it can; a pattern with
 * look-around runs on the engine's own backtracking matcher, which then refuses texts over 4,096 units and those that keep it
 * busy for more than 100 ms. `toString` tells two patterns apart: the JSON Schema compiler keeps one test for each text.
 */
export function schemaPattern(pattern: string, flags: string): TextTest & { toString(): string } {
  const toString = (): string => `/${pattern}/${flags}`
  try {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern))
    return { toString, test: (text) => compiled.matcher(text).find() }
  } catch {
    // Not RE2: the only other reading of the pattern is ECMAScript's own, which throws here if it is none either.
    const scope = createContext({ pattern: new RegExp(pattern, flags), text: '' })
    return { toString, test: (text) => text.length <= longestForBacktracking && backtracks(scope, text) }
  }
}

function backtracks(scope: Context, text: string): boolean {
  scope['text'] = text
  try {
    return backtrackingTest.runInContext(scope, { timeout: longestBacktracking }) as boolean
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    return false
  }
}
