import type { Fact, FactValue, FactValues } from '../../model/fact.ts'
import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import { toolsInScope } from '../../model/policy-scope.ts'
import type { PolicyJson } from '../../model/policy-json.ts'
import type { Tool } from '../../model/ruleset.ts'
import type { Target } from '../attacks/attack.ts'
import { replaced } from '../attacks/argument-attacks.ts'
import type { CaseStep } from '../case/eval-case.ts'
import { inputSchemaOf } from './honest-task.ts'
import { SeededRandom } from './seeded-random.ts'

/** The constants that a policy compares with, by kind, with neighbours of each. */
interface Constants {
  readonly texts: readonly string[]
  readonly numbers: readonly number[]
}

const mostProducts = 1500
const mostRandom = 1500

/**
 * Requests near the edges of one policy, to be judged by the policies alone: each argument with the policy's own constants and what lies beside
 * them, each set of labels, each fact both ways. The tools are those of the contract that the policy can apply to.
 */
export function* policyRequests(target: Target, policy: PolicyJson, seed: number): Generator<CaseStep> {
  const constants = constantsIn(policy)
  for (const tool of toolsInScope(policy, target.ruleset.tools)) {
    const honest = target.honest.get(tool.key)
    if (honest === undefined || !target.goal.contract.has(tool.key)) continue
    const argumentSets = argumentsNear(tool, honest, constants)
    const labelSets = labelsNear(target, policy)
    const factSets = factsNear(target.ruleset.factsRead.get(tool.key) ?? [], constants)
    let made = 0
    for (const args of argumentSets)
      for (const labels of labelSets)
        for (const facts of factSets) {
          made += 1
          if (made <= mostProducts) yield step(tool, args, labels, facts)
        }
    const random = new SeededRandom(seed)
    const drawn = made > mostProducts ? mostRandom : 0
    for (let index = 0; index < drawn; index += 1) {
      const first = random.pick(argumentSets)
      const second = random.pick(argumentSets)
      const mixed = Object.fromEntries(
        Object.entries({ ...first, ...second }).map(([name, value]) => [name, random.chance(0.5) ? (first[name] ?? value) : value]),
      )
      yield step(tool, mixed, random.pick(labelSets), { ...random.pick(factSets), ...random.pick(factSets) })
    }
  }
}

function step(tool: Tool, args: JsonObject, labels: readonly string[], facts: FactValues): CaseStep {
  return {
    call: tool.key,
    with: args,
    at: 'T2',
    ...(labels.length === 0 ? {} : { labels }),
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
  }
}

/** The tool's arguments with one or two of them set to what the policy looks for; all that fit the schema. */
function argumentsNear(tool: Tool, honest: JsonObject, { texts, numbers }: Constants): JsonObject[] {
  const schema = inputSchemaOf(tool)
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {}
  const found = [honest]
  for (const [name, property] of Object.entries(properties)) {
    const type = isJsonObject(property) ? property['type'] : undefined
    const values: readonly Json[] =
      type === 'integer' || type === 'number'
        ? numbers
        : type === 'boolean'
          ? [true, false]
          : type === 'array'
            ? [texts, [], ...texts.map((text) => [text])]
            : type === 'object'
              ? []
              : texts
    for (const value of values) {
      const args = replaced(honest, name, value)
      if (tool.checkInput(args) === null) found.push(args)
    }
    if (Object.hasOwn(honest, name)) {
      const left = Object.fromEntries(Object.entries(honest).filter(([other]) => other !== name))
      if (tool.checkInput(left) === null) found.push(left)
    }
  }
  return found
}

function labelsNear({ ruleset }: Target, policy: PolicyJson): string[][] {
  const all = [...new Set([...ruleset.tools.values()].flatMap((tool) => tool.declaration.labels))]
  if (!JSON.stringify(policy).includes('labels')) return [[]]
  const pairs = all.length <= 6 ? all.flatMap((one, index) => all.slice(index + 1).map((other) => [one, other])) : []
  return [[], ...all.map((label) => [label]), ...pairs, all]
}

function factsNear(facts: readonly Fact[], { numbers, texts }: Constants): FactValues[] {
  const values = ({ type }: Fact): FactValue[] =>
    type === 'Bool'
      ? [false, true]
      : type === 'Long'
        ? [0, ...numbers.filter((value) => Number.isSafeInteger(value) && value >= 0)]
        : ['0.0', ...texts.filter((text) => /^-?\d+\.\d{1,4}$/.test(text)), ...numbers.map((value) => value.toFixed(4))]
  if (facts.length === 0) return [{}]
  const usual = Object.fromEntries(facts.map((fact) => [fact.name, values(fact)[0] as FactValue]))
  const single = facts.flatMap((fact) => values(fact).map((value) => ({ ...usual, [fact.name]: value })))
  const other = Object.fromEntries(facts.map((fact) => [fact.name, values(fact).at(-1) as FactValue]))
  return [usual, ...single, other]
}

function constantsIn(policy: PolicyJson): Constants {
  const texts = new Set<string>(['', 'x'])
  const numbers = new Set<number>([0, 1])
  const near = (value: number): void => [value - 1, value, value + 1].forEach((one) => numbers.add(one))
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { Value: value, like } = node as { readonly Value?: unknown; readonly like?: { readonly pattern: readonly unknown[] } }
    if (typeof value === 'number') near(value)
    if (typeof value === 'string') {
      for (const text of [value, `${value}x`, `x${value}`]) texts.add(text)
      if (/^-?\d+\.\d+$/.test(value)) {
        near(Number(value))
        for (const by of [-1, -0.0001, 0, 0.0001, 1]) texts.add((Number(value) + by).toFixed(4))
      }
    }
    if (like !== undefined) for (const text of textsLike(like.pattern)) texts.add(text)
    for (const inner of Object.values(node)) visit(inner)
  }
  visit((policy as { readonly conditions?: unknown }).conditions)
  return { texts: [...texts], numbers: [...numbers] }
}

/** Texts that a pattern of `like` takes, and some that it narrowly does not. */
function textsLike(pattern: readonly unknown[]): string[] {
  const filled = (star: string): string =>
    pattern.map((part) => (part === 'Wildcard' ? star : ((part as { readonly Literal?: string } | null)?.Literal ?? ''))).join('')
  return [
    filled('x'),
    filled(''),
    `${filled('x')}.evil.example`,
    `evil${filled('')}`,
    `evil.example/${filled('x')}`,
    filled('x').slice(0, -1),
  ]
}
