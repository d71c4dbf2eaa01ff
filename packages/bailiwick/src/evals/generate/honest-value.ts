import { posix } from 'node:path'
import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { FrameConstraints, FrameDeclaration } from '../../model/manifest.ts'
import type { Sink } from '../../model/vocabulary.ts'
import { textMatching } from './text-matching.ts'

/** What a value is made for. */
export interface ValueScope {
  readonly params: JsonObject
  /** The manifest's folder, from which relative paths in frames lead. */
  readonly base: string
  /** The whole schema, in which references lead. */
  readonly root: JsonObject
  readonly sink: Sink | null
  /** Another number gives another value, where the frame and the schema leave room for one. */
  readonly variant: number
}

const deepest = 8

/** A value that the frame and the schema of an argument are meant to let be; undefined when none can be derived from them. */
export function honestValue(schema: Json | undefined, frame: FrameDeclaration | undefined, scope: ValueScope, depth = 0): Json | undefined {
  const framed = frame === undefined ? undefined : valueInFrame(frame, schema, scope)
  if (framed === undefined) return valueOfSchema(schema, scope, depth)
  const list = isJsonObject(schema) && schema['type'] === 'array' && !Array.isArray(framed)
  return list ? [framed] : framed
}

/** What a text in a frame stands for, as the manual says: `$name` a parameter, `$$x` the text `$x`. */
export function frameLiteral(text: Json, params: JsonObject): Json | undefined {
  if (typeof text !== 'string' || !text.startsWith('$')) return text
  if (text.startsWith('$$')) return text.slice(1)
  return Object.hasOwn(params, text.slice(1)) ? params[text.slice(1)] : undefined
}

/** The same as a text; empty for a parameter that the session does not have. */
export function frameText(text: Json, params: JsonObject): string {
  const value = frameLiteral(text, params)
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
}

function valueInFrame(frame: FrameDeclaration, schema: Json | undefined, scope: ValueScope): Json | undefined {
  if (typeof frame !== 'object') return frameLiteral(frame, scope.params)
  const { params, variant } = scope
  if (frame.in !== undefined) return frameLiteral(frame.in[variant % frame.in.length] as Json, params)
  if (frame.path !== undefined) return posix.resolve(scope.base, frame.path)
  if (frame.domain !== undefined) return placeWithin(frame, schema, scope)
  if (frame.pattern !== undefined) return textMatching(frame.pattern, variant)
  if (frame.prefix !== undefined) return `${frameText(frame.prefix, params)}example${variant}`
  if (frame.range !== undefined) return numberWithin(boundsOf(frame.range, params), schema, variant)
  if (frame.fields !== undefined) {
    const properties = isJsonObject(schema) && isJsonObject(schema['properties']) ? schema['properties'] : {}
    const fields = Object.entries(frame.fields).map(
      ([name, inner]) => [name, honestValue(properties[name], inner, { ...scope, sink: null })] as const,
    )
    return Object.fromEntries(fields.filter((field): field is readonly [string, Json] => field[1] !== undefined))
  }
  return undefined
}

/** The two bounds of a `range`, parameters put in; undefined where it is open. */
export function boundsOf(
  range: NonNullable<FrameConstraints['range']>,
  params: JsonObject,
): readonly [number | undefined, number | undefined] {
  const { min, max } = Array.isArray(range)
    ? { min: (range as readonly Json[])[0], max: (range as readonly Json[])[1] }
    : (range as { readonly min?: Json; readonly max?: Json })
  const bound = (value: Json | undefined): number | undefined => (value === undefined ? undefined : Number(frameLiteral(value, params)))
  return [bound(min), bound(max)]
}

function placeWithin({ domain }: FrameConstraints, schema: Json | undefined, { params, sink, variant }: ValueScope): string {
  const domains = [domain].flat().map((one) => frameText(one ?? '', params))
  const host = (domains[variant % domains.length] as string).replace(/^\*\./, 'sub.')
  const url = sink === 'url' || (isJsonObject(schema) && (schema['format'] === 'uri' || schema['format'] === 'url'))
  return url ? `https://${host}/example${variant}` : `example${variant}@${host}`
}

