import { posix } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { hostOf, hostWithin } from '../host-frame.ts'
import { canonicalJson, isJsonObject } from '../json.ts'
import type { Json } from '../json.ts'
import { pathProblem } from '../path-frame.ts'
import type { RealPaths } from '../path-frame.ts'
import { wholeTextPattern } from '../regular-expression.ts'
import type { ValueSet } from './value-set.ts'

/**
 * Whether a value is in a set.
 * @param realPaths where paths really lead; null to take them as they are written
 * @throws Error for a pattern that is not RE2
 */
export function holds(set: ValueSet, value: Json, realPaths: RealPaths | null): boolean {
  switch (set.kind) {
    case 'all':
      return set.of.every((one) => holds(one, value, realPaths))
    case 'any':
      return set.of.some((one) => holds(one, value, realPaths))
    case 'each':
      return Array.isArray(value)
        ? (value as readonly Json[]).every((item) => holds(set.item, item, realPaths))
        : holds(set.item, value, realPaths)
    case 'oneOf':
      return isAmong(set.values, value)
    case 'noneOf':
      // A tool takes -0 for 0, as canonical JSON does.
      return !set.values.some((one) => isDeepStrictEqual(one, value) || canonicalJson(one) === canonicalJson(value))
    case 'has':
      return Array.isArray(value) && set.values.every((one) => isAmong(value as readonly Json[], one))
    case 'only':
      return Array.isArray(value) && (value as readonly Json[]).every((item) => isAmong(set.values, item))
    case 'atLeast':
      return typeof value === 'number' && (set.bound.open ? value > set.bound.at : value >= set.bound.at)
    case 'atMost':
      return typeof value === 'number' && (set.bound.open ? value < set.bound.at : value <= set.bound.at)
    case 'fields':
      return isJsonObject(value) && fieldsHold(set.fields, value, realPaths)
    default:
      return typeof value === 'string' && textHolds(set, value, realPaths)
  }
}

/** Whether a list has a value. */
export function isAmong(values: readonly Json[], value: Json): boolean {
  return values.some((one) => isDeepStrictEqual(one, value))
}

type TextSet = Extract<ValueSet, { readonly kind: 'pattern' | 'prefix' | 'path' | 'domain' }>

function textHolds(set: TextSet, value: string, realPaths: RealPaths | null): boolean {
  switch (set.kind) {
    case 'pattern':
      return wholeTextPattern(set.text).test(value)
    case 'prefix':
      return value.startsWith(set.text)
    case 'path':
      return pathProblem(value, set.text, realPaths ?? asWritten([set.text, value])) === null
    case 'domain': {
      const found = hostOf(value)
      return 'host' in found && set.domains.some((domain) => hostWithin(found.host, domain))
    }
  }
}

function fieldsHold(
  fields: Extract<ValueSet, { kind: 'fields' }>['fields'],
  value: Readonly<Record<string, Json>>,
  realPaths: RealPaths | null,
): boolean {
  for (const [name, { set, optional }] of fields) {
    const given = Object.hasOwn(value, name) ? value[name] : undefined
    if (given === undefined ? !optional : !holds(set, given, realPaths)) return false
  }
  return true
}

function asWritten(paths: readonly string[]): RealPaths {
  return Object.fromEntries(paths.flatMap((path) => [path, posix.normalize(path)]).map((path) => [path, posix.normalize(path)]))
}
