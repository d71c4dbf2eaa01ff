import { schemaToJsonWithResolvedTypes } from '#cedar-wasm'
import type { SchemaJson } from '@cedar-policy/cedar-wasm/nodejs'
import { CedarError } from '../cedar-error.ts'
import { EntityNode } from '../entities/entity-node.ts'
import { NodeTable } from '../entities/node-table.ts'
import { toFinding } from '../findings.ts'
import { EntityRef } from '../value/entity-ref.ts'
import { resolveTypes } from './resolve-types.ts'
import type { TypeResolver } from './resolve-types.ts'
import type { ActionSchema, EntityTypeSchema } from './schema-type.ts'

/** A schema prepared for reading and checking requests and entities. */
export class Schema {
  readonly entityTypes: ReadonlyMap<string, EntityTypeSchema>
  /** The declared actions as entities, with the groups they are in as parents. */
  readonly actionNodes: NodeTable
  readonly #actions: ReadonlyMap<string, ReadonlyMap<string, ActionSchema>>

  /** @throws CedarError when the text is not a schema in Cedar's schema syntax. */
  constructor(text: string) {
    const answer = schemaToJsonWithResolvedTypes(text)
    if (answer.type === 'failure') throw new CedarError(answer.errors.map((error) => toFinding(error, text, null)))
    const resolve = resolveTypes(answer.json)
    this.entityTypes = entityTypesOf(answer.json, resolve)
    this.actionNodes = new NodeTable()
    this.#actions = actionsOf(answer.json, resolve, this.actionNodes)
  }

  action(ref: EntityRef): ActionSchema | undefined {
    return this.#actions.get(ref.type)?.get(ref.id)
  }
}

/** Whether a type is one of actions: `Action`, or in a namespace `Name::Action`. */
export function isActionType(type: string): boolean {
  return type === 'Action' || type.endsWith('::Action')
}

function entityTypesOf(json: SchemaJson<string>, resolve: TypeResolver): Map<string, EntityTypeSchema> {
  const parents = new Map<string, readonly string[]>()
  const bare: {
    name: string
    attributes: EntityTypeSchema['attributes']
    tags: EntityTypeSchema['tags']
    enumeration: Set<string> | null
  }[] = []
  for (const [namespace, { entityTypes }] of Object.entries(json))
    for (const [local, declared] of Object.entries(entityTypes)) {
      const name = namespace === '' ? local : `${namespace}::${local}`
      const enumeration = 'enum' in declared ? new Set(declared.enum) : null
      const shape = 'enum' in declared ? undefined : declared.shape
      const tags = 'enum' in declared ? undefined : declared.tags
      parents.set(name, 'enum' in declared ? [] : (declared.memberOfTypes ?? []))
      bare.push({
        name,
        attributes: resolve.record(shape),
        tags: tags === undefined ? null : resolve.type(tags),
        enumeration,
      })
    }
  return new Map(bare.map(({ name, ...rest }) => [name, { ...rest, ancestors: closure(name, parents) }]))
}

function closure(name: string, parents: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>()
  const pending = [...(parents.get(name) ?? [])]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (found.has(next)) continue
    found.add(next)
    pending.push(...(parents.get(next) ?? []))
  }
  return found
}

function actionsOf(json: SchemaJson<string>, resolve: TypeResolver, nodes: NodeTable): Map<string, Map<string, ActionSchema>> {
  const actions = new Map<string, Map<string, ActionSchema>>()
  for (const [namespace, declared] of Object.entries(json)) {
    const type = namespace === '' ? 'Action' : `${namespace}::Action`
    const ofType = new Map<string, ActionSchema>()
    for (const [id, { appliesTo, memberOf }] of Object.entries(declared.actions)) {
      ofType.set(id, {
        principals: new Set(appliesTo?.principalTypes ?? []),
        resources: new Set(appliesTo?.resourceTypes ?? []),
        context: resolve.record(appliesTo?.context),
      })
      const groups = (memberOf ?? []).map((group) => new EntityRef(group.type ?? type, group.id))
      nodes.set(new EntityNode(new EntityRef(type, id), new Map(), new Map(), groups))
    }
    if (ofType.size > 0) actions.set(type, ofType)
  }
  return actions
}
