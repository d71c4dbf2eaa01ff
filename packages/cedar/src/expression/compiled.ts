import { Fault } from '../value/fault.ts'
import { typeFault } from '../value/type-of.ts'
import type { Value } from '../value/value.ts'
import type { Evaluation } from './evaluation.ts'

/** An expression made ready to run. */
export interface Compiled {
  /** @throws Fault where Cedar's evaluation errors. */
  readonly run: (evaluation: Evaluation) => Value
  /** The value, when it is the same for every request. */
  readonly constant: Value | undefined
  /** True when the value is a boolean whenever there is one. */
  readonly boolean: boolean
}

/** A test: what `when`, `&&`, `!` and `if` ask for. */
export type Test = (evaluation: Evaluation) => boolean

export function constant(value: Value): Compiled {
  return { run: () => value, constant: value, boolean: typeof value === 'boolean' }
}

export function operation(run: (evaluation: Evaluation) => Value): Compiled {
  return { run, constant: undefined, boolean: false }
}

export function booleanOperation(run: Test): Compiled {
  return { run, constant: undefined, boolean: true }
}

/** An operation on values alone, done now when all of them are constant. One that fails then still fails only when it is evaluated. */
export function pure(operands: readonly Compiled[], made: Compiled): Compiled {
  if (operands.some((operand) => operand.constant === undefined)) return made
  try {
    // The evaluation is not looked at, since every operand is a constant.
    return constant(made.run(undefined as never))
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown
    return made
  }
}

/** The expression as a test, which faults when its value is not a boolean. */
export function asTest(compiled: Compiled): Test {
  const { run } = compiled
  if (compiled.boolean) return run as Test
  return (evaluation) => {
    const value = run(evaluation)
    if (typeof value !== 'boolean') throw typeFault('bool', value)
    return value
  }
}
