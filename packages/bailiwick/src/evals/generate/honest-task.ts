import type { Json, JsonObject } from '../../model/json.ts'
import type { ParameterDeclaration } from '../../model/manifest.ts'
import type { Goal, Ruleset, Tool } from '../../model/ruleset.ts'
import { effects } from '../../model/vocabulary.ts'
import { honestValue } from './honest-value.ts'
import { textMatching } from './text-matching.ts'

/** Parameters that a goal takes; undefined when some cannot be derived from their declarations. */
export function honestParams({ params, checkParams }: Goal, variant = 0): JsonObject | undefined {
  const values = Object.entries(params).map(([name, declaration]) => [name, parameterValue(declaration, variant)] as const)
  const made = Object.fromEntries(values.filter((value): value is readonly [string, Json] => value[1] !== undefined))
  return checkParams(made) === null ? made : undefined
}

function parameterValue(
  { type, pattern, enum: allowed, minimum, maximum, maxLength }: ParameterDeclaration,
  variant: number,
): Json | undefined {
  if (allowed !== undefined) return allowed[variant % allowed.length]
  if (type === 'boolean') return variant % 2 === 1
  if (type !== 'string') {
    const low = minimum ?? Math.min(maximum ?? 1, 1)
    return maximum === undefined ? low + variant : low + (variant % Math.max(1, Math.floor(maximum - low) + 1))
  }
  if (pattern !== undefined) return textMatching(pattern.replace(/^\^/, '').replace(/\$$/, ''), variant + 1)
  return `example${variant}`.slice(0, maxLength ?? 1024)
}

/**
 * Arguments with which the contract means a tool to be called: frames give the framed ones, the schema the others that it requires,
 * and all that it knows when `all`. Undefined when none that fit the schema can be derived.
 */
export function honestArguments(
  ruleset: Ruleset,
  goal: string,
  tool: Tool,
  params: JsonObject,
  { variant = 0, all = false }: { readonly variant?: number; readonly all?: boolean } = {},
): JsonObject | undefined {
  const frames = ruleset.manifest.goals[goal]?.tools[tool.key] ?? {}
  const schema = inputSchemaOf(tool)
  const properties = (schema['properties'] ?? {}) as JsonObject
  const required = new Set(Array.isArray(schema['required']) ? (schema['required'] as readonly string[]) : [])
  const names = [...new Set([...Object.keys(properties), ...Object.keys(frames)])].filter((name) => {
    const frame = frames[name]
    const optional = typeof frame === 'object' && frame.optional === true
    return all || required.has(name) || (frame !== undefined && !optional)
  })
  const made: Record<string, Json> = {}
  for (const name of names) {
    const sink = tool.declaration.sinks[name] ?? null
    const value = honestValue(properties[name], frames[name], { params, base: ruleset.base, root: schema, sink, variant })
    if (value !== undefined) made[name] = value
  }
  return tool.checkInput(made) === null ? made : undefined
}

/** A tool's input schema; that of the governed reads names what MCP gives them. */
export function inputSchemaOf(tool: Tool): JsonObject {
  if (tool.definition !== null) return tool.definition.inputSchema
  return tool.name === 'resources/read'
    ? { type: 'object', properties: { uri: { type: 'string' } }, required: ['uri'] }
    : { type: 'object', properties: { name: { type: 'string' }, arguments: { type: 'object' } }, required: ['name'] }
}

/** The tools of a contract in the order in which an honest agent uses them: what only reads first, what acts outside last. */
export function honestOrder(ruleset: Ruleset, goal: Goal): Tool[] {
  const rank = ({ declaration }: Tool): number => effects.indexOf(declaration.effect)
  return [...goal.contract.keys()].flatMap((key) => ruleset.tools.get(key) ?? []).sort((a, b) => rank(a) - rank(b))
}
