import type { Json, JsonObject } from './json.ts'
import type { ParameterDeclaration } from './manifest.ts'
import { wholeTextPattern } from './regular-expression.ts'

/** Why the parameters of a session are not those that a goal declares; null when they are. */
export type ParametersCheck = (given: JsonObject) => string | null

const longestText = 1024

/**
 * Compiles a goal's declarations into the check of a session's parameters as a whole: each declared one is there and fits, and no other.
 * A pattern that cannot be used, which is a finding of its own, fits nothing.
 */
export function parametersCheck(params: Readonly<Record<string, ParameterDeclaration>>): ParametersCheck {
  const declared = Object.entries(params)
  const checks = new Map(declared.map(([name, declaration]) => [name, parameterCheck(declaration)]))
  return (given) => {
    for (const name of Object.keys(given)) if (!checks.has(name)) return `\`${name}\` is not a parameter`
    for (const [name, check] of checks) {
      const value = Object.hasOwn(given, name) ? given[name] : undefined
      const problem = value === undefined ? 'is missing' : check(value)
      if (problem !== null) return `\`${name}\` ${problem}`
    }
    return null
  }
}

/** Compiles one declaration into the check of a value of its parameter: what stands against it, as the end of a sentence, or null. */
export function parameterCheck(declaration: ParameterDeclaration): (value: Json) => string | null {
  const { type, pattern, enum: allowed, minimum, maximum, maxLength } = declaration
  const test = pattern === undefined ? null : patternOrNothing(pattern)
  return (value) => {
    if (!isOfType(type, value)) return `is not of type ${type}`
    if (allowed !== undefined && !allowed.includes(value as string | number))
      return `must be one of ${allowed.map((one) => `\`${String(one)}\``).join(', ')}`
    if (typeof value === 'string') {
      if (value.length > (maxLength ?? longestText)) return `is longer than ${maxLength ?? longestText}`
      if (!value.isWellFormed()) return 'is not well-formed Unicode'
      if (test !== null && !test(value)) return `does not match \`${pattern ?? ''}\` as a whole`
    }
    if (typeof value === 'number' && minimum !== undefined && value < minimum) return `is under ${minimum}`
    if (typeof value === 'number' && maximum !== undefined && value > maximum) return `is over ${maximum}`
    return null
  }
}

function isOfType(type: ParameterDeclaration['type'], value: Json): boolean {
  if (type === 'integer') return Number.isSafeInteger(value)
  return type === 'number' ? Number.isFinite(value) : typeof value === type
}

function patternOrNothing(pattern: string): (text: string) => boolean {
  try {
    const compiled = wholeTextPattern(pattern)
    return (text) => compiled.test(text)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return () => false
  }
}
