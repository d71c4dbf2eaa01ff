import type { Json } from '../../model/json.ts'

/** A JSON text's value. `exact` is false when it holds a number that a double cannot, so that it would be written anew with other digits. */
export interface JsonText {
  readonly value: Json
  readonly exact: boolean
}

const deepest = 200

/** Reads a text that is a JSON object, array or string. Null for every other text, and for one nested deeper than can be read. */
export function readJsonText(text: string): JsonText | null {
  if (!/^\s*[[{"]/.test(text) || isNestedOver(text, deepest)) return null
  let exact = true
  const watch = (_key: string, value: unknown, context?: { readonly source?: string }): unknown => {
    if (typeof value === 'number' && /\d{16}/.test((context?.source ?? '0000000000000000').replace('.', ''))) exact = false
    return value
  }
  try {
    return { value: JSON.parse(text, watch) as Json, exact }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return null
    throw error
  }
}

/** Writes a value back in the layout of the text that it was read from: indented where that was. */
export function writeJsonText(value: Json, before: string): string {
  const indent = /^\s*[[{]\r?\n([ \t]+)/.exec(before)?.[1]
  return JSON.stringify(value, null, indent)
}

function isNestedOver(text: string, most: number): boolean {
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (quoted) {
      if (code === 0x5c) at += 1
      else if (code === 0x22) quoted = false
    } else if (code === 0x22) quoted = true
    else if (code === 0x5b || code === 0x7b) {
      depth += 1
      if (depth > most) return true
    } else if (code === 0x5d || code === 0x7d) depth -= 1
  }
  return false
}