function numberWithin([min, max]: readonly [number | undefined, number | undefined], schema: Json | undefined, variant: number): number {
  const low = Math.max(min ?? Number.NEGATIVE_INFINITY, numberOf(schema, 'minimum', Number.NEGATIVE_INFINITY))
  const high = Math.min(max ?? Number.POSITIVE_INFINITY, numberOf(schema, 'maximum', Number.POSITIVE_INFINITY))
  const first = Number.isFinite(low) ? low : Number.isFinite(high) ? Math.min(high, 1) : 1
  const whole = Math.ceil(first)
  const value = whole <= high ? whole : first
  return Number.isFinite(high) ? value + (variant % Math.max(1, Math.floor(high - value) + 1)) : value + variant
}

function numberOf(schema: Json | undefined, key: string, fallback: number): number {
  const value = isJsonObject(schema) ? schema[key] : undefined
  return typeof value === 'number' ? value : fallback
}

function valueOfSchema(schema: Json | undefined, scope: ValueScope, depth: number): Json | undefined {
  if (depth > deepest) return undefined
  if (!isJsonObject(schema)) return `example ${scope.variant}`
  const { $ref: reference, enum: values, const: constant, anyOf, oneOf, type, examples, default: usual } = schema
  if (typeof reference === 'string') return valueOfSchema(referred(reference, scope.root), scope, depth + 1)
  if (constant !== undefined) return constant
  if (Array.isArray(values)) return (values as readonly Json[])[scope.variant % values.length]
  if (scope.variant === 0 && Array.isArray(examples) && examples.length > 0) return (examples as readonly Json[])[0]
  if (scope.variant === 0 && usual !== undefined && usual !== null) return usual
  for (const options of [anyOf, oneOf]) if (Array.isArray(options)) return valueOfSchema((options as readonly Json[])[0], scope, depth + 1)
  const kind = Array.isArray(type) ? (type as readonly Json[]).find((one) => one !== 'null') : type
  switch (kind) {
    case 'integer':
    case 'number':
      return numberWithin([undefined, undefined], schema, scope.variant)
    case 'boolean':
      return scope.variant % 2 === 1
    case 'null':
      return null
    case 'array': {
      const item = honestValue(schema['items'], undefined, scope, depth + 1)
      return item === undefined ? [] : Array.from({ length: Math.max(1, numberOf(schema, 'minItems', 1)) }, () => item)
    }
    case 'object':
      return objectOf(schema, scope, depth)
    default:
      return isJsonObject(schema['properties']) ? objectOf(schema, scope, depth) : textOf(schema, scope)
  }
}

function objectOf(schema: JsonObject, scope: ValueScope, depth: number): JsonObject {
  const required = new Set(Array.isArray(schema['required']) ? (schema['required'] as readonly Json[]) : [])
  const properties = Object.entries((schema['properties'] ?? {}) as JsonObject).filter(([name]) => required.has(name))
  const fields = properties.map(([name, inner]) => [name, honestValue(inner, undefined, { ...scope, sink: null }, depth + 1)] as const)
  return Object.fromEntries(fields.filter((field): field is readonly [string, Json] => field[1] !== undefined))
}

const formats: Readonly<Record<string, (variant: number) => string>> = {
  email: (variant) => `example${variant}@example.org`,
  uri: (variant) => `https://example.org/${variant}`,
  url: (variant) => `https://example.org/${variant}`,
  date: (variant) => `2026-01-${String((variant % 28) + 1).padStart(2, '0')}`,
  'date-time': (variant) => `2026-01-${String((variant % 28) + 1).padStart(2, '0')}T12:00:00Z`,
  time: () => '12:00:00Z',
  uuid: (variant) => `00000000-0000-4000-8000-${String(variant).padStart(12, '0')}`,
  hostname: (variant) => `host${variant}.example.org`,
  ipv4: (variant) => `192.0.2.${(variant % 254) + 1}`,
}

function textOf(schema: JsonObject, { variant }: ValueScope): string | undefined {
  if (typeof schema['pattern'] === 'string') return textMatching(schema['pattern'].replace(/^\^/, '').replace(/\$$/, ''), variant)
  const { format } = schema
  const made = typeof format === 'string' && Object.hasOwn(formats, format) ? formats[format]?.(variant) : undefined
  if (made !== undefined) return made
  const text = `example ${variant}`
  return text.padEnd(numberOf(schema, 'minLength', 0), 'x').slice(0, numberOf(schema, 'maxLength', text.length + 1e6))
}

function referred(reference: string, root: JsonObject): Json | undefined {
  if (!reference.startsWith('#/')) return undefined
  let node: Json | undefined = root
  for (const part of reference.slice(2).split('/'))
    node = isJsonObject(node) ? node[part.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined
  return node
}
