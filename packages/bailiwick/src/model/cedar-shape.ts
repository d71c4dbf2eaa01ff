import { isJsonObject } from './json.ts'
import type { Json, JsonObject } from './json.ts'

/**
 * How a JSON value appears to policies. What Cedar has no type for (unions, free-form objects, `any`, recursion)
 * appears as its canonical JSON text, so that a policy can still look into it with `like`.
 */
export type CedarShape =
  | { readonly kind: 'string' | 'long' | 'decimal' | 'bool' | 'json' }
  | { readonly kind: 'set'; readonly of: CedarShape }
  | { readonly kind: 'record'; readonly fields: ReadonlyMap<string, { readonly shape: CedarShape; readonly required: boolean }> }

const json: CedarShape = { kind: 'json' }
/** Names that JSON writes as one escape: V8 13.6 reads some of them for others where they are keys. What has such a name is JSON text beside the rest. */
const misread = /^[\u0000-\u001f"\\]$/
const deepest = 12
const mostNodes = 5000

/** How far a shape has grown: a schema that refers to itself several times over has more branches than there is memory. */
interface Growth {
  nodes: number
}

/** The shape of what a JSON Schema (2020-12 or draft-07) describes. Total: never throws, whatever the schema says; what lies over 12 deep or 5,000 wide is JSON text. */
export function shapeOf(schema: Json | undefined, root: JsonObject, depth = 0, growth: Growth = { nodes: 0 }): CedarShape {
  growth.nodes += 1
  if (!isJsonObject(schema) || depth > deepest || growth.nodes > mostNodes) return json
  const reference = schema['$ref']
  if (typeof reference === 'string') {
    const target = referredSchema(reference, root)
    return target === null ? json : shapeOf(target, root, depth + 1, growth)
  }
  if (['anyOf', 'oneOf', 'allOf', 'not', 'if'].some((key) => key in schema)) return json
  const literals = Array.isArray(schema['enum']) ? (schema['enum'] as readonly Json[]) : 'const' in schema ? [schema['const']] : null
  if (literals !== null) return shapeOfLiterals(literals)
  switch (singleType(schema['type'])) {
    case 'string':
      return { kind: 'string' }
    case 'integer':
      return { kind: 'long' }
    case 'number':
      return { kind: 'decimal' }
    case 'boolean':
      return { kind: 'bool' }
    case 'array':
      return 'prefixItems' in schema || Array.isArray(schema['items'])
        ? json
        : { kind: 'set', of: shapeOf(schema['items'], root, depth + 1, growth) }
    case 'object':
      return recordOf(schema, root, depth, growth)
    default:
      return json
  }
}

/** The record of a tool's arguments; a tool without declared properties has an empty one. */
export function argumentsShape(inputSchema: JsonObject): Extract<CedarShape, { kind: 'record' }> {
  const shape = recordOf(inputSchema, inputSchema, 0, { nodes: 0 })
  return shape.kind === 'record' ? shape : { kind: 'record', fields: new Map() }
}

function recordOf(schema: JsonObject, root: JsonObject, depth: number, growth: Growth): CedarShape {
  const properties = schema['properties']
  if (!isJsonObject(properties)) return json
  const required = new Set(Array.isArray(schema['required']) ? (schema['required'] as readonly Json[]) : [])
  const fields = new Map<string, { shape: CedarShape; required: boolean }>()
  for (const [name, property] of Object.entries(properties)) {
    if (name.startsWith('__') || misread.test(name)) continue
    fields.set(name, { shape: shapeOf(property, root, depth + 1, growth), required: required.has(name) && !allowsNull(property, root) })
  }
  return { kind: 'record', fields }
}

function shapeOfLiterals(literals: readonly Json[]): CedarShape {
  const rest = literals.filter((literal) => literal !== null)
  if (rest.every((literal) => typeof literal === 'string')) return { kind: 'string' }
  if (rest.every((literal) => Number.isSafeInteger(literal))) return { kind: 'long' }
  if (rest.every((literal) => typeof literal === 'boolean')) return { kind: 'bool' }
  return json
}

function singleType(type: Json | undefined): string | null {
  if (typeof type === 'string') return type
  if (!Array.isArray(type)) return null
  const rest = (type as readonly Json[]).filter((one) => one !== 'null')
  return rest.length === 1 && typeof rest[0] === 'string' ? rest[0] : null
}

/** False only where the schema rules null out beyond doubt: a null counts as absent, so Cedar must not require the attribute. */
function allowsNull(property: Json, root: JsonObject, depth = 0): boolean {
  if (!isJsonObject(property) || depth > deepest || property['nullable'] === true) return true
  const { type, enum: values, $ref: reference } = property
  if (typeof type === 'string' && type !== 'null') return false
  if (Array.isArray(type) && !(type as readonly Json[]).includes('null')) return false
  if (Array.isArray(values) && !(values as readonly Json[]).includes(null)) return false
  if (property['const'] !== undefined && property['const'] !== null) return false
  const target = typeof reference === 'string' ? referredSchema(reference, root) : null
  return target === null || allowsNull(target, root, depth + 1)
}

/** What a local reference (`#/…`) in a schema refers to; null for one that leads nowhere, or elsewhere. */
export function referredSchema(reference: string, root: JsonObject): Json | null {
  if (!reference.startsWith('#/')) return null
  let node: Json | undefined = root
  for (const part of reference.slice(2).split('/')) {
    const name = (percentDecoded(part) ?? part).replaceAll('~1', '/').replaceAll('~0', '~')
    if (!isJsonObject(node) || !Object.hasOwn(node, name)) return null
    node = node[name]
  }
  return node ?? null
}

/** Null for a text that is not percent-encoded as it should be. */
function percentDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
}

/** The shape as a type in Cedar's schema syntax. */
export function typeText(shape: CedarShape): string {
  switch (shape.kind) {
    case 'string':
    case 'json':
      return 'String'
    case 'long':
      return 'Long'
    case 'decimal':
      return 'decimal'
    case 'bool':
      return 'Bool'
    case 'set':
      return `Set<${typeText(shape.of)}>`
    case 'record':
      return `{ ${[...shape.fields].map(([name, field]) => `${cedarString(name)}${field.required ? '' : '?'}: ${typeText(field.shape)}`).join(', ')} }`
  }
}

/** A Cedar string literal. */
export function cedarString(text: string): string {
  const escaped = text.replaceAll(/[\\"\p{Cc}\p{Cf}]/gu, (found) =>
    found === '"' || found === '\\' ? `\\${found}` : `\\u{${(found.codePointAt(0) as number).toString(16)}}`,
  )
  return `"${escaped}"`
}
