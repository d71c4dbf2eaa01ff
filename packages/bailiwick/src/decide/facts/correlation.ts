import type { EventPattern } from '../../model/fact.ts'
import { canonicalJson, sha256Hex } from '../../model/json.ts'
import type { Json } from '../../model/json.ts'
import type { ValuePath } from '../../model/value-path.ts'
import { valueAt } from './past-event.ts'
import type { Occasion, PastEvent } from './past-event.ts'

/** Longer values are told apart by their hash, so that what an agent sends cannot fill the memory. */
const longestKey = 128

/** Tells values apart: equal JSON values have equal texts, different ones different texts, and what is absent has one of its own. */
export function valueKey(value: Json | undefined): string {
  if (value === undefined || value === null) return '-'
  // Scalars need no canonical form, and are what is compared nearly always.
  if (typeof value === 'string') return value.length > longestKey ? `#${sha256Hex(value)}` : `"${value}`
  if (typeof value !== 'object') return String(value)
  const text = canonicalJson(value)
  return text.length > longestKey ? `##${sha256Hex(text)}` : text
}

/** Two texts as one, which no two others make. */
export function joinKeys(first: string, second: string): string {
  return `${first.length}:${first}${second}`
}

/** The first of the texts that {@link joinKeys} made one. */
export function firstKey(joined: string): string {
  const colon = joined.indexOf(':')
  return joined.slice(colon + 1, colon + 1 + Number(joined.slice(0, colon)))
}

/** What a past event must share with a call, as one text. */
export function pastKey(pattern: EventPattern, event: PastEvent): string {
  return keyOf(pattern.same, event, 'past')
}

/** What a call at hand must share with a past event, as one text. */
export function presentKey(pattern: EventPattern, call: Occasion): string {
  return keyOf(pattern.same, call, 'present')
}

function keyOf(
  same: readonly { readonly past: ValuePath; readonly present: ValuePath }[],
  event: Occasion | PastEvent,
  side: 'past' | 'present',
): string {
  if (same.length === 0) return ''
  if (same.length === 1) return valueKey(valueAt((same[0] as { past: ValuePath; present: ValuePath })[side], event))
  return same.reduce((key, pair) => joinKeys(key, valueKey(valueAt(pair[side], event))), '')
}
