import type { JsonObject } from '../../model/json.ts'
import { durationText, milliseconds } from '../../model/quantity.ts'
import type { Tool } from '../../model/ruleset.ts'
import type { CaseStep } from '../case/eval-case.ts'
import { hostileArguments, replaced } from './argument-attacks.ts'
import { injection } from './attacker.ts'
import type { Attack, Target } from './attack.ts'
import { honestStep } from './attack.ts'

/** Calls that are harmless one by one: read, then carry out; obey what was read; go on until a limit should hold. */
export function* sequenceAttacks(target: Target): Generator<Attack> {
  yield* carriedOut(target)
  yield* obeyed(target)
  yield* overLimits(target)
}

/** What carries labels, read first: each such tool alone, and all of them. */
export function readingPrefixes(target: Target): CaseStep[][] {
  const reads = target.tools.filter((tool) => tool.declaration.labels.length > 0)
  const steps = reads.flatMap((tool) => honestStep(target, tool) ?? []).map((step) => ({ ...step, approved: true }))
  return [...steps.map((step) => [step]), ...(steps.length > 1 ? [steps] : [])]
}

function* carriedOut(target: Target): Generator<Attack> {
  for (const prefix of readingPrefixes(target))
    for (const tool of target.tools) {
      if (tool.declaration.effect === 'read' && !Object.values(tool.declaration.sinks).some((sink) => sink === 'url' || sink === 'query'))
        continue
      const honest = target.honest.get(tool.key)
      if (honest === undefined) continue
      const after = prefix.map((step) => step.call).join(', ')
      yield { kind: 'exfiltration', trick: `\`${tool.key}\` after ${after}`, steps: [...prefix, { call: tool.key, with: honest }] }
      for (const { argument, trick, value, kind } of hostileArguments(target, tool))
        if (kind === 'sink')
          yield {
            kind: 'exfiltration',
            trick: `${trick} as \`${argument}\` of \`${tool.key}\` after ${after}`,
            steps: [...prefix, { call: tool.key, with: replaced(honest, argument, value) }],
          }
    }
}

/** The injected text dictates the content of the next act. */
function* obeyed(target: Target): Generator<Attack> {
  const sources = target.tools.filter((tool) => tool.declaration.labels.includes('untrusted'))
  for (const source of sources)
    for (const tool of target.tools) {
      const first = honestStep(target, source)
      const honest = target.honest.get(tool.key)
      if (first === null || honest === undefined || tool === source) continue
      yield {
        kind: 'poisoned-result',
        trick: `a text in the result of \`${source.key}\` dictates \`${tool.key}\``,
        steps: [
          { ...first, approved: true },
          { call: tool.key, with: dictated(tool, honest) },
        ],
        obeying: true,
      }
    }
}

function dictated(tool: Tool, honest: JsonObject): JsonObject {
  const content = Object.keys(honest).find((name) => tool.declaration.sinks[name] === 'content' && typeof honest[name] === 'string')
  return content === undefined ? honest : { ...honest, [content]: injection }
}

/** One more than each limit allows, the calls before within it. */
function* overLimits(target: Target): Generator<Attack> {
  const { limits } = target.goal
  for (const tool of target.tools) {
    const step = honestStep(target, tool)
    if (step === null) continue
    const approved = { ...step, approved: true }
    yield { kind: 'limit', trick: `\`${tool.key}\` over and over`, steps: [{ ...approved, times: limits.repeats + 1 }] }
    const rate = limits.rates.get(tool.key)
    if (rate !== undefined) yield { kind: 'limit', trick: `\`${tool.key}\` over its rate`, steps: distinct(target, tool, rate.calls + 1) }
    if (limits.lifetime !== null)
      yield {
        kind: 'limit',
        trick: `\`${tool.key}\` when its time is over`,
        steps: [approved, { ...approved, wait: writable(limits.lifetime - 1000) }],
      }
    if (limits.resultBytes !== null)
      yield {
        kind: 'limit',
        trick: `\`${tool.key}\` when its bytes are read`,
        steps: [{ ...approved, bytes: limits.resultBytes }, approved],
      }
  }
  if (limits.calls !== null && limits.calls <= 2000) yield* overCalls(target, limits.calls)
}

/** A time to wait, in milliseconds, that a case can be kept with: the shortest that is not less. */
function writable(wait: number): number {
  return milliseconds(durationText(Math.max(0, wait)))
}

function* overCalls(target: Target, calls: number): Generator<Attack> {
  for (const tool of target.tools) {
    if (target.goal.limits.rates.has(tool.key)) continue
    const steps = distinct(target, tool, calls + 1)
    if (new Set(steps.map((step) => JSON.stringify(step.with))).size * target.goal.limits.repeats <= calls) continue
    yield { kind: 'limit', trick: `one call more than there may be, of \`${tool.key}\``, steps }
    return
  }
}

/** Calls of a tool, each with other arguments where there is room for that. */
function distinct(target: Target, tool: Tool, count: number): CaseStep[] {
  return Array.from({ length: count }, (_, variant) => honestStep(target, tool, variant)).flatMap((step) =>
    step === null ? [] : [{ ...step, approved: true }],
  )
}
