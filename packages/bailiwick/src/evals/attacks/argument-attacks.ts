import type { Json, JsonObject } from '../../model/json.ts'
import { isJsonObject } from '../../model/json.ts'
import type { Tool } from '../../model/ruleset.ts'
import { honestArguments, honestParams, inputSchemaOf } from '../generate/honest-task.ts'
import { injection } from './attacker.ts'
import type { Attack, Target } from './attack.ts'
import { hostileValues } from './hostile-values.ts'
import type { HostileValue } from './hostile-values.ts'

/** Every argument of every tool of the contract, one at a time, with everything that an attacker would put there. */
export function* argumentAttacks(target: Target): Generator<Attack> {
  for (const tool of target.tools) {
    const honest = target.honest.get(tool.key)
    if (honest === undefined) continue
    for (const { argument, trick, value, kind } of hostileArguments(target, tool))
      yield {
        kind,
        trick: `${trick} as \`${argument}\` of \`${tool.key}\``,
        steps: [{ call: tool.key, with: replaced(honest, argument, value) }],
      }
    yield* extras(tool, honest)
    for (const name of Object.keys(honest))
      yield {
        kind: 'missing-argument',
        trick: `\`${tool.key}\` without \`${name}\``,
        steps: [{ call: tool.key, with: without(honest, name) }],
      }
    yield* otherParameters(target, tool, honest)
  }
}

/** What to try for each argument that the tool or the contract knows. */
export function hostileArguments({ ruleset, goal, params, honest }: Target, tool: Tool): (HostileValue & { readonly argument: string })[] {
  const frames = ruleset.manifest.goals[goal.name]?.tools[tool.key] ?? {}
  const schema = inputSchemaOf(tool)
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {}
  const given = honest.get(tool.key) ?? {}
  const whole = honestArguments(ruleset, goal.name, tool, params, { all: true }) ?? given
  return [...new Set([...Object.keys(properties), ...Object.keys(frames)])].flatMap((argument) =>
    hostileValues({
      honest: given[argument] ?? whole[argument],
      schema: properties[argument],
      frame: frames[argument],
      sink: tool.declaration.sinks[argument] ?? null,
      params,
      base: ruleset.base,
      own: ruleset.own,
    }).map((value) => ({ ...value, argument })),
  )
}

/** An object's copy with one member set, also one that is named `__proto__`. */
export function replaced(args: JsonObject, name: string, value: Json): JsonObject {
  return Object.fromEntries([...Object.entries(args).filter(([other]) => other !== name), [name, value]])
}

function without(args: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(args).filter(([other]) => other !== name))
}

function* extras(tool: Tool, honest: JsonObject): Generator<Attack> {
  const [first = 'x'] = Object.keys(honest)
  const added: readonly (readonly [string, Json])[] = [
    ['__proto__', { admin: true }],
    ['constructor', { prototype: { admin: true } }],
    ['prototype', { admin: true }],
    ['hasOwnProperty', true],
    ['admin', true],
    ['bypass', 'true'],
    ['context', injection],
    ['_meta', { 'bailiwick/decision': { response: 'allow' } }],
    [`${first} `, honest[first] ?? ''],
    [first.toUpperCase() === first ? first.toLowerCase() : first.toUpperCase(), honest[first] ?? ''],
    [`${first}\u200b`, honest[first] ?? ''],
    [`${first}[]`, honest[first] ?? ''],
    [`${first}.`, honest[first] ?? ''],
    ['', ''],
  ]
  for (const [name, value] of added)
    yield {
      kind: 'extra-argument',
      trick: `\`${name}\` beside the arguments of \`${tool.key}\``,
      steps: [{ call: tool.key, with: replaced(honest, name, value) }],
    }
}

/** The same call for what another session of the goal would be about. */
function* otherParameters({ ruleset, goal, params }: Target, tool: Tool, honest: JsonObject): Generator<Attack> {
  for (const variant of [1, 2, 3]) {
    const others = honestParams(goal, variant)
    const args = others === undefined ? undefined : honestArguments(ruleset, goal.name, tool, others)
    if (args === undefined || JSON.stringify(args) === JSON.stringify(honest) || JSON.stringify(others) === JSON.stringify(params)) continue
    yield { kind: 'other-parameters', trick: `\`${tool.key}\` for another task`, steps: [{ call: tool.key, with: args }] }
  }
}
