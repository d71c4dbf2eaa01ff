import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { ParameterDeclaration } from '../../model/manifest.ts'
import { sampleText } from './sample-text.ts'

const deepest = 8
const formats: Readonly<Record<string, string>> = {
  email: 'someone@example.org',
  uri: 'https://example.org/',
  url: 'https://example.org/',
  date: '2026-01-15',
  'date-time': '2026-01-15T12:00:00Z',
  time: '12:00:00Z',
  uuid: '00000000-0000-4000-8000-000000000000',
  hostname: 'example.org',
  ipv4: '192.0.2.1',
}

/** A value that a JSON Schema describes, as far as its commonest keywords say. The caller checks it. */
export function sampleOfSchema(schema: Json | undefined, root: JsonObject, depth = 0): Json {
  if (!isJsonObject(schema) || depth > deepest) return 'text'
  if ('const' in schema) return schema['const']
  const listed = [schema['enum'], schema['examples']].find((one) => Array.isArray(one) && one.length > 0) as readonly Json[] | undefined
  if (listed !== undefined) return listed[0] as Json
  if ('default' in schema) return schema['default']
  const reference = schema['$ref']
  if (typeof reference === 'string') return sampleOfSchema(referred(reference, root), root, depth + 1)
  for (const key of ['anyOf', 'oneOf', 'allOf']) {
    const branches = schema[key]
    if (Array.isArray(branches) && branches.length > 0)
      return sampleOfSchema({ ...omit(schema, key), ...(branches as readonly JsonObject[])[0] }, root, depth + 1)
  }
  const type = Array.isArray(schema['type']) ? (schema['type'] as readonly Json[])[0] : schema['type']
  switch (type) {
    case 'integer':
    case 'number':
      return numberOf(schema)
    case 'boolean':
      return false
    case 'null':
      return null
    case 'array':
      return Array.from({ length: Math.min(numeric(schema['minItems']) ?? 0, 20) }, () => sampleOfSchema(schema['items'], root, depth + 1))
    case 'object':
      return Object.fromEntries(requiredOf(schema).map((name) => [name, sampleOfSchema(propertyOf(schema, name), root, depth + 1)]))
    default:
      return textOf(schema)
  }
}

/** The schema of a property, undefined when it has none of its own. */
export function propertyOf(schema: JsonObject, name: string): Json | undefined {
  const properties = schema['properties']
  return isJsonObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined
}

export function requiredOf(schema: JsonObject): readonly string[] {
  const required = schema['required']
  return Array.isArray(required) ? (required as readonly Json[]).filter((name) => typeof name === 'string') : []
}

/** A value that a goal's parameter may have. */
export function sampleParameter({ type, pattern, enum: allowed, minimum, maximum }: ParameterDeclaration): Json {
  if (allowed !== undefined) return allowed[0] as Json
  if (type === 'boolean') return false
  if (type === 'string') return pattern === undefined ? 'text' : (sampleText(pattern) ?? 'text')
  return minimum ?? Math.min(1, maximum ?? 1)
}

function textOf(schema: JsonObject): string {
  const { pattern, format, minLength, maxLength } = schema
  const base =
    (typeof pattern === 'string' ? sampleText(pattern) : null) ?? (typeof format === 'string' ? formats[format] : undefined) ?? 'text'
  return base.padEnd(Math.min(numeric(minLength) ?? 0, 10_000), 'x').slice(0, Math.max(numeric(maxLength) ?? base.length, 0) || undefined)
}

function numberOf({ type, minimum, exclusiveMinimum, maximum, exclusiveMaximum }: JsonObject): number {
  const step = type === 'integer' ? 1 : 0.5
  const low = numeric(minimum) ?? (numeric(exclusiveMinimum) === null ? null : (numeric(exclusiveMinimum) as number) + step)
  const high = numeric(maximum) ?? (numeric(exclusiveMaximum) === null ? null : (numeric(exclusiveMaximum) as number) - step)
  return low ?? Math.min(1, high ?? 1)
}

function numeric(value: Json | undefined): number | null {
  return typeof value === 'number' ? value : null
}

function omit(object: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key))
}

function referred(reference: string, root: JsonObject): Json | undefined {
  if (!reference.startsWith('#/')) return undefined
  let node: Json | undefined = root
  for (const part of reference.slice(2).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (!isJsonObject(node) || !Object.hasOwn(node, name)) return undefined
    node = node[name]
  }
  return node
}
