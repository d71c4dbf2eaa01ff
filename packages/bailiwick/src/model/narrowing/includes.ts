import type { Json } from '../json.ts'
import { domainWithin } from '../host-frame.ts'
import { under } from '../path-frame.ts'
import { holds, isAmong } from './holds.ts'
import type { ValueSet } from './value-set.ts'

/**
 * Whether every value of one set is in another, as far as that can be decided. False for what is not, and for what cannot be told: two patterns of which
 * neither is written like the other, or alternatives that only hold a value between them. Paths are taken as they are written, since where links lead is
 * known only when a call is made.
 */
export function includes(outer: ValueSet, inner: ValueSet): boolean {
  if (outer.kind === 'all') return outer.of.every((one) => includes(one, inner))
  if (inner.kind === 'any') return inner.of.every((one) => includes(outer, one))
  const values = finite(inner)
  if (values !== null) return values.every((value) => holds(outer, value, null))
  if (inner.kind === 'all' && inner.of.some((one) => includes(outer, one))) return true
  if (outer.kind === 'any') return outer.of.some((one) => includes(one, inner))
  if (outer.kind === 'noneOf') return excludes(outer.values, inner)
  if (outer.kind === 'each') return includesEach(outer.item, inner)
  return includesPlain(outer, inner)
}

/** The values of a set that names them; null for any other. */
function finite(set: ValueSet): readonly Json[] | null {
  if (set.kind === 'oneOf') return set.values
  if (set.kind !== 'all') return null
  const named = set.of.map(finite).find((values) => values !== null)
  return named?.filter((value) => holds(set, value, null)) ?? null
}

/** Whether none of some values is in a set. Those that JSON writes in more than one way are left to a set that excludes them itself. */
function excludes(values: readonly Json[], inner: ValueSet): boolean {
  if (inner.kind === 'noneOf') return values.every((value) => isAmong(inner.values, value))
  return values.every((value) => typeof value !== 'object' && value !== 0 && !holds(inner, value, null))
}

function includesEach(item: ValueSet, inner: ValueSet): boolean {
  switch (inner.kind) {
    case 'each':
      return includes(item, inner.item)
    case 'only':
      return inner.values.every((value) => holds(item, value, null))
    case 'atLeast':
    case 'atMost':
    case 'pattern':
    case 'prefix':
    case 'path':
    case 'domain':
    case 'fields':
      return includes(item, inner)
    // Lists are among these, and nothing is known of their items.
    default:
      return false
  }
}

function includesPlain(outer: ValueSet, inner: ValueSet): boolean {
  if ((outer.kind === 'atLeast' || outer.kind === 'atMost') && outer.kind === inner.kind) {
    const [wide, narrow] = [outer.bound, inner.bound]
    if (wide.at === narrow.at) return narrow.open || !wide.open
    return outer.kind === 'atLeast' ? narrow.at > wide.at : narrow.at < wide.at
  }
  // Any number is within a bound at infinity.
  if (outer.kind === 'atLeast' && inner.kind === 'atMost') return outer.bound.at === Number.NEGATIVE_INFINITY && !outer.bound.open
  if (outer.kind === 'atMost' && inner.kind === 'atLeast') return outer.bound.at === Number.POSITIVE_INFINITY && !outer.bound.open
  if (outer.kind === 'pattern') return inner.kind === 'pattern' && inner.text === outer.text
  if (outer.kind === 'prefix') return inner.kind === 'prefix' && inner.text.startsWith(outer.text)
  if (outer.kind === 'path') return inner.kind === 'path' && under(inner.text, outer.text)
  if (outer.kind === 'domain')
    return inner.kind === 'domain' && inner.domains.every((one) => outer.domains.some((other) => domainWithin(one, other)))
  if (outer.kind === 'has')
    return (
      (inner.kind === 'has' || (inner.kind === 'only' && outer.values.length === 0)) && outer.values.every((value) => has(inner, value))
    )
  if (outer.kind === 'only') return inner.kind === 'only' && inner.values.every((value) => isAmong(outer.values, value))
  if (outer.kind === 'fields')
    return (
      inner.kind === 'fields' &&
      [...outer.fields].every(([name, wide]) => {
        const narrow = inner.fields.get(name)
        return narrow !== undefined && (wide.optional || !narrow.optional) && includes(wide.set, narrow.set)
      })
    )
  return false
}

function has(set: ValueSet, value: Json): boolean {
  return 'values' in set && isAmong(set.values, value)
}
