import { Datetime } from '../extension/datetime.ts'
import { Duration } from '../extension/duration.ts'
import { equal } from '../value/value.ts'
import { Fault } from '../value/fault.ts'
import { negate } from '../value/long.ts'
import type { Long } from '../value/long.ts'
import { typeFault, typeOf } from '../value/type-of.ts'
import type { Value } from '../value/value.ts'
import { booleanOperation, operation, pure } from './compiled.ts'
import type { Compiled } from './compiled.ts'

export function arithmetic(verb: string, left: Compiled, right: Compiled, work: (a: Long, b: Long) => Long | null): Compiled {
  return pure(
    [left, right],
    operation((evaluation) => {
      const a = asLong(left.run(evaluation))
      const b = asLong(right.run(evaluation))
      const result = work(a, b)
      if (result === null) throw new Fault(`integer overflow while attempting to ${verb} the values \`${a}\` and \`${b}\``)
      return result
    }),
  )
}

export function negation(argument: Compiled): Compiled {
  return pure(
    [argument],
    operation((evaluation) => {
      const value = asLong(argument.run(evaluation))
      const result = negate(value)
      if (result === null) throw new Fault(`integer overflow while attempting to negate the value \`${value}\``)
      return result
    }),
  )
}

/** `<`, `<=`, `>` and `>=`: of two longs, two datetimes or two durations. */
export function comparison(left: Compiled, right: Compiled, holds: (a: Long, b: Long) => boolean): Compiled {
  return pure(
    [left, right],
    booleanOperation((evaluation) => {
      const a = left.run(evaluation)
      const b = right.run(evaluation)
      if (typeof a === 'number' && typeof b === 'number') return holds(a, b)
      if (isLong(a) && isLong(b)) return holds(a, b)
      if (a instanceof Datetime && b instanceof Datetime) return holds(a.milliseconds, b.milliseconds)
      if (a instanceof Duration && b instanceof Duration) return holds(a.milliseconds, b.milliseconds)
      throw comparisonFault(a, b)
    }),
  )
}

export function equality(left: Compiled, right: Compiled): Compiled {
  const { run } = left
  const fixed = right.constant
  if (fixed !== undefined && typeof fixed !== 'object')
    return pure(
      [left, right],
      booleanOperation((evaluation) => run(evaluation) === fixed),
    )
  return pure(
    [left, right],
    booleanOperation((evaluation) => equal(run(evaluation), right.run(evaluation))),
  )
}

function comparisonFault(a: Value, b: Value): Fault {
  const isComparable = (value: Value): boolean => isLong(value) || value instanceof Datetime || value instanceof Duration
  if (isComparable(a)) return typeFault(typeOf(a), b)
  return isComparable(b) ? typeFault(typeOf(b), a) : typeFault('one of datetime, duration or long', a)
}

function isLong(value: Value): value is Long {
  return typeof value === 'number' || typeof value === 'bigint'
}

function asLong(value: Value): Long {
  if (!isLong(value)) throw typeFault('long', value)
  return value
}
