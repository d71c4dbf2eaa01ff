import type { Json, JsonObject } from '../../model/json.ts'
import type { ParameterDeclaration } from '../../model/manifest.ts'
import type { Goal, Ruleset, Tool } from '../../model/ruleset.ts'
import { effects } from '../../model/vocabulary.ts'
import { inFrame } from '../oracle/frame-oracle.ts'
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
 * Arguments for each tool of a goal's contract, in the order of the honest task: an argument of the same name has the same value wherever
 * frames and schemas of the tools allow it, as an agent carries one thing from tool to tool. A tool is missing for which none can be derived.
 */
export function honestTask(ruleset: Ruleset, goal: Goal, params: JsonObject, options: HonestOptions = {}): ReadonlyMap<string, JsonObject> {
  const own = honestOrder(ruleset, goal).flatMap((tool) => {
    const args = honestArguments(ruleset, goal.name, tool, params, options)
    return args === undefined ? [] : [{ tool, args }]
  })
  const takes = (tool: Tool, args: JsonObject): boolean => isMeant(ruleset, goal.name, tool, args, params)
  const values = new Map<string, readonly Json[]>()
  for (const name of new Set(own.flatMap(({ args }) => Object.keys(args)))) {
    const users = own.filter(({ args }) => Object.hasOwn(args, name))
    const takers = (value: Json): number => users.filter(({ tool, args }) => takes(tool, { ...args, [name]: value })).length
    const tried = users.map(({ args }) => args[name] as Json).map((value) => ({ value, takers: users.length > 1 ? takers(value) : 0 }))
    values.set(
      name,
      tried.sort((a, b) => b.takers - a.takers).map(({ value }) => value),
    )
  }
  const carried = ({ tool, args }: (typeof own)[number]): JsonObject => {
    const made: Record<string, Json> = { ...args }
    for (const name of Object.keys(args)) {
      const value = values.get(name)?.find((one) => takes(tool, { ...made, [name]: one }))
      if (value !== undefined) made[name] = value
    }
    return made
  }
  return new Map(own.map((one) => [one.tool.key, carried(one)]))
}

/** Whether the schema and the frames of a tool take arguments, as far as an oracle can say. */
function isMeant({ manifest, base, toolboxes }: Ruleset, goal: string, tool: Tool, args: JsonObject, params: JsonObject): boolean {
  const local = toolboxes.get(tool.toolbox)?.server.command !== null
  const frames = Object.entries(manifest.goals[goal]?.tools[tool.key] ?? {})
  return (
    tool.checkInput(args) === null &&
    frames.every(([name, frame]) => !Object.hasOwn(args, name) || inFrame(args[name] as Json, frame, { params, base, local }) === 'inside')
  )
}

interface HonestOptions {
  /** Another number gives other values, where frames and schemas leave room for them. */
  readonly variant?: number
  /** With what the schema knows and does not require. */
  readonly all?: boolean
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
  { variant = 0, all = false }: HonestOptions = {},
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
