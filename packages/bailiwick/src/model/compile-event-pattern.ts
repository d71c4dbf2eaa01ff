import type { ErrorCode } from './error-codes.ts'
import type { EventPattern } from './fact.ts'
import { compileFrame, parametersIn } from './frame.ts'
import type { EventDeclaration, FactDeclaration, FrameDeclaration, Manifest, PatternDeclaration, SameDeclaration } from './manifest.ts'
import type { Tool } from './ruleset.ts'
import { shapeAt } from './shape-at.ts'
import { parseValuePath, pathText } from './value-path.ts'
import type { ValuePath } from './value-path.ts'
import { outcomeStatuses, responses } from './vocabulary.ts'
import type { OutcomeStatus, Response } from './vocabulary.ts'
import type { YamlPath } from './yaml-source.ts'

/** What a pattern is compiled against, and where its findings go; paths are relative to the fact. */
export interface PatternScope {
  readonly manifest: Manifest
  readonly tools: ReadonlyMap<string, Tool>
  readonly report: (code: ErrorCode, path: YamlPath, message: string, mend: string, at?: 'key' | 'value') => void
}

/** Checks and compiles what an event must be like. Returns null when it cannot be compiled; what is wrong has been reported then. */
export function compilePattern(
  declared: EventDeclaration,
  fact: FactDeclaration,
  path: YamlPath,
  scope: PatternScope,
): EventPattern | null {
  const pattern: PatternDeclaration =
    typeof declared === 'object' && !Array.isArray(declared)
      ? (declared as PatternDeclaration)
      : { tool: declared as string | readonly string[] }
  const kind = pattern.outcome === undefined ? 'call' : 'outcome'
  if (kind === 'outcome' && pattern.response !== undefined)
    scope.report(
      'MANIFEST_TYPE',
      [...path, 'response'],
      'an outcome is always that of a call let through',
      'remove `response` or `outcome`',
      'key',
    )
  const tools = toolsOf(pattern, kind, path, scope)
  if (tools === null) return null
  const by = pattern.by ?? fact.by
  const compiled: EventPattern = {
    kind,
    tools,
    responses: new Set(responsesOf(pattern)),
    statuses: new Set(statusesOf(pattern)),
    labels: kind === 'outcome' && pattern.labels !== undefined ? new Set(list(pattern.labels)) : null,
    where: Object.entries(pattern.where ?? {}).flatMap(([value, frame]) => {
      const usable = frameProblem(frame)
      if (usable !== null) scope.report('MANIFEST_TYPE', [...path, 'where', value], usable.message, usable.mend)
      return usable === null ? [{ path: parseValuePath(value) as ValuePath, frame: compileFrame(frame, '/') }] : []
    }),
    same: samePairs(pattern.same ?? fact.same ?? []),
    by: by === undefined ? null : parseValuePath(by),
  }
  checkPaths(compiled, pattern, path, scope)
  return compiled
}

function list<T>(value: T | readonly T[] | undefined): readonly T[] {
  return value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T]
}

function responsesOf({ response }: PatternDeclaration): readonly Response[] {
  if (response === undefined) return responses.filter((one) => one !== 'deny' && one !== 'ask' && one !== 'defer')
  const named = list(response)
  return named.includes('any') ? responses : (named as readonly Response[])
}

function statusesOf({ outcome }: PatternDeclaration): readonly OutcomeStatus[] {
  const named = list(outcome)
  return named.includes('any') ? outcomeStatuses : (named as readonly OutcomeStatus[])
}

function samePairs(same: SameDeclaration): EventPattern['same'] {
  const pairs = Array.isArray(same)
    ? (same as readonly string[]).map((one) => [one, one] as const)
    : Object.entries(same as Record<string, string>)
  return pairs.map(([past, present]) => ({ past: parseValuePath(past) as ValuePath, present: parseValuePath(present) as ValuePath }))
}

