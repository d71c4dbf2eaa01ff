import { isPlainObject } from '../read/plain-object.ts'
import { Refusal, refused, refusing } from '../read/refusal.ts'
import type { EntityRef } from '../value/entity-ref.ts'
import type { CedarRecord } from '../value/value.ts'
import { checkRef, readTypedRecord } from './read-typed.ts'
import type { Schema } from './schema.ts'

/**
 * Reads the context of a request by the type that the schema gives it for the action, having checked that the action
 * applies to principal and resource.
 * @throws CedarError when the request does not fit the schema.
 */
export function readRequestContext(
  schema: Schema,
  principal: EntityRef,
  action: EntityRef,
  resource: EntityRef,
  context: unknown,
): CedarRecord {
  const declared = schema.action(action)
  if (declared === undefined) throw refused(`the request's action \`${action.toString()}\` is not declared in the schema`)
  if (!declared.principals.has(principal.type))
    throw refused(
      `the request's principal has the type \`${principal.type}\`, which the schema does not allow for \`${action.toString()}\``,
    )
  if (!declared.resources.has(resource.type))
    throw refused(`the request's resource has the type \`${resource.type}\`, which the schema does not allow for \`${action.toString()}\``)
  refusing("the request's principal", () => {
    checkRef(principal, schema)
  })
  refusing("the request's resource", () => {
    checkRef(resource, schema)
  })
  return refusing('the context', () => {
    if (!isPlainObject(context)) throw new Refusal('expected an object')
    return readTypedRecord(context, declared.context, schema)
  })
}
