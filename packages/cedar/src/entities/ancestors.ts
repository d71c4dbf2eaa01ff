import type { EntityRef } from '../value/entity-ref.ts'
import { RefMap } from './ref-map.ts'

/** Up to this many ancestors a look through all is quicker than an index. */
const few = 3

/** The entities that an entity is in, near and far, each once. */
export class Ancestors {
  readonly refs: readonly EntityRef[]
  readonly #index: RefMap<true> | null

  constructor(refs: readonly EntityRef[]) {
    this.refs = refs
    if (refs.length <= few) this.#index = null
    else {
      this.#index = new RefMap()
      for (const ref of refs) this.#index.set(ref, true)
    }
  }

  has(ref: EntityRef): boolean {
    if (this.#index !== null) return this.#index.get(ref) === true
    const { id, type } = ref
    for (const known of this.refs) if (known.id === id && known.type === type) return true
    return false
  }
}

export const noAncestors: Ancestors = new Ancestors([])
