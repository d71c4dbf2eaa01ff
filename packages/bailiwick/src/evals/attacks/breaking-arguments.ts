import { framesOfCondition } from '../../model/check-invariants.ts'
import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { FrameDeclaration, InvariantDeclaration } from '../../model/manifest.ts'
import type { Tool } from '../../model/ruleset.ts'
import { parseValuePath } from '../../model/value-path.ts'
import { honestArguments, honestParams, inputSchemaOf } from '../generate/honest-task.ts'
import { boundsOf, honestValue } from '../generate/honest-value.ts'
import { inFrame } from '../oracle/frame-oracle.ts'
import type { FrameAnswer, FrameOracleScope } from '../oracle/frame-oracle.ts'
import { breaks } from '../oracle/invariant-oracle.ts'
import { schemaAt, valueAt, withValueAt } from './argument-place.ts'
import type { ArgumentPlace } from './argument-place.ts'
import type { Target } from './attack.ts'
import { hostileValues } from './hostile-values.ts'

interface Setting {
  readonly place: ArgumentPlace
  readonly value: Json
}

const mostValues = 12
const mostHonest = 24
const mostArguments = 72
/** Values to derive where nothing lists them. */
const usualVariants = 6
const longest = 500

/**
 * Arguments with which a call of a tool breaks an invariant if it goes through: values that lie in the frames of `when` and outside one of
 * `unless`, on top of honest arguments in several combinations. All fit the tool's schema. Those nearest to the honest ones come first.
 */
export function breakingArguments(target: Target, tool: Tool, invariant: InvariantDeclaration): JsonObject[] {
  const settings = (condition: InvariantDeclaration['when'], not: FrameAnswer): Setting[][] =>
    framesOfCondition(condition).flatMap(([path, frame]) => {
      const at = parseValuePath(path)
      return at?.of === 'input' ? [valuesFor(target, tool, at.names, frame, not).map((value) => ({ place: at.names, value }))] : []
    })
  const inside = combined(settings(invariant.when, 'outside'))
  // One frame of `unless` that does not hold is enough; it may be that none has to be broken.
  const outside = [[], ...settings(invariant.unless, 'inside').flatMap((list) => list.map((one) => [one]))]
  const { labels = [], approved = false } = invariant.when ?? {}
  const scope = scopeOf(target, tool)
  const found = new Map<string, JsonObject>()
  for (const honest of honestCombinations(target, tool))
    for (const within of inside)
      for (const beside of outside) {
        const args = withSettings(honest, [...within, ...beside])
        const subject = { tool: tool.key, arguments: args, params: target.params, labels, approved }
        if (tool.checkInput(args) === null && breaks(invariant, target.ruleset.tools, subject, scope)) found.set(JSON.stringify(args), args)
        if (found.size === mostArguments) return [...found.values()]
      }
  return [...found.values()]
}

/** Values for an argument of which the oracle does not say that they are `not` in the frame that way; those that the contract takes come first. */
function valuesFor(target: Target, tool: Tool, place: ArgumentPlace, frame: FrameDeclaration, not: FrameAnswer): Json[] {
  const { ruleset, goal, params } = target
  const [argument, ...members] = place
  const root = inputSchemaOf(tool)
  const schema = schemaAt(root, place)
  const { base, own } = ruleset
  const sink = members.length === 0 ? (tool.declaration.sinks[argument] ?? null) : null
  const variants = upTo(Math.max(usualVariants, optionsOf(frame).length))
  const others = honestParams(goal, 1)
  const usual = present([
    ...variants.map((variant) => valueAt(honestArguments(ruleset, goal.name, tool, params, { variant, all: true }), place)),
    others === undefined ? undefined : valueAt(honestArguments(ruleset, goal.name, tool, others, { all: true }), place),
  ])
  const meant = present(variants.map((variant) => honestValue(schema, frame, { params, base, root, sink, variant })))
  const edges = typeof frame === 'object' && frame.range !== undefined ? present<Json>([...boundsOf(frame.range, params)]) : []
  const hostile = hostileValues({ honest: usual[0] ?? meant[0], schema, frame, sink, params, base, own }).map(({ value }) => value)
  const scope = scopeOf(target, tool)
  const fitting = distinct([...usual, ...meant, ...edges, ...hostile]).filter(
    (value) => inFrame(value, frame, scope) !== not && JSON.stringify(value).length < longest,
  )
  const contract = members.length === 0 ? ruleset.manifest.goals[goal.name]?.tools[tool.key]?.[argument] : undefined
  const taken = fitting.filter((value) => contract === undefined || inFrame(value, contract, scope) !== 'outside')
  return distinct([...taken, ...fitting]).slice(0, mostValues)
}

/** Honest arguments of a tool in the combinations of what its frames and its schema list; the fewest changes first. */
function honestCombinations({ ruleset, goal, params, honest }: Target, tool: Tool): JsonObject[] {
  const usual = honest.get(tool.key)
  if (usual === undefined) return []
  const root = inputSchemaOf(tool)
  const frames = ruleset.manifest.goals[goal.name]?.tools[tool.key] ?? {}
  const choices = Object.entries(usual).map(([name, own]): Setting[] => {
    const [frame, schema] = [frames[name], schemaAt(root, [name])]
    const listed = upTo(Math.max(optionsOf(frame).length, optionsOf(schema).length)).map((variant) =>
      honestValue(schema, frame, { params, base: ruleset.base, root, sink: null, variant }),
    )
    return distinct([own, ...present(listed)]).map((value) => ({ place: [name], value }))
  })
  return combined(choices)
    .slice(0, mostHonest)
    .map((settings) => withSettings(usual, settings))
}

function scopeOf({ ruleset, params }: Target, tool: Tool): FrameOracleScope {
  return { params, base: ruleset.base, local: ruleset.toolboxes.get(tool.toolbox)?.server.command !== null }
}

function withSettings(args: JsonObject, settings: readonly Setting[]): JsonObject {
  return settings.reduce((made, { place, value }) => withValueAt(made, place, value), args)
}

/** One of each list, in every combination up to the most that are tried; those first that take what stands first. */
function combined(lists: readonly (readonly Setting[])[]): (readonly Setting[])[] {
  let found: { readonly settings: readonly Setting[]; readonly rank: number }[] = [{ settings: [], rank: 0 }]
  for (const list of lists)
    found = found
      .flatMap(({ settings, rank }) => list.map((one, index) => ({ settings: [...settings, one], rank: rank + index })))
      .sort((a, b) => a.rank - b.rank)
      .slice(0, mostArguments)
  return found.map(({ settings }) => settings)
}

/** What a frame or a schema lists. */
function optionsOf(declared: FrameDeclaration | Json | undefined): readonly unknown[] {
  const { in: allowed, enum: values } = isJsonObject(declared) ? declared : {}
  return Array.isArray(allowed) ? allowed : Array.isArray(values) ? values : []
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}

function present<T>(values: readonly (T | undefined)[]): T[] {
  return values.filter((value) => value !== undefined)
}

function distinct(values: readonly Json[]): Json[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()]
}
