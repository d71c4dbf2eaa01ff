import { extensionFunctions } from '../extension/functions.ts'
import type { ExtensionType } from '../extension/functions.ts'
import { isPlainObject } from '../read/plain-object.ts'
import { readUid } from '../read/read-uid.ts'
import { callOf, readElements, readValue } from '../read/read-value.ts'
import { Refusal, within } from '../read/refusal.ts'
import type { EntityRef } from '../value/entity-ref.ts'
import { CedarSet } from '../value/value.ts'
import { typeOf } from '../value/type-of.ts'
import type { CedarRecord, Value } from '../value/value.ts'
import { isActionType } from './schema.ts'
import type { Schema } from './schema.ts'
import type { RecordType, SchemaType } from './schema-type.ts'

const constructors: Readonly<Record<Exclude<ExtensionType, 'string'>, string>> = {
  ipaddr: 'ip',
  decimal: 'decimal',
  datetime: 'datetime',
  duration: 'duration',
}

/**
 * Reads a value of a type: besides the forms of `readValue`, an entity may stand without `__entity`, an extension value without
 * `__extn` or as its constructor's argument alone.
 * @throws Refusal when it is not of the type; Fault when an extension function fails.
 */
export function readTyped(json: unknown, type: SchemaType, schema: Schema): Value {
  switch (type.kind) {
    case 'record':
      if (!isPlainObject(json)) throw new Refusal('expected a record')
      return readTypedRecord(json, type, schema)
    case 'set':
      if (!Array.isArray(json)) throw new Refusal('expected a set')
      return new CedarSet(readElements(json, (element) => readTyped(element, type.element, schema)))
    case 'entity': {
      const ref = readUid(json)
      if (ref.type !== type.type) throw new Refusal(`expected an entity of type \`${type.type}\`, got one of type \`${ref.type}\``)
      checkRef(ref, schema)
      return ref
    }
    case 'extension':
      return expectType(readExtension(json, type.type), type.type)
    case 'boolean':
      return expectType(readValue(json), 'bool')
    default:
      return expectType(readValue(json), type.kind)
  }
}

/** Reads an object as a record that has no attributes beyond those of the type, and, when it is `whole`, all the required ones. */
export function readTypedRecord(json: Readonly<Record<string, unknown>>, type: RecordType, schema: Schema, whole = true): CedarRecord {
  const record = new Map<string, Value>()
  let name = ''
  try {
    for (name of Object.keys(json)) {
      const value = json[name]
      if (value === undefined) continue
      const attribute = type.attributes.get(name)
      if (attribute === undefined) throw new Refusal('the schema has no such attribute')
      record.set(name, readTyped(value, attribute.type, schema))
    }
  } catch (thrown) {
    throw within(name, thrown)
  }
  for (const [required, attribute] of whole ? type.attributes : [])
    if (attribute.required && !record.has(required)) throw new Refusal(`the attribute \`${required}\` is missing`)
  return record
}

/** @throws Refusal when an enumerated type has no such entity, or the schema no such action. */
export function checkRef(ref: EntityRef, schema: Schema): void {
  const choices = schema.entityTypes.get(ref.type)?.enumeration ?? null
  if (choices !== null && !choices.has(ref.id)) throw new Refusal(`the schema's enumeration has no \`${ref.toString()}\``)
  if (isActionType(ref.type) && schema.action(ref) === undefined) throw new Refusal(`the schema has no action \`${ref.toString()}\``)
}

function readExtension(json: unknown, type: Exclude<ExtensionType, 'string'>): Value {
  const inner = isPlainObject(json) ? json['__extn'] : undefined
  const call = (isPlainObject(inner) ? callOf(inner) : null) ?? (isPlainObject(json) ? callOf(json) : null)
  const name = call?.name ?? constructors[type]
  const called = extensionFunctions.get(name)
  if (called === undefined) throw new Refusal(`extension function \`${name}\` does not exist`)
  const args = call?.args ?? [json]
  if (args.length !== called.parameters.length)
    throw new Refusal(`\`${name}\` takes ${called.parameters.length} arguments, not ${args.length}`)
  return called.apply(
    called.parameters.map((parameter, index) => (parameter === 'string' ? readValue(args[index]) : readExtension(args[index], parameter))),
  )
}

function expectType(value: Value, type: string): Value {
  if (typeOf(value) !== type) throw new Refusal(`expected ${type}, got ${typeOf(value)}`)
  return value
}
