import type { EntityRef } from '../value/entity-ref.ts'
import type { Value } from '../value/value.ts'
import type { Ancestors } from './ancestors.ts'

/** An entity that exists, with what is known about it. */
export class EntityNode {
  readonly ref: EntityRef
  readonly attributes: ReadonlyMap<string, Value>
  readonly tags: ReadonlyMap<string, Value>
  readonly parents: readonly EntityRef[]
  /** What {@link ancestorsOf} found last, and in which state of the table. */
  ancestors: Ancestors | null = null
  state = -1

  constructor(ref: EntityRef, attributes: ReadonlyMap<string, Value>, tags: ReadonlyMap<string, Value>, parents: readonly EntityRef[]) {
    this.ref = ref
    this.attributes = attributes
    this.tags = tags
    this.parents = parents
  }
}
