import { RefMap } from '../entities/ref-map.ts'
import type { EntityRef } from '../value/entity-ref.ts'
import type { Constraint } from './scope.ts'

/** Things kept by what they ask of one variable, so that those which a given entity satisfies are found without looking at the others. */
export class ConstraintIndex<T> {
  #any: T | null = null
  #equal: RefMap<T> | null = null
  #is: Map<string, T> | null = null
  #in: RefMap<T> | null = null
  #inOfType: RefMap<Map<string, T>> | null = null

  /** The places for a constraint, made where there are none yet: one for each entity of an `in`, otherwise one. */
  places(constraint: Constraint, make: () => T): T[] {
    switch (constraint.kind) {
      case 'any':
        return [(this.#any ??= make())]
      case 'equal':
        return [placeIn((this.#equal ??= new RefMap()), constraint.entity, make)]
      case 'is':
        return [placeAt((this.#is ??= new Map()), constraint.type, make)]
      case 'in':
        return distinct(constraint.entities).map((entity) => {
          if (constraint.type === null) return placeIn((this.#in ??= new RefMap()), entity, make)
          const ofType = placeIn((this.#inOfType ??= new RefMap()), entity, () => new Map<string, T>())
          return placeAt(ofType, constraint.type, make)
        })
    }
  }

  /** Whether an `in` asks about groups, so that the ancestors of an entity matter. */
  get hasGroups(): boolean {
    return this.#in !== null || this.#inOfType !== null
  }

  /** Appends what an entity with these ancestors satisfies. Nothing twice, unless it was placed under several entities of an `in`. */
  collect(ref: EntityRef, ancestors: readonly EntityRef[], found: T[]): void {
    if (this.#any !== null) found.push(this.#any)
    push(this.#equal?.get(ref), found)
    push(this.#is?.get(ref.type), found)
    if (!this.hasGroups) return
    this.#collectGroup(ref, ref, found)
    for (const ancestor of ancestors) this.#collectGroup(ref, ancestor, found)
  }

  #collectGroup(ref: EntityRef, group: EntityRef, found: T[]): void {
    push(this.#in?.get(group), found)
    push(this.#inOfType?.get(group)?.get(ref.type), found)
  }
}

function push<T>(one: T | undefined, found: T[]): void {
  if (one !== undefined) found.push(one)
}

function placeIn<T>(map: RefMap<T>, entity: EntityRef, make: () => T): T {
  const known = map.get(entity)
  if (known !== undefined) return known
  const made = make()
  map.set(entity, made)
  return made
}

function placeAt<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

function distinct(refs: readonly EntityRef[]): EntityRef[] {
  return refs.filter((ref, index) => refs.findIndex((other) => other.is(ref)) === index)
}
