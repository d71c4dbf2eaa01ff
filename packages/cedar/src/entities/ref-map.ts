import type { EntityRef } from '../value/entity-ref.ts'

/** A map by entity, in two steps, so that no key has to be put together for a look-up. */
export class RefMap<T> {
  readonly #types = new Map<string, Map<string, T>>()

  get(ref: EntityRef): T | undefined {
    return this.#types.get(ref.type)?.get(ref.id)
  }

  set(ref: EntityRef, value: T): void {
    const ids = this.#types.get(ref.type)
    if (ids === undefined) this.#types.set(ref.type, new Map([[ref.id, value]]))
    else ids.set(ref.id, value)
  }

  delete(ref: EntityRef): boolean {
    const ids = this.#types.get(ref.type)
    if (ids === undefined || !ids.delete(ref.id)) return false
    if (ids.size === 0) this.#types.delete(ref.type)
    return true
  }

  *values(): Iterable<T> {
    for (const ids of this.#types.values()) yield* ids.values()
  }
}
