import { isJsonObject } from '../../model/json.ts'
import type { JsonObject } from '../../model/json.ts'
import type { CallExpectation, Count } from '../expect/expectations.ts'
import { framesFor } from './argument-frames.ts'
import { notCarried } from './assertion.ts'
import type { Carried, NotCarried, PromptfooAssertion } from './assertion.ts'
import { isLike, toolLike, toolsLike } from './tool-names.ts'
import type { ToolScope } from './tool-names.ts'

type Import = (assertion: PromptfooAssertion, scope: ToolScope) => Carried | NotCarried

/** Imports of what promptfoo asserts about steps, by type without `not-`. What must not happen must not be asked for, either. */
export const toolImports: ReadonlyMap<string, Import> = new Map([
  ['trajectory:tool-used', toolUsed],
  ['trajectory:tool-args-match', toolArgsMatch],
  ['trajectory:tool-sequence', toolSequence],
  ['trajectory:step-count', stepCount],
])

function malformed(what: string): NotCarried {
  return notCarried(what, 'correct the assertion; promptfoo would not accept it, either')
}

const either = notCarried(
  'it holds in one of two ways, and an expectation says one',
  'say with `times` what the agent under test should do',
)

function toolUsed({ value, negated }: PromptfooAssertion, scope: ToolScope): Carried | NotCarried {
  if (isJsonObject(value)) return toolCounted(value, negated, scope)
  const names = typeof value === 'string' ? [value] : value
  if (!isTexts(names) || names.length === 0) return malformed('its value is no name, no list of names and no object')
  const calls: CallExpectation[] = []
  for (const name of names) {
    const one = negated ? untried(name, scope) : used(name, scope)
    if ('refused' in one) return one
    calls.push(...one)
  }
  return { calls }
}

function used(name: string, scope: ToolScope, more: Pick<CallExpectation, 'times' | 'with'> = {}): CallExpectation[] | NotCarried {
  const tool = toolLike(name, scope)
  return 'refused' in tool ? tool : [{ used: tool.key, ...more }]
}

function untried(name: string, scope: ToolScope): CallExpectation[] | NotCarried {
  const tools = toolsLike(name, scope)
  return 'refused' in tools ? tools : tools.map(({ key }) => ({ untried: key }))
}

function toolCounted(value: JsonObject, negated: boolean, scope: ToolScope): Carried | NotCarried {
  const name = nameOf(value)
  if (typeof name !== 'string') return name
  const { min = 1, max } = boundsOf(value)
  const calls = counted(name, negated ? complement(min, max) : { min, max }, scope)
  return 'refused' in calls ? calls : { calls, notes: unknownKeys(value, ['name', 'pattern', 'type', 'min', 'max']) }
}

interface Bounds {
  readonly min?: number | undefined
  readonly max?: number | undefined
}

/** How often a tool is used within bounds; null for bounds that no one range says. */
function counted(name: string, bounds: Bounds | null, scope: ToolScope): CallExpectation[] | NotCarried {
  if (bounds === null) return either
  const { min = 0, max } = bounds
  if (![min, max ?? 0].every((bound) => Number.isSafeInteger(bound) && bound >= 0) || (max !== undefined && max < min))
    return malformed(`no number of calls is from ${min} to ${max ?? 'any'}`)
  if (name === '*') return [{ count: countOf(min, max) }]
  if (max === 0) return untried(name, scope)
  const calls = used(name, scope, min === 1 && max === undefined ? {} : { times: countOf(min, max) })
  // An upper bound alone is one of what is asked for, however it is answered.
  return 'refused' in calls || min > 0 ? calls : calls.map(({ used: tool, ...rest }) => ({ tried: tool, ...rest }))
}

function countOf(min: number, max: number | undefined): Count {
  if (min === max) return min
  return { ...(min > 0 || max === undefined ? { min } : {}), ...(max === undefined ? {} : { max }) }
}

/** The bounds of every number that is not from `min` to `max`; null when these lie on both sides. */
function complement(min: number | undefined, max: number | undefined): Bounds | null {
  if (min === undefined || min <= 0) return { min: (max ?? Number.POSITIVE_INFINITY) + 1 }
  return max === undefined ? { max: min - 1 } : null
}

