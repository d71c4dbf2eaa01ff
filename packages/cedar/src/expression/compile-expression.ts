import type { Expr, PatternElem } from '@cedar-policy/cedar-wasm/nodejs'
import { extensionFunctions } from '../extension/functions.ts'
import { readValue } from '../read/read-value.ts'
import { Refusal } from '../read/refusal.ts'
import { Fault } from '../value/fault.ts'
import { add, multiply, subtract } from '../value/long.ts'
import { typeFault } from '../value/type-of.ts'
import { asTest, booleanOperation, constant, operation, pure } from './compiled.ts'
import type { Compiled } from './compiled.ts'
import { attribute, getTag, hasPath, hasTag, isIn, isType } from './entity-operations.ts'
import { compilePattern } from './like.ts'
import { arithmetic, comparison, equality, negation } from './long-operations.ts'
import { contains, containsAll, containsAny, isEmpty, recordOf, setOf } from './set-operations.ts'
import type { SharedPaths } from './shared-paths.ts'
import { Uncompilable } from './uncompilable.ts'

type Binary = (left: Compiled, right: Compiled) => Compiled

const binaries: ReadonlyMap<string, Binary> = new Map<string, Binary>([
  ['==', equality],
  ['!=', (left, right) => not(equality(left, right))],
  ['<', (left, right) => comparison(left, right, (a, b) => a < b)],
  ['<=', (left, right) => comparison(left, right, (a, b) => a <= b)],
  ['>', (left, right) => comparison(left, right, (a, b) => a > b)],
  ['>=', (left, right) => comparison(left, right, (a, b) => a >= b)],
  ['+', (left, right) => arithmetic('add', left, right, add)],
  ['-', (left, right) => arithmetic('subtract', left, right, subtract)],
  ['*', (left, right) => arithmetic('multiply', left, right, multiply)],
  ['&&', and],
  ['||', or],
  ['in', isIn],
  ['contains', contains],
  ['containsAll', containsAll],
  ['containsAny', containsAny],
  ['hasTag', hasTag],
  ['getTag', getTag],
])

const unaries: ReadonlyMap<string, (argument: Compiled) => Compiled> = new Map([
  ['!', not],
  ['neg', negation],
  ['isEmpty', isEmpty],
])

/** Fields of all the JSON forms of expressions together. */
interface Fields {
  readonly left: Expr
  readonly right: Expr
  readonly arg: Expr
  readonly attr: string | readonly string[]
  readonly pattern: readonly PatternElem[]
  readonly entity_type: string
  readonly in?: Expr
  readonly if: Expr
  readonly then: Expr
  readonly else: Expr
}

/** Compiles an expression in Cedar's JSON form; `path` leads to it, and the set's shared paths are remembered while a request lasts. @throws Uncompilable for a form that it does not know. */
export function compileExpression(expression: Expr, path: readonly string[], shared: SharedPaths): Compiled {
  const entries = Object.entries(expression)
  const [operator, operand] = (entries[0] ?? ['', null]) as [string, unknown]
  if (entries.length !== 1) throw new Uncompilable('an expression must have exactly one operator', path)
  const here = [...path, operator]
  const fields = operand as Fields
  const sub = (field: 'left' | 'right' | 'arg' | 'in' | 'if' | 'then' | 'else'): Compiled =>
    compileExpression(fields[field] as Expr, [...here, field], shared)

  const binary = binaries.get(operator)
  if (binary !== undefined) return binary(sub('left'), sub('right'))
  const unary = unaries.get(operator)
  if (unary !== undefined) return unary(sub('arg'))
  switch (operator) {
    case 'Value':
      return literal(operand, here)
    case 'Var':
      return variable(operand, here)
    case '.':
      return remembered(attribute(sub('left'), fields.attr as string), shared.slotOf(expression))
    case 'has':
      return hasPath(sub('left'), typeof fields.attr === 'string' ? [fields.attr] : fields.attr)
    case 'like':
      return like(sub('left'), fields.pattern)
    case 'is': {
      const left = sub('left')
      const test = isType(left, fields.entity_type)
      return fields.in === undefined ? test : and(test, isIn(left, sub('in')))
    }
    case 'if-then-else':
      return conditional(sub('if'), sub('then'), sub('else'))
    case 'Set':
      return setOf((operand as Expr[]).map((element, index) => compileExpression(element, [...here, `${index}`], shared)))
    case 'Record':
      return recordOf(
        Object.entries(operand as Record<string, Expr>).map(
          ([name, value]) => [name, compileExpression(value, [...here, name], shared)] as const,
        ),
      )
    default:
      return call(operator, operand, here, shared)
  }
}

function literal(json: unknown, path: readonly string[]): Compiled {
  try {
    return constant(readValue(json))
  } catch (thrown) {
    if (thrown instanceof Refusal || thrown instanceof Fault) throw new Uncompilable(thrown.message, path)
    throw thrown
  }
}

function variable(name: unknown, path: readonly string[]): Compiled {
  switch (name) {
    case 'principal':
      return operation((evaluation) => evaluation.principal)
    case 'action':
      return operation((evaluation) => evaluation.action)
    case 'resource':
      return operation((evaluation) => evaluation.resource)
    case 'context':
      return operation((evaluation) => evaluation.context)
    default:
      throw new Uncompilable(`there is no variable \`${String(name)}\``, path)
  }
}

function call(name: string, operands: unknown, path: readonly string[], shared: SharedPaths): Compiled {
  const called = extensionFunctions.get(name)
  if (called === undefined || !Array.isArray(operands))
    throw new Uncompilable(`\`${name}\` is not an operator or function of Cedar 4.5 that can be evaluated`, path)
  const args = (operands as Expr[]).map((operand, index) => compileExpression(operand, [...path, `${index}`], shared))
  const run: Compiled['run'] = (evaluation) => called.apply(args.map((arg) => arg.run(evaluation)))
  return pure(args, { run, constant: undefined, boolean: called.boolean })
}

function like(left: Compiled, pattern: readonly PatternElem[]): Compiled {
  const matches = compilePattern(pattern)
  const { run } = left
  return pure(
    [left],
    booleanOperation((evaluation) => {
      const value = run(evaluation)
      if (typeof value !== 'string') throw typeFault('string', value)
      return matches(value)
    }),
  )
}

function remembered(path: Compiled, slot: number | undefined): Compiled {
  if (slot === undefined) return path
  const { run } = path
  return operation((evaluation) => (evaluation.memory[slot] ??= run(evaluation)))
}

function not(argument: Compiled): Compiled {
  const test = asTest(argument)
  return pure(
    [argument],
    booleanOperation((evaluation) => !test(evaluation)),
  )
}

function and(left: Compiled, right: Compiled): Compiled {
  const first = asTest(left)
  const second = asTest(right)
  return booleanOperation((evaluation) => first(evaluation) && second(evaluation))
}

function or(left: Compiled, right: Compiled): Compiled {
  const first = asTest(left)
  const second = asTest(right)
  return booleanOperation((evaluation) => first(evaluation) || second(evaluation))
}

function conditional(condition: Compiled, yes: Compiled, no: Compiled): Compiled {
  const test = asTest(condition)
  const run: Compiled['run'] = (evaluation) => (test(evaluation) ? yes.run(evaluation) : no.run(evaluation))
  return { run, constant: undefined, boolean: yes.boolean && no.boolean }
}
