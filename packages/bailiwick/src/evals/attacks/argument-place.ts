import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'

/** Names on the way from a tool's arguments to a value in them. A list on the way stands for its items. */
export type ArgumentPlace = readonly [argument: string, ...members: string[]]

/** The part of a schema that describes what stands at a place; undefined where it says nothing of it. */
export function schemaAt(schema: JsonObject, place: ArgumentPlace): Json | undefined {
  return place.reduce<Json | undefined>((at, name) => {
    const object = isJsonObject(at) && isJsonObject(at['items']) ? at['items'] : at
    return isJsonObject(object) && isJsonObject(object['properties']) ? object['properties'][name] : undefined
  }, schema)
}

/** What stands at a place, of a list in its first item; undefined where nothing does. */
export function valueAt(args: JsonObject | undefined, place: ArgumentPlace): Json | undefined {
  return place.reduce<Json | undefined>((at, name) => {
    const object = Array.isArray(at) ? (at as readonly Json[])[0] : at
    return isJsonObject(object) && Object.hasOwn(object, name) ? object[name] : undefined
  }, args)
}

/** A copy with a value at a place, of a list in each of its items. Objects that are not there yet are made. */
export function withValueAt(args: JsonObject, [name, next, ...rest]: ArgumentPlace, value: Json): JsonObject {
  const before = Object.hasOwn(args, name) ? args[name] : undefined
  const changed = (one: Json | undefined): Json =>
    next === undefined ? value : withValueAt(isJsonObject(one) ? one : {}, [next, ...rest], value)
  const after = next !== undefined && Array.isArray(before) ? (before as readonly Json[]).map(changed) : changed(before)
  return Object.fromEntries([...Object.entries(args).filter(([other]) => other !== name), [name, after]])
}
