import { EntityRef } from '../value/entity-ref.ts'
import { Refusal } from './refusal.ts'
import { isPlainObject } from './plain-object.ts'

const typeName = /^(?:(?!(?:true|false|if|then|else|in|is|like|has|__cedar)(?:::|$))[_a-zA-Z][_a-zA-Z0-9]*(?:::(?!$)|$))+$/

/** Whether a text is the name of an entity type: identifiers joined by `::`, none of them reserved. */
function isTypeName(text: string): boolean {
  return typeName.test(text)
}

/** Reads `{ type, id }` or `{ __entity: { type, id } }`. @throws Refusal for anything else. */
export function readUid(json: unknown): EntityRef {
  if (isPlainObject(json)) {
    const inner = json['__entity']
    const uid = isPlainObject(inner) ? inner : json
    const { type, id } = uid
    if (typeof type === 'string' && typeof id === 'string') return toRef(type, id)
  }
  throw new Refusal('expected an entity as `{ type, id }`')
}

/** The entity of a type and an id. @throws Refusal when the type is no type name or the id not well-formed Unicode. */
export function toRef(type: string, id: string): EntityRef {
  if (!isTypeName(type)) throw new Refusal(`\`${type}\` is not the name of an entity type`)
  if (!id.isWellFormed()) throw new Refusal('the entity id is not well-formed Unicode: it has half of a surrogate pair')
  return new EntityRef(type, id)
}
