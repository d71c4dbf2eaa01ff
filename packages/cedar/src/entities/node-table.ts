import type { EntityRef } from '../value/entity-ref.ts'
import { Ancestors, noAncestors } from './ancestors.ts'
import type { EntityNode } from './entity-node.ts'
import { RefMap } from './ref-map.ts'

/** Entities by identity, and their hierarchy. Whoever writes must keep the hierarchy free of cycles: see {@link NodeTable.isInCycle}. */
export class NodeTable {
  readonly #nodes = new RefMap<EntityNode>()
  /** Counts the changes to the hierarchy, so that ancestors found earlier are known to be old. */
  #state = 0

  find(ref: EntityRef): EntityNode | undefined {
    return this.#nodes.get(ref)
  }

  set(node: EntityNode): void {
    const before = this.#nodes.get(node.ref)
    this.#nodes.set(node.ref, node)
    if (before === undefined || !sameRefs(before.parents, node.parents)) this.#state += 1
    else {
      node.ancestors = before.ancestors
      node.state = before.state
    }
  }

  delete(ref: EntityRef): boolean {
    this.#state += 1
    return this.#nodes.delete(ref)
  }

  nodes(): Iterable<EntityNode> {
    return this.#nodes.values()
  }

  /** The entities that a node of this table is in. A parent that does not exist is an ancestor too. */
  ancestorsOf(node: EntityNode): Ancestors {
    if (node.parents.length === 0) return noAncestors
    if (node.ancestors !== null && node.state === this.#state) return node.ancestors
    const found = new RefMap<true>()
    const refs: EntityRef[] = []
    const pending = [...node.parents]
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (found.get(next) === true) continue
      found.set(next, true)
      refs.push(next)
      const parent = this.#nodes.get(next)
      if (parent !== undefined) pending.push(...parent.parents)
    }
    node.ancestors = new Ancestors(refs)
    node.state = this.#state
    return node.ancestors
  }

  /** Whether an entity is in itself by way of its parents. */
  isInCycle(node: EntityNode): boolean {
    return node.parents.length > 0 && this.ancestorsOf(node).has(node.ref)
  }
}

function sameRefs(a: readonly EntityRef[], b: readonly EntityRef[]): boolean {
  return a.length === b.length && a.every((ref, index) => ref.is(b[index] as EntityRef))
}
