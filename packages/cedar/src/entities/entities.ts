import type { EntityUidJson } from '../entity-uid.ts'
import { readUid } from '../read/read-uid.ts'
import { refused, refusing } from '../read/refusal.ts'
import type { CedarValue, Entity } from '../request.ts'
import { isActionType, Schema } from '../schema/schema.ts'
import type { EntityRef } from '../value/entity-ref.ts'
import { equal } from '../value/value.ts'
import { EntityNode } from './entity-node.ts'
import { NodeTable } from './node-table.ts'
import { readAttributes, readEntity, readParents, readTags } from './read-entity.ts'

export interface EntitiesOptions {
  /** A schema in Cedar's schema syntax, or a prepared one. With it each entity is read by its types and must fit it. */
  readonly schema?: string | Schema
}

/** Entities for many decisions: built once, updated in place. A change counts from the next {@link PolicySet.authorize} on. */
export class Entities {
  readonly #table = new NodeTable()
  readonly #schema: Schema | null

  /** @throws CedarError when an entity cannot be read or does not fit the schema, when one comes twice with different content, or when the hierarchy has a cycle. */
  constructor(entities: Iterable<Entity> = [], options: EntitiesOptions = {}) {
    this.#schema = typeof options.schema === 'string' ? new Schema(options.schema) : (options.schema ?? null)
    const nodes: EntityNode[] = []
    let index = 0
    for (const entity of entities) {
      const node = refusing(`entities[${index}]`, () => readEntity(entity, this.#schema))
      const before = this.#table.find(node.ref)
      if (before !== undefined && !sameEntity(before, node)) throw refused(`the entity \`${node.ref.toString()}\` is given twice`)
      this.#table.set(node)
      nodes.push(node)
      index += 1
    }
    for (const node of nodes) this.#check(node)
  }

  /** @internal */
  get table(): NodeTable {
    return this.#table
  }

  has(uid: EntityUidJson): boolean {
    return this.#table.find(read(uid)) !== undefined
  }

  /** Adds an entity, or puts it in the place of the one with the same uid. @throws CedarError as the constructor does, and changes nothing then. */
  set(entity: Entity): void {
    this.#replace(refusing('the entity', () => readEntity(entity, this.#schema)))
  }

  /** Removes an entity; whoever names it as a parent stays in it. Returns false when there was none. */
  delete(uid: EntityUidJson): boolean {
    return this.#table.delete(read(uid))
  }

  /** Sets an attribute, or removes it when the value is undefined. @throws CedarError when there is no such entity or the change does not fit the schema. */
  setAttribute(uid: EntityUidJson, name: string, value: CedarValue | undefined): void {
    const { ref, attributes, tags, parents } = this.#existing(uid)
    const changed = changedBy(attributes, name, value, (json) => this.#readOne(ref, name, json, 'attribute'))
    if (value === undefined && this.#schema?.entityTypes.get(ref.type)?.attributes.attributes.get(name)?.required === true)
      throw refused(`the schema requires the attribute \`${name}\` of \`${ref.toString()}\``)
    this.#replace(new EntityNode(ref, changed, tags, parents))
  }

  /** Sets a tag, or removes it when the value is undefined. @throws CedarError as {@link Entities.setAttribute} does. */
  setTag(uid: EntityUidJson, name: string, value: CedarValue | undefined): void {
    const { ref, attributes, tags, parents } = this.#existing(uid)
    this.#replace(
      new EntityNode(
        ref,
        attributes,
        changedBy(tags, name, value, (json) => this.#readOne(ref, name, json, 'tag')),
        parents,
      ),
    )
  }

  /** Puts an entity in these parents and no others. @throws CedarError when there is no such entity, the schema forbids a parent, or a cycle would arise. */
  setParents(uid: EntityUidJson, parents: readonly EntityUidJson[]): void {
    const { ref, attributes, tags } = this.#existing(uid)
    const changed = refusing(`the parents of \`${ref.toString()}\``, () => readParents(ref, parents, this.#schema))
    this.#replace(new EntityNode(ref, attributes, tags, changed))
  }

  #existing(uid: EntityUidJson): EntityNode {
    const ref = read(uid)
    const node = this.#table.find(ref)
    if (node === undefined) throw refused(`there is no entity \`${ref.toString()}\``)
    return node
  }

  #readOne(ref: EntityRef, name: string, json: CedarValue, what: 'attribute' | 'tag'): EntityNode['attributes'] {
    return refusing(`the ${what} of \`${ref.toString()}\``, () => {
      if (what === 'tag') return readTags(ref, { [name]: json }, this.#schema)
      return readAttributes(ref, Object.fromEntries([[name, json]]), this.#schema, false)
    })
  }

  #replace(node: EntityNode): void {
    const before = this.#table.find(node.ref)
    this.#table.set(node)
    try {
      this.#check(node)
    } catch (error) {
      if (before === undefined) this.#table.delete(node.ref)
      else this.#table.set(before)
      throw error
    }
  }

  #check(node: EntityNode): void {
    if (this.#table.isInCycle(node)) throw refused(`the entity \`${node.ref.toString()}\` is in itself by way of its parents`)
    if (this.#schema === null || !isActionType(node.ref.type)) return
    const declared = this.#schema.actionNodes.find(node.ref)
    if (declared === undefined) throw refused(`the schema has no action \`${node.ref.toString()}\``)
    const ancestors = this.#table.ancestorsOf(node)
    const groups = this.#schema.actionNodes.ancestorsOf(declared)
    const same = ancestors.refs.length === groups.refs.length && ancestors.refs.every((ref) => groups.has(ref))
    if (!same || node.attributes.size > 0 || node.tags.size > 0)
      throw refused(`the action \`${node.ref.toString()}\` is not as the schema declares it`)
  }
}

function read(uid: EntityUidJson): EntityRef {
  return refusing('the uid', () => readUid(uid))
}

function changedBy(
  values: EntityNode['attributes'],
  name: string,
  value: CedarValue | undefined,
  readOne: (json: CedarValue) => EntityNode['attributes'],
): EntityNode['attributes'] {
  const changed = new Map(values)
  if (value === undefined) changed.delete(name)
  else for (const [key, one] of readOne(value)) changed.set(key, one)
  return changed
}

function sameEntity(a: EntityNode, b: EntityNode): boolean {
  return (
    equal(a.attributes, b.attributes) &&
    equal(a.tags, b.tags) &&
    a.parents.every((ref) => b.parents.some((other) => other.is(ref))) &&
    b.parents.every((ref) => a.parents.some((other) => other.is(ref)))
  )
}