/** The tools that the pattern names and whose declaration fits the rest of it. */
function toolsOf(
  pattern: PatternDeclaration,
  kind: EventPattern['kind'],
  path: YamlPath,
  { tools, manifest, report }: PatternScope,
): ReadonlySet<string> | null {
  const named = list(pattern.tool)
  const unknown = named.filter((tool) => !tools.has(tool) && !isDeclared(tool, manifest))
  for (const tool of unknown)
    report('MANIFEST_REFERENCE', path, `the tool \`${tool}\` is not in the inventory`, 'declare it under `toolboxes`, or correct the name')
  if (unknown.length > 0) return null
  const effects = list(pattern.effect)
  const labels = kind === 'call' ? list(pattern.labels) : []
  const meant = [...tools.values()].filter(
    ({ key, declaration }) =>
      (named.length === 0 || named.includes(key)) &&
      (effects.length === 0 || effects.includes(declaration.effect)) &&
      (labels.length === 0 || labels.some((label) => declaration.labels.includes(label))),
  )
  if (meant.length === 0 && tools.size > 0)
    report('MANIFEST_REFERENCE', path, 'no tool of the inventory fits this', 'name a tool, or an effect and labels that some tool has')
  return new Set(meant.map(({ key }) => key))
}

/** A tool that is declared but could not be compiled is reported for that, not here. */
function isDeclared(tool: string, manifest: PatternScope['manifest']): boolean {
  const dot = tool.indexOf('.')
  return Object.hasOwn(manifest.toolboxes[tool.slice(0, dot)]?.tools ?? {}, tool.slice(dot + 1))
}

function frameProblem(frame: FrameDeclaration): { message: string; mend: string } | null {
  if (parametersIn(frame).length > 0)
    return {
      message: 'a fact belongs to no goal, so it has no parameters',
      mend: 'write the value itself; a literal text that begins with `$` is written `$$…`',
    }
  if (hasPath(frame))
    return { message: 'where a path led in the past cannot be found out', mend: 'use `prefix` or `pattern` instead of `path`' }
  try {
    compileFrame(frame, '/')
    return null
  } catch (error) {
    // Only a pattern can keep a frame from being compiled; the reason is what the reader of the manifest needs.
    return {
      message: `the pattern cannot be used: ${(error as Error).message}`,
      mend: 'write it in RE2 syntax, which has no look-around and no back references',
    }
  }
}

function hasPath(frame: FrameDeclaration): boolean {
  return typeof frame === 'object' && (frame.path !== undefined || Object.values(frame.fields ?? {}).some(hasPath))
}

/** Every value that the pattern names can be there: some tool has the argument, all do that are named, and outputs are those of outcomes. */
function checkPaths(pattern: EventPattern, declared: PatternDeclaration, path: YamlPath, scope: PatternScope): void {
  const past = [
    ...pattern.where.map((one) => one.path),
    ...pattern.same.map((pair) => pair.past),
    ...(pattern.by === null ? [] : [pattern.by]),
  ]
  const explicit = list(declared.tool).length > 0
  for (const value of past) {
    if (value.of === 'output' && pattern.kind === 'call')
      scope.report(
        'MANIFEST_TYPE',
        path,
        `a call has no \`${pathText(value)}\``,
        'add `outcome: ok`, which makes the pattern one of outcomes',
      )
    if (value.of === 'facts' && !Object.hasOwn(scope.manifest.facts, value.names[0]))
      scope.report('MANIFEST_REFERENCE', path, `there is no fact \`${value.names[0]}\``, 'declare it, or correct the name')
    if (value.of !== 'input') continue
    const without = [...pattern.tools].filter((tool) => shapeAt(scope.tools.get(tool), value.names) === null)
    if (without.length > 0 && (explicit || without.length === pattern.tools.size))
      scope.report(
        'MANIFEST_REFERENCE',
        path,
        `\`${without[0]}\` has no argument \`${value.names.join('.')}\``,
        'correct the name, or leave out the tool',
      )
  }
  for (const { present } of pattern.same) {
    if (present.of === 'output' || present.of === 'facts')
      scope.report(
        'MANIFEST_TYPE',
        path,
        `the call at hand has no \`${pathText(present)}\` yet`,
        'compare with a value of `input` or `params`, as `{ past: present }`',
      )
    else if (
      present.of === 'input' &&
      scope.tools.size > 0 &&
      ![...scope.tools.values()].some((tool: Tool) => shapeAt(tool, present.names) !== null)
    )
      scope.report('MANIFEST_REFERENCE', path, `no tool has an argument \`${present.names.join('.')}\``, 'correct the name')
  }
}
