import type { SchemaJson, Type } from '@cedar-policy/cedar-wasm/nodejs'
import type { RecordType, SchemaType } from './schema-type.ts'

/** Turns types as the schema's JSON has them into resolved ones. */
export interface TypeResolver {
  type(json: Type<string>): SchemaType
  /** The record that a shape or context declares; without one, the empty record. */
  record(json: Type<string> | undefined): RecordType
}

type RecordJson = Extract<Type<string>, { attributes: unknown }>

const builtin: ReadonlyMap<string, SchemaType> = new Map<string, SchemaType>([
  ['String', { kind: 'string' }],
  ['Long', { kind: 'long' }],
  ['Bool', { kind: 'boolean' }],
  ['Boolean', { kind: 'boolean' }],
  ['ipaddr', { kind: 'extension', type: 'ipaddr' }],
  ['decimal', { kind: 'extension', type: 'decimal' }],
  ['datetime', { kind: 'extension', type: 'datetime' }],
  ['duration', { kind: 'extension', type: 'duration' }],
])

/** Resolves against the common types of a schema, whose references are fully qualified. */
export function resolveTypes(schema: SchemaJson<string>): TypeResolver {
  const common = new Map<string, Type<string>>()
  for (const [namespace, { commonTypes }] of Object.entries(schema))
    for (const [local, type] of Object.entries(commonTypes ?? {})) common.set(namespace === '' ? local : `${namespace}::${local}`, type)
  const known = new Map<string, SchemaType>()

  const type = (json: Type<string>): SchemaType => {
    const { type: name, ...rest } = json as { type: string; element?: Type<string>; name?: string; attributes?: RecordJson['attributes'] }
    if (name === 'Set' && rest.element !== undefined) return { kind: 'set', element: type(rest.element) }
    if (name === 'Record' && rest.attributes !== undefined) return recordOf(rest.attributes)
    if ((name === 'Entity' || name === 'EntityOrCommon') && rest.name !== undefined)
      return name === 'Entity' ? { kind: 'entity', type: rest.name } : named(rest.name)
    return named(name === 'Extension' && rest.name !== undefined ? rest.name : name)
  }
  const named = (name: string): SchemaType => {
    const before = known.get(name)
    if (before !== undefined) return before
    const declared = common.get(name)
    const found = declared === undefined ? builtin.get(name.replace(/^__cedar::/, '')) : type(declared)
    if (found === undefined) throw new Error(`the schema's type \`${name}\` is none that this version knows`)
    known.set(name, found)
    return found
  }
  const recordOf = (attributes: RecordJson['attributes']): RecordType => ({
    kind: 'record',
    attributes: new Map(
      Object.entries(attributes).map(([name, attribute]) => [name, { type: type(attribute), required: attribute.required !== false }]),
    ),
  })
  return {
    type,
    record: (json) => {
      const found: SchemaType = json === undefined ? recordOf({}) : type(json)
      if (found.kind !== 'record') throw new Error('a shape or context of the schema is not a record')
      return found
    },
  }
}
