import type { EntityUidJson } from './entity-uid.ts'
import { readUid } from './read/read-uid.ts'
import { refusing } from './read/refusal.ts'
import type { SlotValues } from './scope/scope.ts'

/** A policy made of a template: `values` gives the entity for each of its slots. */
export interface TemplateLink {
  /** Id of the template among the policies given. */
  readonly template: string
  /** Id of the policy that the link makes. */
  readonly id: string
  readonly values: { readonly '?principal'?: EntityUidJson; readonly '?resource'?: EntityUidJson }
}

/** The entities of a link by slot. @throws CedarError when a value is not an entity. */
export function slotValuesOf(link: TemplateLink): SlotValues {
  return new Map(
    Object.entries(link.values).map(([slot, value]) => [slot, refusing(`\`${slot}\` of the link \`${link.id}\``, () => readUid(value))]),
  )
}
