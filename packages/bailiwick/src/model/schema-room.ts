import { referredSchema } from './cedar-shape.ts'
import { isJsonObject } from './json.ts'
import type { Json, JsonObject } from './json.ts'

/** References and alternatives within each other beyond which a schema is taken to leave room for anything. */
const deepest = 32

/** What can describe members or items in ways that are not followed here. */
const unfollowed = ['if', 'then', 'else', 'not', 'dependentSchemas', '$dynamicRef', 'prefixItems']
const openings = ['additionalProperties', 'patternProperties', 'unevaluatedProperties']

/**
 * Whether a JSON Schema leaves room for a value where the path of a redaction leads: `*` is every member or item, a list on the way stands for its
 * items, a text may be JSON. A member that an object neither declares nor leaves open by `additionalProperties` and the like has no room.
 * Says true wherever the schema is beyond it.
 */
export function leavesRoomFor(schema: Json | undefined, path: readonly string[], root: JsonObject, depth = 0): boolean {
  const [segment, ...rest] = path
  if (segment === undefined || depth > deepest) return true
  if (!isJsonObject(schema)) return schema !== false
  if (unfollowed.some((key) => key in schema)) return true
  const room = (inner: Json | undefined, left: readonly string[] = path): boolean => leavesRoomFor(inner, left, root, depth + 1)
  const { $ref: reference, properties, items, type } = schema
  if (typeof reference === 'string') return room(referredSchema(reference, root) ?? true)
  const options = ['anyOf', 'oneOf', 'allOf'].flatMap((key) => (Array.isArray(schema[key]) ? (schema[key] as readonly Json[]) : []))
  if (options.some((one) => room(one))) return true
  const types = typeof type === 'string' ? [type] : Array.isArray(type) ? (type as readonly Json[]) : null
  const is = (name: string, said: boolean): boolean => (types === null ? said : types.includes(name))
  if (types === null && options.length === 0 && !('properties' in schema) && !('items' in schema)) return true
  if (is('string', false)) return true
  if (is('array', 'items' in schema) && room(items ?? true, segment === '*' || /^\d+$/.test(segment) ? rest : path)) return true
  if (!is('object', 'properties' in schema)) return false
  if (!isJsonObject(properties) || openings.some((key) => key in schema && schema[key] !== false)) return true
  if (segment === '*') return Object.values(properties).some((inner) => room(inner, rest))
  return Object.hasOwn(properties, segment) && room(properties[segment], rest)
}
