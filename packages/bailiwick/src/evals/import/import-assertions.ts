import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { YamlPath } from '../../model/yaml-source.ts'
import { notCarried } from './assertion.ts'
import type { Carried, NotCarried, PromptfooAssertion } from './assertion.ts'
import { fillTemplates } from './fill-template.ts'
import type { ImportFindings } from './import-findings.ts'
import { itemsOf, referred } from './promptfoo-config.ts'
import type { Placed } from './promptfoo-config.ts'
import { textImports } from './text-assertions.ts'
import { toolImports } from './tool-assertions.ts'
import type { ToolScope } from './tool-names.ts'
import { unwritable } from './unwritable.ts'

/** What became of the assertions of a test. */
export interface ImportedAssertions {
  readonly carried: readonly { readonly carried: Carried; readonly negatedTool: boolean }[]
  readonly leftOut: readonly { readonly type: string; readonly line: number }[]
  /** The metrics that they count for. */
  readonly tags: readonly string[]
}

export interface AssertionScope extends ToolScope {
  /** The whole file, in which references lead. */
  readonly config: JsonObject
  /** What was found about texts and schemas before: many tests share one that takes long to compile. */
  readonly known: Map<string, Carried | NotCarried>
  readonly found: ImportFindings
}

/** An assertion, and what stands against it before it is looked at; null when nothing does. */
interface FlatAssertion extends Placed {
  readonly against: NotCarried | null
}

/** Imports assertions. Each is carried over or reported, in its place. */
export function importAssertions(flat: readonly FlatAssertion[], vars: JsonObject, scope: AssertionScope): ImportedAssertions {
  const outcomes = flat.map((one) => importOne(one, vars, scope))
  return {
    carried: outcomes.flatMap(({ carried, negatedTool }) => (carried === null ? [] : [{ carried, negatedTool }])),
    leftOut: outcomes.flatMap(({ leftOut }) => leftOut ?? []),
    tags: [...new Set(outcomes.flatMap(({ tag }) => tag ?? []))],
  }
}

/** Assertions with references followed and sets of them opened, as many as `most`. */
export function flattened(placed: readonly Placed[], scope: AssertionScope, most: number): FlatAssertion[] {
  const flat: FlatAssertion[] = []
  for (const one of placed)
    for (const found of opened(one, scope, null)) {
      flat.push(found)
      if (flat.length === most) return flat
    }
  return flat
}

const anyOfSet = notCarried('its set has a `threshold`, so that it need not hold', 'expect it in a case with `severity: advisory`')
const mostNested = 10

function* opened({ value, path }: Placed, scope: AssertionScope, against: NotCarried | null, depth = 0): Generator<FlatAssertion> {
  const { found, config } = scope
  const reference = isJsonObject(value) && '$ref' in value ? referred(value['$ref'], config) : undefined
  const { $ref: _, ...own } = isJsonObject(value) ? value : {}
  const one = isJsonObject(reference) ? { ...reference, ...own } : value
  if (
    !isJsonObject(one) ||
    one['type'] !== 'assert-set' ||
    !Array.isArray(one['assert']) ||
    one['assert'].length === 0 ||
    depth === mostNested
  ) {
    yield { value: one, path, against }
    return
  }
  found.unread(one, path, ['type', 'assert', 'threshold', 'weight', 'metric'], 'a set of assertions')
  const loose = one['threshold'] !== undefined && one['threshold'] !== 1 ? anyOfSet : one['weight'] === 0 ? weightless : null
  if (loose !== null) found.report('warning', path, `\`assert-set\` is not carried over: ${loose.refused}`, loose.mend)
  if (one['metric'] !== undefined)
    found.report('warning', [...path, 'metric'], '`metric` of a set of assertions is not carried over', 'give the case `tags`', 'key')
  for (const inner of itemsOf(one['assert'], [...path, 'assert'])) yield* opened(inner, scope, against ?? loose, depth + 1)
}

const weightless = notCarried('its `weight` is 0, so that it never fails', 'expect it in a case with `severity: advisory`')
const known = ['type', 'value', 'threshold', 'weight', 'metric', 'transform', '$ref']

interface Outcome {
  readonly carried: Carried | null
  readonly leftOut: ImportedAssertions['leftOut'][number] | null
  readonly negatedTool: boolean
  readonly tag: string | null
}

