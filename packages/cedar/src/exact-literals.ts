import { policyToJson, templateToJson } from '#cedar-wasm'
import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'

/** Strings, comments, names and integers of a policy text: an integer is one only outside the others. */
const token = /"(?:[^"\\]|\\.)*"|\/\/[^\n\r]*|[A-Za-z_][A-Za-z0-9_]*|[0-9]+/gs

/**
 * The policy's JSON form with every integer literal exact: as a bigint where a number could not hold it.
 *
 * The parser gives integers as JavaScript numbers, so those beyond 2^53 come rounded. They are parsed again
 * with a small integer of its own in the place of each, which afterwards tells where the exact one belongs.
 * @returns the same form when it is exact already.
 */
export function withExactLiterals(text: string, json: PolicyJson, isTemplate: boolean): PolicyJson {
  if (!hasUnsafeInteger(json)) return json
  const literals = new Set(
    [...text.matchAll(token)]
      .map(([found]) => found)
      .filter((found) => /^[0-9]/.test(found))
      .map(BigInt),
  )
  const exact = new Map<number, bigint>()
  const standIns = new Map<bigint, number>()
  let next = 1
  for (const literal of literals) {
    if (literal <= BigInt(Number.MAX_SAFE_INTEGER)) continue
    while (literals.has(BigInt(next))) next += 1
    standIns.set(literal, next)
    exact.set(next, literal)
    next += 1
  }
  const changed = text.replace(token, (found) => (/^[0-9]/.test(found) ? String(standIns.get(BigInt(found)) ?? found) : found))
  const answer = isTemplate ? templateToJson(changed) : policyToJson(changed)
  if (answer.type === 'failure') return json
  return withIntegers(answer.json, exact) as PolicyJson
}

function hasUnsafeInteger(json: unknown): boolean {
  if (typeof json === 'number') return !Number.isSafeInteger(json)
  if (typeof json !== 'object' || json === null) return false
  return Object.values(json).some(hasUnsafeInteger)
}

function withIntegers(json: unknown, exact: ReadonlyMap<number, bigint>): unknown {
  if (typeof json === 'number') {
    const integer = exact.get(Math.abs(json))
    return integer === undefined ? json : json < 0 ? -integer : integer
  }
  if (typeof json !== 'object' || json === null) return json
  if (Array.isArray(json)) return json.map((element) => withIntegers(element, exact))
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, withIntegers(value, exact)]))
}
