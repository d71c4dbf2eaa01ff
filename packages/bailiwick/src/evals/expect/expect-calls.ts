import type { JsonObject } from '../../model/json.ts'
import { responses } from '../../model/vocabulary.ts'
import { inFrame } from '../oracle/frame-oracle.ts'
import type { FrameOracleScope } from '../oracle/frame-oracle.ts'
import type { ArgumentFrames, CallExpectation, Count, DecisionExpectation, ExpectationFailure } from './expectations.ts'
import type { RunTrace, TracedCall } from './run-trace.ts'

/** Whether arguments lie in frames; what is open to doubt does not. */
export function fits(args: JsonObject, frames: ArgumentFrames | undefined, scope: FrameOracleScope): boolean {
  return Object.entries(frames ?? {}).every(([name, frame]) => {
    if (!Object.hasOwn(args, name)) return typeof frame === 'object' && frame.optional === true
    return inFrame(args[name] ?? null, frame, scope) === 'inside'
  })
}

/** What the calls of a run are not as expected. */
export function callFailures(expectations: readonly CallExpectation[], { calls }: RunTrace, scope: FrameOracleScope): ExpectationFailure[] {
  return expectations.flatMap((expectation, index) => {
    const failure = callFailure(expectation, calls, scope)
    return failure === null ? [] : [{ ...failure, path: ['calls', index] }]
  })
}

type Failure = Omit<ExpectationFailure, 'path'>

function callFailure(expectation: CallExpectation, calls: readonly TracedCall[], scope: FrameOracleScope): Failure | null {
  const { used, tried, unused, untried, order, count } = expectation
  const through = calls.filter((call) => call.through)
  if (used !== undefined) return timesFailure(used, 'let through', through, calls, expectation, scope)
  if (tried !== undefined) return timesFailure(tried, 'asked for', calls, calls, expectation, scope)
  const never = unused ?? untried
  if (never !== undefined) {
    const found = (unused === undefined ? calls : through).find(
      (call) => call.tool === never && fits(call.arguments, expectation.with, scope),
    )
    return found === undefined
      ? null
      : {
          message: `\`${never}\` was ${unused === undefined ? 'asked for' : 'let through'} with ${shown(found.arguments)}`,
          rule: unused === undefined ? null : found.rule,
          tool: never,
        }
  }
  if (order !== undefined) return orderFailure(order, through)
  return count === undefined || within(through.length, count)
    ? null
    : { message: `${through.length} calls were let through, where ${countText(count)} are expected`, rule: null, tool: null }
}

function timesFailure(
  tool: string,
  did: string,
  among: readonly TracedCall[],
  all: readonly TracedCall[],
  { with: frames, times = { min: 1 } }: CallExpectation,
  scope: FrameOracleScope,
): Failure | null {
  const ofTool = among.filter((call) => call.tool === tool)
  const found = ofTool.filter((call) => fits(call.arguments, frames, scope)).length
  if (within(found, times)) return null
  const denied = all.find((call) => call.tool === tool && !call.through)
  const asked = frames === undefined ? '' : ` with ${shown(frames)}`
  const instead = found === 0 && ofTool[0] !== undefined ? `; it was called with ${shown(ofTool[0].arguments)}` : ''
  const why = found === 0 && denied !== undefined ? `; it was answered \`${denied.response}\` by ${denied.rule}: ${denied.reason}` : ''
  return {
    message: `\`${tool}\` was ${did} ${found} times${asked}, where ${countText(times)} is expected${why === '' ? instead : why}`,
    rule: found === 0 ? (denied?.rule ?? null) : null,
    tool,
  }
}

function orderFailure(order: readonly string[], through: readonly TracedCall[]): Failure | null {
  let at = 0
  for (const { tool } of through) if (tool === order[at]) at += 1
  const missing = order[at]
  if (missing === undefined) return null
  const before = at === 0 ? '' : ` after \`${order[at - 1] ?? ''}\``
  const was = through.map(({ tool }) => tool).join(', ')
  return {
    message: `\`${missing}\` does not come${before}; the order was ${was === '' ? 'nothing at all' : was}`,
    rule: null,
    tool: missing,
  }
}

/** What the answers of a run are not as expected. */
export function decisionFailures(
  expectations: readonly DecisionExpectation[],
  { calls }: RunTrace,
  scope: FrameOracleScope,
): ExpectationFailure[] {
  return expectations.flatMap((expectation, index): ExpectationFailure[] => {
    const { tool, which } = expectation
    const concerned = calls.filter((call) => call.tool === tool && fits(call.arguments, expectation.with, scope))
    const path = ['decisions', index]
    if (concerned.length === 0)
      return [
        { message: `\`${tool}\` was never asked for${withText(expectation.with)}, so that nothing was decided`, path, rule: null, tool },
      ]
    const judged = which === 'first' ? concerned.slice(0, 1) : which === 'last' ? concerned.slice(-1) : concerned
    const wrong = judged.filter((call) => !isAnswered(call, expectation))
    const [first] = wrong
    if (first === undefined || (which === 'some' && wrong.length < judged.length)) return []
    return [
      {
        message: `\`${tool}\` with ${shown(first.arguments)} was answered \`${first.response}\` by ${first.tier} ${first.rule}, where ${wantedText(expectation)} is expected: ${first.reason}`,
        path,
        rule: first.rule,
        tool,
        ...wantedRule(first, expectation),
      },
    ]
  })
}

/** The rule that ought to have answered, where none that is stricter was given. */
function wantedRule(call: TracedCall, { response = call.response, tier, rule }: DecisionExpectation): { readonly wanted?: string } {
  if (responses.indexOf(call.response) > responses.indexOf(response)) return {}
  if (rule !== undefined) return { wanted: rule }
  return tier === 'T3' || response === 'ask' ? { wanted: 'T3.confirm' } : {}
}

function isAnswered(call: TracedCall, { response, tier, rule }: DecisionExpectation): boolean {
  return (
    (response === undefined || call.response === response) &&
    (tier === undefined || call.tier === tier) &&
    (rule === undefined || call.rule === rule || call.policies.includes(rule))
  )
}

function wantedText({ response, tier, rule }: DecisionExpectation): string {
  return [response === undefined ? '' : `\`${response}\``, tier ?? '', rule ?? ''].filter((part) => part !== '').join(' ')
}

function withText(frames: ArgumentFrames | undefined): string {
  return frames === undefined ? '' : ` with ${shown(frames)}`
}

function within(value: number, count: Count): boolean {
  if (typeof count === 'number') return value === count
  return value >= (count.min ?? 0) && value <= (count.max ?? Number.POSITIVE_INFINITY)
}

function countText(count: Count): string {
  if (typeof count === 'number') return `${count}`
  if (count.max === undefined) return `at least ${count.min ?? 0}`
  return count.min === undefined ? `at most ${count.max}` : `${count.min} to ${count.max}`
}

const longestShown = 300

/** A value as a message shows it. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > longestShown ? `${text.slice(0, longestShown).toWellFormed()}…` : text
}
