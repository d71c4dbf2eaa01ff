import { Datetime } from '../extension/datetime.ts'
import { Decimal } from '../extension/decimal.ts'
import { Duration } from '../extension/duration.ts'
import { IpAddress } from '../extension/ip-address.ts'
import { EntityRef } from './entity-ref.ts'
import type { Long } from './long.ts'

/** A value during evaluation. Longs are canonical (see {@link Long}), strings well-formed, sets without duplicates. */
export type Value = boolean | Long | string | EntityRef | CedarSet | CedarRecord | Extension

/** A record. A map, so that attributes like `__proto__` are attributes like any other. */
export type CedarRecord = ReadonlyMap<string, Value>

type Extension = Decimal | IpAddress | Datetime | Duration

/** Up to this many elements a look through all is quicker than an index. */
const few = 8

/** A set of values, of any types together. */
export class CedarSet {
  /** Each element once, in no particular order. */
  readonly elements: readonly Value[]
  #index: { readonly simple: ReadonlySet<Value>; readonly composite: ReadonlySet<string> } | null = null

  constructor(values: readonly Value[]) {
    this.elements = withoutDuplicates(values)
  }

  get size(): number {
    return this.elements.length
  }

  has(value: Value): boolean {
    const { elements } = this
    if (elements.length <= few) {
      if (typeof value !== 'object') return elements.includes(value)
      for (const element of elements) if (equal(element, value)) return true
      return false
    }
    this.#index ??= indexOf(elements)
    return typeof value === 'object' ? this.#index.composite.has(keyOf(value)) : this.#index.simple.has(value)
  }

  hasAll(other: CedarSet): boolean {
    if (other.size > this.size) return false
    for (const element of other.elements) if (!this.has(element)) return false
    return true
  }

  hasAny(other: CedarSet): boolean {
    const [small, large] = this.size < other.size ? [this, other] : [other, this]
    for (const element of small.elements) if (large.has(element)) return true
    return false
  }

  equals(other: CedarSet): boolean {
    return this.size === other.size && this.hasAll(other)
  }
}

function withoutDuplicates(values: readonly Value[]): readonly Value[] {
  if (values.length < 2) return values
  if (values.length <= few) {
    const distinct: Value[] = []
    for (const value of values) if (!distinct.some((known) => equal(known, value))) distinct.push(value)
    return distinct.length === values.length ? values : distinct
  }
  const simple = new Set<Value>()
  const composite = new Map<string, Value>()
  for (const value of values) {
    if (typeof value === 'object') composite.set(keyOf(value), value)
    else simple.add(value)
  }
  return [...simple, ...composite.values()]
}

function indexOf(elements: readonly Value[]): { simple: Set<Value>; composite: Set<string> } {
  const simple = new Set<Value>()
  const composite = new Set<string>()
  for (const element of elements) {
    if (typeof element === 'object') composite.add(keyOf(element))
    else simple.add(element)
  }
  return { simple, composite }
}

/** Cedar's `==`: values of different types are unequal, sets have no order, records compare by attribute. */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object') return false
  if (a instanceof EntityRef) return b instanceof EntityRef && a.id === b.id && a.type === b.type
  if (a instanceof CedarSet) return b instanceof CedarSet && a.equals(b)
  if (a instanceof Map) return b instanceof Map && equalRecords(a as CedarRecord, b as CedarRecord)
  if (a instanceof Decimal) return b instanceof Decimal && a.units === b.units
  if (a instanceof Datetime) return b instanceof Datetime && a.milliseconds === b.milliseconds
  if (a instanceof Duration) return b instanceof Duration && a.milliseconds === b.milliseconds
  return keyOf(a) === keyOf(b)
}

function equalRecords(a: CedarRecord, b: CedarRecord): boolean {
  if (a.size !== b.size) return false
  for (const [attribute, value] of a) {
    const other = b.get(attribute)
    if (other === undefined || !equal(value, other)) return false
  }
  return true
}

/** A text that two values share exactly when they are equal. */
function keyOf(value: Value): string {
  if (typeof value === 'string') return `s${value.length}:${value}`
  if (typeof value !== 'object') return typeof value === 'boolean' ? `b${value}` : `l${value}`
  if (value instanceof EntityRef) return `e${value.type}::${value.id.length}:${value.id}`
  if (value instanceof CedarSet) return `[${value.elements.map(keyOf).map(sized).sort().join('')}]`
  if (value instanceof Decimal) return `d${value.units}`
  if (value instanceof Datetime) return `t${value.milliseconds}`
  if (value instanceof Duration) return `p${value.milliseconds}`
  if (value instanceof IpAddress) return `i${value.key}`
  return `{${[...value]
    .map(([name, inner]) => sized(name) + sized(keyOf(inner)))
    .sort()
    .join('')}}`
}

function sized(text: string): string {
  return `${text.length}:${text}`
}
