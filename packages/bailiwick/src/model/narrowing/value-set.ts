import { literal, literalTexts, rootOf } from '../frame.ts'
import type { Json, JsonObject } from '../json.ts'
import type { FrameConstraints } from '../manifest.ts'
import type { Bound, PartFrame } from './contract-part.ts'

/**
 * The values that a frame lets through, once the parameters are filled in. Of the plain kinds, `atLeast` and `atMost` hold numbers only, `pattern`, `prefix`,
 * `domain` and `path` texts only, `fields` objects only, `has` and `only` lists only.
 */
export type ValueSet =
  | { readonly kind: 'all' | 'any'; readonly of: readonly ValueSet[] }
  /** A value that is in the set, or a list all of whose items are. */
  | { readonly kind: 'each'; readonly item: ValueSet }
  | { readonly kind: 'oneOf' | 'noneOf' | 'has' | 'only'; readonly values: readonly Json[] }
  | { readonly kind: 'atLeast' | 'atMost'; readonly bound: Bound }
  | { readonly kind: 'pattern' | 'prefix' | 'path'; readonly text: string }
  | { readonly kind: 'domain'; readonly domains: readonly string[] }
  | { readonly kind: 'fields'; readonly fields: ReadonlyMap<string, FieldSet> }

export interface FieldSet {
  readonly set: ValueSet
  readonly optional: boolean
}

/** What a frame means by more than itself: the session's parameters, and the folder at which relative paths begin. */
export interface Ground {
  readonly params: JsonObject
  readonly base: string
}

const nothing: ValueSet = { kind: 'any', of: [] }

/** The values that a frame lets through. */
export function valueSet(frame: PartFrame, ground: Ground): ValueSet {
  if (typeof frame !== 'object') return oneOf([literal(frame, ground.params)])
  if ('all' in frame) return { kind: 'all', of: frame.all.map((one) => valueSet(one, ground)) }
  if ('any' in frame) return { kind: 'any', of: frame.any.map((one) => valueSet(one, ground)) }
  if ('oneOf' in frame) return { kind: 'oneOf', values: frame.oneOf }
  if ('noneOf' in frame) return { kind: 'noneOf', values: frame.noneOf }
  if ('has' in frame) return { kind: 'has', values: frame.has }
  if ('only' in frame) return { kind: 'only', values: frame.only }
  if ('from' in frame) return { kind: 'all', of: between(frame.from, frame.to) }
  // Each constraint for itself, so that what holds of one need not be told from another.
  return { kind: 'all', of: constrained(frame, ground).map((item) => ({ kind: 'each', item })) }
}

/** A frame's values, and whether its argument may be left out. */
export function fieldSet(frame: PartFrame, ground: Ground): FieldSet {
  return { set: valueSet(frame, ground), optional: isOptional(frame) }
}

/** Whether the argument of a frame may be left out. */
export function isOptional(frame: PartFrame): boolean {
  return typeof frame === 'object' && 'optional' in frame && frame.optional === true
}

/** The absolute roots of the path constraints in a frame. */
export function rootsIn(frame: PartFrame, base: string): readonly string[] {
  if (typeof frame !== 'object') return []
  if ('all' in frame) return frame.all.flatMap((one) => rootsIn(one, base))
  if ('any' in frame) return frame.any.flatMap((one) => rootsIn(one, base))
  const { path, fields = {} } = frame as FrameConstraints
  return [...(path === undefined ? [] : [rootOf(path, base)]), ...Object.values(fields).flatMap((inner) => rootsIn(inner, base))]
}

function constrained(frame: FrameConstraints, ground: Ground): readonly ValueSet[] {
  const { params, base } = ground
  const sets: ValueSet[] = []
  if (frame.in !== undefined) sets.push(oneOf(frame.in.map((item) => literal(item, params))))
  if (frame.pattern !== undefined) sets.push({ kind: 'pattern', text: frame.pattern })
  if (frame.range !== undefined) sets.push(...ranged(frame.range, params))
  if (frame.prefix !== undefined) {
    const [text] = literalTexts([frame.prefix], params)
    sets.push(text === undefined ? nothing : { kind: 'prefix', text })
  }
  if (frame.domain !== undefined) sets.push({ kind: 'domain', domains: literalTexts([frame.domain].flat(), params) })
  if (frame.path !== undefined) sets.push({ kind: 'path', text: rootOf(frame.path, base) })
  const fields = Object.entries(frame.fields ?? {})
  if (fields.length > 0) sets.push({ kind: 'fields', fields: new Map(fields.map(([name, inner]) => [name, fieldSet(inner, ground)])) })
  return sets
}

function oneOf(values: readonly (Json | undefined)[]): ValueSet {
  return { kind: 'oneOf', values: values.filter((value) => value !== undefined) }
}

function ranged(range: NonNullable<FrameConstraints['range']>, params: JsonObject): readonly ValueSet[] {
  const [low, high] = Array.isArray(range)
    ? (range as readonly (number | string)[])
    : [(range as { min?: number | string }).min, (range as { max?: number | string }).max]
  const [min, max] = [low, high].map((bound) => (bound === undefined ? null : Number(literal(bound, params))))
  if (Number.isNaN(min) || Number.isNaN(max)) return [nothing]
  return between(closed(min), closed(max))
}

function closed(at: number | null | undefined): Bound | null {
  return at === null || at === undefined ? null : { at, open: false }
}

function between(from: Bound | null, to: Bound | null): readonly ValueSet[] {
  return [
    { kind: 'atLeast', bound: from ?? { at: Number.NEGATIVE_INFINITY, open: false } },
    { kind: 'atMost', bound: to ?? { at: Number.POSITIVE_INFINITY, open: false } },
  ]
}
