import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'

/**
 * What speaks against arguments in the plain part of a JSON Schema: types, required and undeclared members, enumerations, bounds and lengths.
 * Null when nothing does, or where the schema says more than this oracle reads. Deliberately no general validator.
 */
export function schemaObjection(schema: JsonObject, args: JsonObject): string | null {
  for (const key of ['anyOf', 'oneOf', 'allOf', '$ref', 'not', 'if']) if (key in schema) return null
  const properties = (schema['properties'] ?? {}) as JsonObject
  for (const name of Array.isArray(schema['required']) ? (schema['required'] as readonly string[]) : [])
    if (!Object.hasOwn(args, name)) return `\`${name}\` is missing`
  const open = ['additionalProperties', 'patternProperties', 'unevaluatedProperties'].some((key) => key in schema && schema[key] !== false)
  for (const [name, value] of Object.entries(args)) {
    if (!Object.hasOwn(properties, name)) {
      if (!open) return `\`${name}\` is not declared`
      continue
    }
    const problem = valueObjection(properties[name], value)
    if (problem !== null) return `\`${name}\` ${problem}`
  }
  return null
}

function valueObjection(schema: Json | undefined, value: Json): string | null {
  if (!isJsonObject(schema)) return null
  for (const key of ['anyOf', 'oneOf', 'allOf', '$ref', 'not', 'if', 'nullable']) if (key in schema) return null
  const { type, enum: allowed, minimum, maximum, minLength, maxLength } = schema
  const types = typeof type === 'string' ? [type] : Array.isArray(type) ? (type as readonly string[]) : null
  if (types !== null && !types.some((one) => isOf(one, value))) return 'is of another type'
  if (Array.isArray(allowed) && !(allowed as readonly Json[]).some((one) => JSON.stringify(one) === JSON.stringify(value)))
    return 'is not one of those listed'
  if (typeof value === 'number') {
    if (typeof minimum === 'number' && value < minimum) return 'is too small'
    if (typeof maximum === 'number' && value > maximum) return 'is too large'
  }
  if (typeof value === 'string') {
    const { length } = [...value]
    if (typeof minLength === 'number' && length < minLength) return 'is too short'
    if (typeof maxLength === 'number' && length > maxLength) return 'is too long'
  }
  return null
}

function isOf(type: string, value: Json): boolean {
  switch (type) {
    case 'integer':
      return typeof value === 'number' && Math.floor(value) === value
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isJsonObject(value)
    default:
      return typeof value === type
  }
}
