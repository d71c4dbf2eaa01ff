import { noAncestors } from '../entities/ancestors.ts'
import type { Ancestors } from '../entities/ancestors.ts'
import type { EntityNode } from '../entities/entity-node.ts'
import type { NodeTable } from '../entities/node-table.ts'
import type { EntityRef } from '../value/entity-ref.ts'
import type { CedarRecord, Value } from '../value/value.ts'

/** What the expressions of a policy are evaluated against: one request and the entities as they are. */
export class Evaluation {
  readonly principal: EntityRef
  readonly action: EntityRef
  readonly resource: EntityRef
  readonly context: CedarRecord
  /** Values of the policy set's shared paths, as far as they have been asked for. */
  readonly memory: (Value | undefined)[] = []
  readonly #entities: NodeTable
  /** The schema's actions, which exist whether or not they are given. */
  readonly #actions: NodeTable | null
  #principalNode: EntityNode | null | undefined = undefined
  #resourceNode: EntityNode | null | undefined = undefined

  constructor(
    principal: EntityRef,
    action: EntityRef,
    resource: EntityRef,
    context: CedarRecord,
    entities: NodeTable,
    actions: NodeTable | null,
  ) {
    this.principal = principal
    this.action = action
    this.resource = resource
    this.context = context
    this.#entities = entities
    this.#actions = actions
  }

  /** The entity of an identity, or null when there is none. */
  find(ref: EntityRef): EntityNode | null {
    if (ref === this.principal) return (this.#principalNode ??= this.#lookUp(ref))
    if (ref === this.resource) return (this.#resourceNode ??= this.#lookUp(ref))
    return this.#lookUp(ref)
  }

  /** The entities that one is in, near and far. */
  ancestorsOf(ref: EntityRef): Ancestors {
    const node = this.find(ref)
    return node === null ? noAncestors : this.#tableOf(node).ancestorsOf(node)
  }

  /** Cedar's `in` for two entities: each is in itself and in its ancestors. */
  isIn(ref: EntityRef, group: EntityRef): boolean {
    return ref.is(group) || this.ancestorsOf(ref).has(group)
  }

  #lookUp(ref: EntityRef): EntityNode | null {
    return this.#entities.find(ref) ?? this.#actions?.find(ref) ?? null
  }

  /** Where the ancestors of a node are to be looked for: an action that is not given is the schema's. */
  #tableOf(node: EntityNode): NodeTable {
    return this.#actions !== null && this.#actions.find(node.ref) === node ? this.#actions : this.#entities
  }
}
