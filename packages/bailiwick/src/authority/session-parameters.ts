import { BailiwickError } from '../model/bailiwick-error.ts'
import type { Json, JsonObject } from '../model/json.ts'
import type { ParameterDeclaration } from '../model/manifest.ts'
import { parameterCheck } from '../model/parameter-check.ts'
import type { Goal } from '../model/ruleset.ts'

/**
 * Reads a goal's parameters from texts, as a command line gives them. Every declared parameter must be given, and no other.
 * @throws BailiwickError `PARAMETER_INVALID`
 */
export function readParameters(goal: Goal, given: Readonly<Record<string, string>>): JsonObject {
  for (const name of Object.keys(given))
    if (!Object.hasOwn(goal.params, name))
      throw new BailiwickError('PARAMETER_INVALID', `the goal \`${goal.name}\` has no parameter \`${name}\``, {
        mend: `its parameters are ${listOf(Object.keys(goal.params))}`,
      })
  return Object.fromEntries(
    Object.entries(goal.params).map(([name, declaration]) => {
      const text = Object.hasOwn(given, name) ? given[name] : undefined
      if (text === undefined)
        throw new BailiwickError('PARAMETER_INVALID', `the goal \`${goal.name}\` needs the parameter \`${name}\``, {
          mend: `give it with \`--param ${name}=…\``,
        })
      return [name, readParameter(name, declaration, text)]
    }),
  )
}

function readParameter(name: string, declaration: ParameterDeclaration, text: string): Json {
  const value = convert(declaration.type, text)
  const problem = value === null ? `is not of type ${declaration.type}` : parameterCheck(declaration)(value)
  if (problem !== null)
    throw new BailiwickError('PARAMETER_INVALID', `the parameter \`${name}\` is \`${text.slice(0, 80)}\`: it ${problem}`)
  return value
}

function convert(type: ParameterDeclaration['type'], text: string): string | number | boolean | null {
  if (type === 'string') return text
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : null
  const number = /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isFinite(number)) return null
  return type === 'integer' && !Number.isSafeInteger(number) ? null : number
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `\`${name}\``).join(', ')
}
