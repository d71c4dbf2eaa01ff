import type { JsonObject } from '../../model/json.ts'

/** What texts of a suite can refer to: `${base}`, `${params.week}`, `${canary.email}`. */
export interface Placeholders {
  /** The manifest's folder. */
  readonly base: string
  readonly params: JsonObject
  readonly canaries: Readonly<Record<string, string>>
}

const reference = /\$\{(base|params\.\w+|canary\.[\w-]+)\}/g

/** The value with every reference in its texts filled in. What nothing stands for is left as it is. */
export function filled<T>(value: T, placeholders: Placeholders): T {
  if (typeof value === 'string') return value.replaceAll(reference, (whole, name: string) => textOf(name, placeholders) ?? whole) as T
  if (Array.isArray(value)) return value.map((one: unknown) => filled(one, placeholders)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, filled(one as unknown, placeholders)])) as T
}

/** References in the texts of a value that nothing stands for. */
export function unfilled(value: unknown, placeholders: Placeholders): string[] {
  if (typeof value === 'string')
    return [...value.matchAll(/\$\{(?:params|canary)\.[^}]*\}/g)]
      .map(([whole]) => whole)
      .filter((whole) => filled(whole, placeholders) === whole)
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap((one: unknown) => unfilled(one, placeholders)) : []
}

function textOf(name: string, { base, params, canaries }: Placeholders): string | null {
  if (name === 'base') return base
  const [of, key] = [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)]
  if (of === 'canary') return Object.hasOwn(canaries, key) ? (canaries[key] as string) : null
  const value = Object.hasOwn(params, key) ? params[key] : undefined
  if (value === undefined) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}
