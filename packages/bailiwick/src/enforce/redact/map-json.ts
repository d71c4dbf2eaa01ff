import type { Json, JsonObject } from '../../model/json.ts'

/** The list with its items changed; the very same one when none is. */
export function mapItems(items: readonly Json[], change: (item: Json, index: number) => Json): readonly Json[] {
  const changed = items.map(change)
  return changed.every((item, index) => item === items[index]) ? items : changed
}

/** The object with its members changed, the very same one when none is. Made by `Object.fromEntries`, which makes even `__proto__` a member like any other. */
export function mapMembers(value: JsonObject, change: (inner: Json, key: string) => Json): JsonObject {
  const entries = Object.entries(value)
  const changed = entries.map(([key, inner]): [string, Json] => [key, change(inner, key)])
  return changed.every(([, inner], index) => inner === entries[index]?.[1]) ? value : Object.fromEntries(changed)
}
