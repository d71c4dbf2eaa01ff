import { isPlainObject } from '../read/plain-object.ts'
import { readUid } from '../read/read-uid.ts'
import { readElements, readRecord } from '../read/read-value.ts'
import { Refusal, within } from '../read/refusal.ts'
import { checkRef, readTyped, readTypedRecord } from '../schema/read-typed.ts'
import { isActionType } from '../schema/schema.ts'
import type { Schema } from '../schema/schema.ts'
import type { SchemaType } from '../schema/schema-type.ts'
import type { EntityRef } from '../value/entity-ref.ts'
import type { CedarRecord, Value } from '../value/value.ts'
import { EntityNode } from './entity-node.ts'

/** Reads an entity in Cedar's JSON form, by its schema when one is given. @throws Refusal or Fault when it cannot be read or does not fit. */
export function readEntity(json: unknown, schema: Schema | null): EntityNode {
  if (!isPlainObject(json)) throw new Refusal('expected an entity as `{ uid, attrs, parents }`')
  const ref = inside('uid', () => readUid(json['uid']))
  const { attrs, parents, tags } = json
  return new EntityNode(
    ref,
    inside('attrs', () => readAttributes(ref, attrs, schema, true)),
    tags === undefined ? new Map<string, Value>() : inside('tags', () => readTags(ref, tags, schema)),
    inside('parents', () => readParents(ref, parents, schema)),
  )
}

/** Reads attributes of an entity; `whole` when they are all it has, so that none which the schema requires may be missing. */
export function readAttributes(ref: EntityRef, json: unknown, schema: Schema | null, whole: boolean): CedarRecord {
  if (!isPlainObject(json)) throw new Refusal('expected an object of attributes')
  if (schema === null || isActionType(ref.type)) return readRecord(json)
  const declared = schema.entityTypes.get(ref.type)
  if (declared === undefined) throw new Refusal(`the schema has no entity type \`${ref.type}\``)
  checkRef(ref, schema)
  return readTypedRecord(json, declared.attributes, schema, whole)
}

export function readTags(ref: EntityRef, json: unknown, schema: Schema | null): CedarRecord {
  if (!isPlainObject(json)) throw new Refusal('expected an object of tags')
  if (schema === null || isActionType(ref.type)) return readRecord(json)
  const type: SchemaType | null = schema.entityTypes.get(ref.type)?.tags ?? null
  const tags = new Map<string, Value>()
  for (const [name, value] of Object.entries(json)) {
    if (value === undefined) continue
    if (type === null) throw new Refusal(`the schema gives no tags to entities of type \`${ref.type}\``, [name])
    tags.set(
      name,
      inside(name, () => readTyped(value, type, schema)),
    )
  }
  return tags
}

export function readParents(ref: EntityRef, json: unknown, schema: Schema | null): EntityRef[] {
  if (!Array.isArray(json)) throw new Refusal('expected an array of entities')
  return readElements(json, (element) => {
    const parent = readUid(element)
    if (isActionType(ref.type)) {
      if (!isActionType(parent.type)) throw new Refusal(`an action can only be in actions, and \`${parent.toString()}\` is none`)
    } else if (schema !== null) {
      checkRef(parent, schema)
      if (schema.entityTypes.get(ref.type)?.ancestors.has(parent.type) !== true)
        throw new Refusal(`by the schema an entity of type \`${ref.type}\` cannot be in one of type \`${parent.type}\``)
    }
    return parent
  }) as EntityRef[]
}

function inside<T>(key: string, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    throw within(key, thrown)
  }
}
