import { expect, test } from 'vitest'
import { answers, desk } from './desk.ts'
import type { Step } from './desk.ts'

/** An example of the Dogwood guide, told in our own words, with a trace of its own. */
export interface Example {
  readonly facts: string
  readonly policies: string
  readonly trace: readonly Step[]
}

/** A policy that lets calls of a tool through only when a condition holds. Where Dogwood permits when it does, ours forbids unless it does: the contract is the permit here. */
export function only(tool: string, condition: string): string {
  return `forbid(principal, action == Action::"desk.${tool}", resource) unless { ${condition} };\n`
}

/** Plays each example. */
export function testExamples(examples: Readonly<Record<string, Example>>): void {
  for (const [saying, { facts, policies, trace }] of Object.entries(examples))
    test(`By the guide: ${saying}`, () => {
      const { found, expected } = answers(desk(facts === '' ? '  {}' : facts, policies), trace)
      expect(found).toEqual(expected)
    })
}
