import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/** RFC 8785 (JCS) text of a JSON value. @throws TypeError when the value is not JSON (undefined, NaN, a cycle, a lone surrogate). */
export function canonicalJson(value: unknown): string {
  const plain = ordered(value, 0)
  if (plain !== undefined) {
    // JCS writes texts and numbers as ECMAScript does, half surrogate pairs aside, which it refuses.
    const quick = JSON.stringify(plain)
    if (!quick.includes('\\ud')) return quick
  }
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('the value has no JSON form')
  return text
}

/** Deeper values are left to the library, which says what is wrong with a cycle. */
const deepest = 100

/**
 * The value with the members of its objects in the order of JCS, which JSON.stringify keeps; undefined for one that is not plain JSON, or has
 * names that engines put in an order of their own.
 */
function ordered(value: unknown, depth: number): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'object' || depth > deepest) return undefined
  if (Array.isArray(value)) {
    const items: unknown[] = []
    for (const item of value as readonly unknown[]) {
      const one = ordered(item, depth + 1)
      if (one === undefined) return undefined
      items.push(one)
    }
    return items
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined
  const members: Record<string, unknown> = {}
  // Without an argument, sort compares UTF-16 units, as JCS does.
  for (const name of Object.keys(value).sort()) {
    const one = ordered((value as Record<string, unknown>)[name], depth + 1)
    if (one === undefined || isIndex(name) || name === '__proto__' || name === 'toJSON') return undefined
    members[name] = one
  }
  return members
}

/** Whether engines put a name before all others, by its number. */
function isIndex(name: string): boolean {
  const first = name.charCodeAt(0)
  return first >= 48 && first <= 57 && /^(?:0|[1-9]\d{0,9})$/.test(name)
}

/** The value of a JSON text; undefined for a text that is none. */
export function jsonIn(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** SHA-256 of a text's UTF-8 form or of bytes, as lower-case hex. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex')
}

/** True for an object that is neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
