import { isJsonObject } from '../../model/json.ts'
import type { JsonObject } from '../../model/json.ts'
import type { YamlPath } from '../../model/yaml-source.ts'

/** A part of a file, and where it stands. */
export interface Placed<T = unknown> {
  readonly value: T
  readonly path: YamlPath
}

/** Deeper than anything that a test needs, and shallower than a stack. */
const deepest = 250

/** A value of YAML with its merge keys (`<<`) merged, as promptfoo reads them; null when it holds itself, or is too deep. */
export function withMerges(value: unknown, depth = 0): { readonly value: unknown } | null {
  if (typeof value !== 'object' || value === null) return { value }
  if (depth === deepest) return null
  const parts = Object.entries(value).map(([key, one]) => [key, withMerges(one as unknown, depth + 1)] as const)
  if (parts.some(([, one]) => one === null)) return null
  const entries = parts.map(([key, one]) => [key, (one as { value: unknown }).value] as const)
  if (Array.isArray(value)) return { value: entries.map(([, one]) => one) }
  const merged = entries.filter(([key]) => key === '<<').flatMap(([, one]) => [one].flat(1))
  const own = Object.fromEntries(entries.filter(([key, one]) => key !== '<<' || ![one].flat(1).every(isJsonObject)))
  return { value: { ...Object.assign({}, ...merged.filter(isJsonObject).reverse()), ...own } as unknown }
}

/** What a reference such as `#/assertionTemplates/short` leads to in a file; undefined when to nothing. */
export function referred(reference: unknown, config: JsonObject): unknown {
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return undefined
  let value: unknown = config
  for (const name of reference
    .slice(2)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')))
    value = typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as JsonObject)[name] : undefined
  return value
}

/** The items of a list, and where each stands; of anything else, none. */
export function itemsOf(value: unknown, path: YamlPath): Placed[] {
  return Array.isArray(value) ? (value as readonly unknown[]).map((one, index) => ({ value: one, path: [...path, index] })) : []
}
