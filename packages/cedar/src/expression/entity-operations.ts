import type { EntityNode } from '../entities/entity-node.ts'
import { CedarSet } from '../value/value.ts'
import { EntityRef } from '../value/entity-ref.ts'
import { Fault } from '../value/fault.ts'
import { typeFault } from '../value/type-of.ts'
import type { CedarRecord, Value } from '../value/value.ts'
import { booleanOperation, operation } from './compiled.ts'
import type { Compiled } from './compiled.ts'
import type { Evaluation } from './evaluation.ts'

export function attribute(left: Compiled, name: string): Compiled {
  const { run } = left
  return operation((evaluation) => {
    const value = run(evaluation)
    if (value instanceof Map) {
      const found = (value as CedarRecord).get(name)
      if (found === undefined) throw new Fault(`record does not have the attribute \`${name}\``)
      return found
    }
    if (value instanceof EntityRef) {
      const found = existing(evaluation, value).attributes.get(name)
      if (found === undefined) throw new Fault(`\`${value.toString()}\` does not have the attribute \`${name}\``)
      return found
    }
    throw typeFault('one of record or entity', value)
  })
}

/** `has` with one name or a path: each step but the last must exist and be a record or an entity that has the next. */
export function hasPath(left: Compiled, path: readonly string[]): Compiled {
  const { run } = left
  return booleanOperation((evaluation) => {
    let value: Value | undefined = run(evaluation)
    for (const name of path) {
      if (value instanceof Map) value = (value as CedarRecord).get(name)
      else if (value instanceof EntityRef) value = evaluation.find(value)?.attributes.get(name)
      else throw typeFault('one of record or entity', value)
      if (value === undefined) return false
    }
    return true
  })
}

export function hasTag(left: Compiled, right: Compiled): Compiled {
  return booleanOperation((evaluation) => {
    const [ref, tag] = tagOperands(left.run(evaluation), right.run(evaluation))
    return evaluation.find(ref)?.tags.has(tag) ?? false
  })
}

export function getTag(left: Compiled, right: Compiled): Compiled {
  return operation((evaluation) => {
    const [ref, tag] = tagOperands(left.run(evaluation), right.run(evaluation))
    const found = existing(evaluation, ref).tags.get(tag)
    if (found === undefined) throw new Fault(`\`${ref.toString()}\` does not have the tag \`${tag}\``)
    return found
  })
}

export function isType(left: Compiled, type: string): Compiled {
  const { run } = left
  return booleanOperation((evaluation) => {
    const value = run(evaluation)
    if (!(value instanceof EntityRef)) throw typeFault('entity', value)
    return value.type === type
  })
}

export function isIn(left: Compiled, right: Compiled): Compiled {
  const { run } = left
  const fixed = right.constant
  if (fixed instanceof EntityRef)
    return booleanOperation((evaluation) => {
      const value = run(evaluation)
      if (!(value instanceof EntityRef)) throw typeFault('entity', value)
      return evaluation.isIn(value, fixed)
    })
  return booleanOperation((evaluation) => {
    const value = run(evaluation)
    const group = right.run(evaluation)
    if (!(value instanceof EntityRef)) throw typeFault('entity', value)
    if (group instanceof EntityRef) return evaluation.isIn(value, group)
    if (!(group instanceof CedarSet)) throw typeFault('one of set or entity', group)
    for (const element of group.elements) if (!(element instanceof EntityRef)) throw typeFault('entity', element)
    return group.elements.some((element) => evaluation.isIn(value, element as EntityRef))
  })
}

function existing(evaluation: Evaluation, ref: EntityRef): EntityNode {
  const node = evaluation.find(ref)
  if (node === null) throw new Fault(`entity \`${ref.toString()}\` does not exist`)
  return node
}

function tagOperands(left: Value, right: Value): [EntityRef, string] {
  if (!(left instanceof EntityRef)) throw typeFault('entity', left)
  if (typeof right !== 'string') throw typeFault('string', right)
  return [left, right]
}
