import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { Test } from './expression/compiled.ts'
import { asTest } from './expression/compiled.ts'
import { compileExpression } from './expression/compile-expression.ts'
import type { SharedPaths } from './expression/shared-paths.ts'

/** A policy or link made ready to run. */
export interface Rule {
  readonly id: string
  /** Its place among all policies and links, as given. */
  readonly position: number
  readonly effect: 'permit' | 'forbid'
  /** Whether its head names several actions, so that a request can lead to it by more than one of them. */
  readonly isFoundOften: boolean
  /** Its conditions, for requests that its head admits; throws a Fault where evaluation errors. */
  readonly holds: Test
}

/** Compiles the conditions of a policy. @throws Uncompilable when one has a form that has no certain meaning. */
export function compileConditions(policy: PolicyJson, shared: SharedPaths): Test {
  const tests = policy.conditions.map(({ kind, body }, index): Test => {
    const test = asTest(compileExpression(body, ['conditions', `${index}`, 'body'], shared))
    return kind === 'when' ? test : (evaluation) => !test(evaluation)
  })
  const [first, second] = tests
  if (first === undefined) return () => true
  if (second === undefined) return first
  if (tests.length === 2) return (evaluation) => first(evaluation) && second(evaluation)
  return (evaluation) => {
    for (const test of tests) if (!test(evaluation)) return false
    return true
  }
}