function importOne({ value, path, against }: FlatAssertion, vars: JsonObject, scope: AssertionScope): Outcome {
  const { found } = scope
  const type = isJsonObject(value) && typeof value['type'] === 'string' ? value['type'] : null
  const left = (reason: NotCarried): Outcome => {
    const shown = type === null ? 'an assertion' : `\`${type}\``
    found.report('warning', path, `${shown} is not carried over: ${reason.refused}`, reason.mend)
    return { carried: null, leftOut: { type: type ?? 'an assertion', line: found.lineOf(path) }, negatedTool: false, tag: null }
  }
  if (type === null || !isJsonObject(value)) return left(notCarried('it has no `type`', 'correct it, or write what its reference leads to'))
  if (against !== null) return left(against)
  if (value['weight'] === 0) return left(weightless)
  if (value['transform'] !== undefined)
    return left(notCarried('it is about a transformed answer', 'expect of the answer as the agent gives it'))
  const result = imported(type, value, vars, scope)
  if ('refused' in result) return left(result)
  const refused = unwritable(result as unknown as Json)
  if (refused !== null) return left(refused)
  found.unread(value, path, threshold.has(type) ? known : known.filter((key) => key !== 'threshold'), `\`${type}\``)
  if (value['weight'] !== undefined && value['weight'] !== 1)
    found.report(
      'warning',
      [...path, 'weight'],
      '`weight` is not carried over: here everything that is expected must hold',
      'say with `severity` which cases block',
      'key',
    )
  for (const note of result.notes ?? [])
    found.report(
      'warning',
      path,
      `\`${type}\` is carried over, but ${note}`,
      'read what the case expects, and make it stricter by hand where that matters',
    )
  return { carried: result, leftOut: null, negatedTool: type.startsWith('not-trajectory:'), tag: tagOf(value['metric'], path, found) }
}

const threshold: ReadonlySet<string> = new Set(['cost', 'latency'])

function imported(type: string, assertion: JsonObject, vars: JsonObject, scope: AssertionScope): Carried | NotCarried {
  const negated = type.startsWith('not-')
  const base = negated ? type.slice(4) : type
  const text = textImports.get(base)
  const tool = toolImports.get(base)
  if (text === undefined && tool === undefined)
    return notCarried(whyNot(base), 'expect something of calls, arguments or the answer that can be told without a judge')
  const raw = assertion['value']
  if (typeof raw === 'string' && /^(?:file:\/\/|package:)/.test(raw))
    return notCarried('its value stands in another file', 'write the value into the file')
  const filled = fillTemplates(raw, vars)
  if ('problem' in filled) return notCarried(`its value cannot be filled in: ${filled.problem}`, 'write the value itself')
  const read: PromptfooAssertion = { type, base, negated, value: filled.value, threshold: assertion['threshold'] }
  if (text === undefined) return (tool as NonNullable<typeof tool>)(read, scope)
  const key = JSON.stringify([type, read.value, read.threshold])
  const result = scope.known.get(key) ?? text(read)
  scope.known.set(key, result)
  return result
}

const judged =
  /^(?:llm-rubric|agent-rubric|factuality|g-eval|model-graded-|answer-relevance|context-|conversation-relevance|search-rubric|similar|classifier|moderation|guardrails|pi$|select-best|max-score|trajectory:goal-success)/

function whyNot(base: string): string {
  if (judged.test(base)) return 'a model would judge it, and here nothing is judged by a model'
  if (/^(?:javascript|python|ruby|webhook)$/.test(base)) return 'it is a program, and here expectations are data'
  if (base === 'human') return 'a person would judge it'
  if (base.startsWith('promptfoo:redteam:')) return 'it belongs to the red team of promptfoo'
  return 'nothing here expects the same'
}

function tagOf(metric: unknown, path: YamlPath, found: ImportFindings): string | null {
  if (metric === undefined) return null
  if (typeof metric === 'string' && metric !== '' && metric.length <= 64 && !metric.includes('{{') && unwritable(metric) === null)
    return metric
  found.report('warning', [...path, 'metric'], '`metric` is not carried over: it is no tag', 'give the case `tags` yourself', 'key')
  return null
}
