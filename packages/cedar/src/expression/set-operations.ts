import { CedarSet } from '../value/value.ts'
import { typeFault } from '../value/type-of.ts'
import type { Value } from '../value/value.ts'
import { booleanOperation, operation, pure } from './compiled.ts'
import type { Compiled } from './compiled.ts'

export function contains(left: Compiled, right: Compiled): Compiled {
  return pure(
    [left, right],
    booleanOperation((evaluation) => {
      const set = left.run(evaluation)
      const value = right.run(evaluation)
      if (!(set instanceof CedarSet)) throw typeFault('set', set)
      return set.has(value)
    }),
  )
}

export function containsAll(left: Compiled, right: Compiled): Compiled {
  return ofTwoSets(left, right, (set, other) => set.hasAll(other))
}

export function containsAny(left: Compiled, right: Compiled): Compiled {
  return ofTwoSets(left, right, (set, other) => set.hasAny(other))
}

export function isEmpty(argument: Compiled): Compiled {
  return pure(
    [argument],
    booleanOperation((evaluation) => {
      const set = argument.run(evaluation)
      if (!(set instanceof CedarSet)) throw typeFault('set', set)
      return set.size === 0
    }),
  )
}

export function setOf(elements: readonly Compiled[]): Compiled {
  return pure(
    elements,
    operation((evaluation) => new CedarSet(elements.map((element) => element.run(evaluation)))),
  )
}

export function recordOf(attributes: readonly (readonly [string, Compiled])[]): Compiled {
  return pure(
    attributes.map(([, value]) => value),
    operation((evaluation) => new Map<string, Value>(attributes.map(([name, value]) => [name, value.run(evaluation)]))),
  )
}

function ofTwoSets(left: Compiled, right: Compiled, holds: (set: CedarSet, other: CedarSet) => boolean): Compiled {
  return pure(
    [left, right],
    booleanOperation((evaluation) => {
      const set = left.run(evaluation)
      const other = right.run(evaluation)
      if (!(set instanceof CedarSet)) throw typeFault('set', set)
      if (!(other instanceof CedarSet)) throw typeFault('set', other)
      return holds(set, other)
    }),
  )
}
