import type { ActionConstraint, PolicyJson, PrincipalConstraint, ResourceConstraint } from '@cedar-policy/cedar-wasm/nodejs'
import { Uncompilable } from '../expression/uncompilable.ts'
import { readUid } from '../read/read-uid.ts'
import { Refusal } from '../read/refusal.ts'
import type { EntityRef } from '../value/entity-ref.ts'

/** What a policy's head asks of one variable. `in` names any of several entities; `type` narrows further. */
export type Constraint =
  | { readonly kind: 'any' }
  | { readonly kind: 'equal'; readonly entity: EntityRef }
  | { readonly kind: 'in'; readonly entities: readonly EntityRef[]; readonly type: string | null }
  | { readonly kind: 'is'; readonly type: string }

export interface Scope {
  readonly principal: Constraint
  readonly action: Constraint
  readonly resource: Constraint
}

/** The entities put in the place of a template's slots, by `?principal` and `?resource`. */
export type SlotValues = ReadonlyMap<string, EntityRef>

/** Reads the head of a policy in JSON form. @throws Uncompilable for a constraint that it does not know, or a slot without value. */
export function scopeOf(policy: PolicyJson, slots: SlotValues): Scope {
  return {
    principal: constraintOf(policy.principal, slots, 'principal'),
    action: constraintOf(policy.action, slots, 'action'),
    resource: constraintOf(policy.resource, slots, 'resource'),
  }
}

function constraintOf(json: PrincipalConstraint | ActionConstraint | ResourceConstraint, slots: SlotValues, name: string): Constraint {
  switch (json.op) {
    case 'All':
      return { kind: 'any' }
    case '==':
      return { kind: 'equal', entity: entityOf(json, slots, name) }
    case 'in':
      return 'entities' in json
        ? { kind: 'in', entities: json.entities.map((entity) => entityOf({ entity }, slots, name)), type: null }
        : { kind: 'in', entities: [entityOf(json, slots, name)], type: null }
    case 'is':
      return json.in === undefined
        ? { kind: 'is', type: json.entity_type }
        : { kind: 'in', entities: [entityOf(json.in, slots, name)], type: json.entity_type }
    default:
      throw new Uncompilable('the constraint is none of Cedar 4.5', [name])
  }
}

function entityOf(json: { entity?: unknown } | { slot?: string }, slots: SlotValues, name: string): EntityRef {
  if ('slot' in json && json.slot !== undefined) {
    const entity = slots.get(json.slot)
    if (entity === undefined) throw new Uncompilable(`the slot \`${json.slot}\` has no value`, [name])
    return entity
  }
  try {
    return readUid('entity' in json ? json.entity : undefined)
  } catch (thrown) {
    if (thrown instanceof Refusal) throw new Uncompilable(thrown.message, [name])
    throw thrown
  }
}
