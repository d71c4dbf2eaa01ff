import { extensionFunctions } from '../extension/functions.ts'
import { CedarSet } from '../value/value.ts'
import { toLong } from '../value/long.ts'
import type { CedarRecord, Value } from '../value/value.ts'
import { isPlainObject } from './plain-object.ts'
import { toRef } from './read-uid.ts'
import { Refusal, within } from './refusal.ts'

/**
 * Reads a value in Cedar's JSON form without a schema: only `__entity` and `__extn` give entities and extension values.
 * As in Cedar, an object that looks like an escape but is not one is a record.
 * @throws Refusal when it is not a Cedar value; Fault when an extension function fails.
 */
export function readValue(json: unknown): Value {
  switch (typeof json) {
    case 'boolean':
      return json
    case 'string':
      if (!json.isWellFormed()) throw new Refusal('the string is not well-formed Unicode: it has half of a surrogate pair')
      return json
    case 'number':
      return readNumber(json)
    case 'bigint': {
      const long = toLong(json)
      if (long === null) throw new Refusal(`\`${json}\` does not fit a 64-bit long`)
      return long
    }
    default:
  }
  if (Array.isArray(json)) return new CedarSet(readElements(json, readValue))
  if (isPlainObject(json)) return readEscape(json) ?? readRecord(json)
  if (json === null) throw new Refusal('`null` is not a Cedar value; leave the attribute out')
  throw new Refusal('expected a boolean, an integer, a string, an array or a plain object')
}

function readNumber(json: number): number {
  if (Number.isSafeInteger(json)) return json + 0
  if (Number.isInteger(json)) throw new Refusal(`\`${json}\` may have been rounded; give integers beyond 2^53 - 1 as a bigint`)
  throw new Refusal(`\`${json}\` is not an integer; give decimals as { __extn: { fn: 'decimal', arg: '…' } }`)
}

/** Reads each element of an array. */
export function readElements(json: readonly unknown[], read: (element: unknown) => Value): Value[] {
  let index = 0
  try {
    const values: Value[] = []
    for (; index < json.length; index += 1) values.push(read(json[index]))
    return values
  } catch (thrown) {
    throw within(index, thrown)
  }
}

/** Reads an object as a record, whatever its keys are. */
export function readRecord(json: Readonly<Record<string, unknown>>): CedarRecord {
  const record = new Map<string, Value>()
  let attribute = ''
  try {
    for (attribute of Object.keys(json)) {
      const value = json[attribute]
      if (value === undefined) continue
      if (!attribute.isWellFormed()) throw new Refusal('the name is not well-formed Unicode: it has half of a surrogate pair')
      record.set(attribute, readValue(value))
    }
  } catch (thrown) {
    throw within(attribute, thrown)
  }
  return record
}

/** The entity or extension value that an object stands for; null when it is a record. */
function readEscape(json: Readonly<Record<string, unknown>>): Value | null {
  const { __entity: entity, __extn: extension, __expr: expression } = json
  if (entity === undefined && extension === undefined && expression === undefined) return null
  if (keysOf(json) !== 1) return null
  if (typeof expression === 'string') throw new Refusal('the `__expr` escape is no longer supported by Cedar')
  if (isPlainObject(entity)) {
    const { type, id } = entity
    return typeof type === 'string' && typeof id === 'string' ? toRef(type, id) : null
  }
  const call = isPlainObject(extension) ? callOf(extension) : null
  return call === null ? null : callExtension(call.name, readElements(call.args, readValue))
}

/** The call which `{ fn, arg }` or `{ fn, args }` describes; null for any other object. */
export function callOf(json: Readonly<Record<string, unknown>>): { readonly name: string; readonly args: readonly unknown[] } | null {
  const { fn: name, arg, args } = json
  if (typeof name !== 'string') return null
  if (arg !== undefined) return { name, args: [arg] }
  return Array.isArray(args) ? { name, args } : null
}

function callExtension(name: string, args: readonly Value[]): Value {
  const called = extensionFunctions.get(name)
  if (called === undefined) throw new Refusal(`extension function \`${name}\` does not exist`)
  return called.apply(args)
}

function keysOf(json: Readonly<Record<string, unknown>>): number {
  return Object.values(json).reduce<number>((count, value) => (value === undefined ? count : count + 1), 0)
}