function toolArgsMatch({ value, negated }: PromptfooAssertion, scope: ToolScope): Carried | NotCarried {
  if (!isJsonObject(value)) return malformed('its value is no object')
  const name = nameOf(value)
  if (typeof name !== 'string') return name
  const args = Object.hasOwn(value, 'args') ? value['args'] : value['arguments']
  if (!isJsonObject(args)) return malformed('its `args` are no object')
  const { mode = 'partial', defaults = {}, ignore = [] } = value
  if (mode !== 'partial' && mode !== 'exact') return malformed('its `mode` is neither `partial` nor `exact`')
  if (!isJsonObject(defaults)) return malformed('its `defaults` are no object')
  const ignores: unknown = Array.isArray(ignore) ? ignore : [ignore]
  if (!isTexts(ignores)) return malformed('its `ignore` is no name and no list of names')
  const ignored = (argument: string): boolean => ignores.some((one) => one === argument || (/[*?]/.test(one) && isLike(argument, one)))
  const tools = negated ? toolsLike(name, scope) : toolLike(name, scope)
  if ('refused' in tools) return tools
  const calls: CallExpectation[] = []
  const notes = unknownKeys(value, ['name', 'pattern', 'type', 'args', 'arguments', 'mode', 'defaults', 'ignore'])
  for (const tool of [tools].flat()) {
    const match = framesFor({ args, mode, defaults, ignored }, tool)
    if ('refused' in match) return match
    notes.push(...match.notes)
    const frames = Object.keys(match.frames).length === 0 ? {} : { with: match.frames }
    calls.push(negated ? { untried: tool.key, ...frames } : { used: tool.key, ...frames })
  }
  return { calls, notes }
}

function toolSequence({ value, negated }: PromptfooAssertion, scope: ToolScope): Carried | NotCarried {
  const object = isJsonObject(value) ? value : null
  const steps: unknown = object === null ? value : object['steps']
  if (!Array.isArray(steps) || steps.length === 0) return malformed('it has no steps')
  if (negated)
    return notCarried('that tools do not come in an order cannot be expected', 'say with `never` or `unused` what must not happen')
  const order: string[] = []
  for (const step of steps as readonly unknown[]) {
    const name = typeof step === 'string' ? step : isJsonObject(step) ? nameOf(step) : malformed('a step is no name and no object')
    const tool = typeof name === 'string' ? toolLike(name, scope) : name
    if ('refused' in tool) return tool
    order.push(tool.key)
  }
  const notes = object === null ? [] : unknownKeys(object, ['steps', 'mode'])
  // As many calls as steps, in the order of the steps: there is no room for others.
  return { calls: [{ order }, ...(object?.['mode'] === 'exact' ? [{ count: order.length }] : [])], notes }
}

function stepCount({ value, negated }: PromptfooAssertion, scope: ToolScope): Carried | NotCarried {
  if (!isJsonObject(value)) return malformed('its value is no object')
  const { min, max } = boundsOf(value)
  if (min === undefined && max === undefined) return malformed('it has neither `min` nor `max`')
  const types = [value['type'] ?? []].flat()
  if (types.length !== 1 || types[0] !== 'tool')
    return notCarried('it counts steps other than calls of tools', 'give it `type: tool`, or expect a `budget` of tokens or time')
  const name = nameOf(value, '*')
  if (typeof name !== 'string') return name
  const bounds = negated ? complement(min, max) : { min, max }
  const calls = counted(name, bounds, scope)
  return 'refused' in calls ? calls : { calls, notes: unknownKeys(value, ['name', 'pattern', 'type', 'min', 'max']) }
}

/** The pattern of the tool's name. */
function nameOf(matcher: JsonObject, otherwise?: string): string | NotCarried {
  const types = [matcher['type'] ?? 'tool'].flat()
  if (types.length !== 1 || types[0] !== 'tool')
    return notCarried('it is about steps other than calls of tools', 'give it `type: tool`; only calls of tools are seen here')
  const name = [matcher['pattern'], matcher['name'], otherwise].find((one) => typeof one === 'string' && one !== '')
  return typeof name === 'string' ? name : malformed('it names no tool')
}

function boundsOf(value: JsonObject): Bounds {
  const [min, max] = [value['min'], value['max']]
  return { min: typeof min === 'number' ? min : undefined, max: typeof max === 'number' ? max : undefined }
}

function unknownKeys(value: JsonObject, known: readonly string[]): string[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => `its \`${key}\` is not taken into account`)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '')
}
