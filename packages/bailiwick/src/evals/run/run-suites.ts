import { BailiwickError } from '../../model/bailiwick-error.ts'
import { failureOf } from '../case/check-case.ts'
import { failuresOf } from '../expect/check-run.ts'
import type { ExpectationFailure } from '../expect/expectations.ts'
import type { RunTrace } from '../expect/run-trace.ts'
import { Lab } from '../lab/lab.ts'
import type { Interaction } from '../model/cassette.ts'
import type { Places } from '../redteam/place-of-rule.ts'
import { whereToLook } from '../redteam/where-to-look.ts'
import type { Lead } from '../redteam/where-to-look.ts'
import type { AgentCase, PlacedSuiteCase, PolicyCase } from '../suite/suite.ts'
import { promptFailures } from './check-prompt.ts'
import { wilsonInterval } from './confidence.ts'
import { runAgentCase } from './run-agent-case.ts'
import type { RunSurroundings } from './run-agent-case.ts'
import type { CaseFailure, CaseFigures, CaseResult } from './suite-results.ts'

export interface SuiteRunOptions extends RunSurroundings {
  /** Finds lines of the manifest and of policies; null where there are none to find. */
  readonly places: Places | null
  /** How many runs go on at once. */
  readonly parallel: number
  /** Asked before each run; what is left then is not run, and does not pass. */
  readonly overtime: () => boolean
  readonly onResult: (result: CaseResult) => void
  /** Told what a refreshed case's model was asked. */
  readonly onRecorded: (agentCase: AgentCase, interactions: readonly Interaction[]) => void
}

/** Something that was not as expected, with where to look for it if that is known already. */
type RunFailure = ExpectationFailure & { readonly lead?: Lead | null }

/** One run of a case: what was wrong with it, or why it does not count. */
interface Run {
  readonly failures: readonly RunFailure[]
  readonly error: string | null
  readonly trace: RunTrace | null
}

/** Runs every case, each as often as it says, several at once. The results are in the order of the cases. */
export async function runSuites(cases: readonly PlacedSuiteCase[], options: SuiteRunOptions): Promise<CaseResult[]> {
  const lab = new Lab(options.ruleset)
  const runs = cases.map((): Run[] => [])
  const results: CaseResult[] = []
  const queue = cases.flatMap((placed, index) => Array.from({ length: runsOf(placed, options) }, () => index))
  const left = cases.map((placed) => runsOf(placed, options))
  const lane = async (): Promise<void> => {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
      const placed = cases[index] as PlacedSuiteCase
      const done = runs[index] as Run[]
      done.push(await once(placed, options, lab))
      left[index] = (left[index] as number) - 1
      if (left[index] !== 0) continue
      const result = resultOf(placed, done, options.places)
      results[index] = result
      options.onResult(result)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, options.parallel) }, lane))
  return results
}

function runsOf({ case: one }: PlacedSuiteCase, { models }: SuiteRunOptions): number {
  if (!('repeat' in one)) return 1
  // One recording is one run.
  return models === 'refresh' && one.model?.kind === 'endpoint' && one.model.cassette !== null ? 1 : one.repeat
}

async function once({ case: one }: PlacedSuiteCase, options: SuiteRunOptions, lab: Lab): Promise<Run> {
  if (options.overtime()) return { failures: [], error: 'it was not run: the time for all of them was up', trace: null }
  try {
    if (one.kind === 'policy') return { failures: policyFailures(one, lab, options.places), error: null, trace: null }
    if (one.kind === 'prompt') return { failures: await promptFailures(one), error: null, trace: null }
    const { trace, error, recorded } = await runAgentCase(one, options)
    if (recorded.length > 0 && error === null) options.onRecorded(one, recorded)
    if (trace === null) return { failures: [], error, trace }
    return { failures: failuresOf(one.expect, one.canaries, trace, options.ruleset), error: null, trace }
  } catch (error) {
    // A case that cannot be run is an error of its own; the others go on.
    if (error instanceof BailiwickError)
      return { failures: [], error: `${error.message}${error.mend === null ? '' : ` (${error.mend})`}`, trace: null }
    throw error
  }
}

function policyFailures({ check }: PolicyCase, lab: Lab, places: Places | null): RunFailure[] {
  const failure = failureOf(check, lab.play(check))
  if (failure === null) return []
  // The step as it is written: those that are made several times stand there once.
  let step = failure.step
  const written = check.steps.findIndex(({ times = 1 }) => (step -= times) < 0)
  const found = places === null ? null : whereToLook(check, failure, lab.ruleset, places, [check])
  const lead = found?.hint === '' ? { ...found, hint: `what the contract says of \`${failure.expected.call}\`` } : found
  return [{ message: failure.message, path: [written], rule: failure.answer.rule, tool: failure.expected.call, lead }]
}

const mostCalls = 100

function resultOf({ suite, case: one, placeOf }: PlacedSuiteCase, runs: readonly Run[], places: Places | null): CaseResult {
  const passed = runs.filter((run) => run.error === null && run.failures.length === 0).length
  const required = 'pass' in one ? one.pass : 1
  const error = runs.find((run) => run.error !== null)?.error ?? null
  const traces = runs.flatMap(({ trace }) => trace ?? [])
  const shown = runs.find((run) => run.failures.length > 0)?.trace ?? traces[0]
  const { name, kind, severity, tags } = one
  return {
    suite,
    name,
    kind,
    severity,
    tags,
    status: error !== null ? 'error' : passed / runs.length >= required ? 'passed' : 'failed',
    error,
    runs: runs.length,
    passed,
    required,
    interval: wilsonInterval(passed, runs.length),
    failures: failuresIn(runs, placeOf, 'goal' in one ? one.goal : kind === 'policy' ? one.check.goal : null, places),
    figures: traces.length === 0 ? null : figuresOf(traces),
    calls: (shown?.calls ?? [])
      .slice(0, mostCalls)
      .map(({ tool, response, tier, rule, through }) => ({ tool, response, tier, rule, through })),
    place: placeOf([]),
  }
}

/** The failures of all runs, those that say the same together. */
function failuresIn(runs: readonly Run[], placeOf: PlacedSuiteCase['placeOf'], goal: string | null, places: Places | null): CaseFailure[] {
  const failures = runs.flatMap((run) => run.failures)
  return [...Map.groupBy(failures, ({ path, message }) => JSON.stringify([path, message])).values()].map((alike) => {
    const [first] = alike as [RunFailure, ...RunFailure[]]
    const { message, path, lead: known = null } = first
    return { message, runs: alike.length, place: placeOf(path), lead: known ?? (places === null ? null : leadOf(first, goal, places)) }
  })
}

/** Where to look when an agent's run was not as expected: at the rule that should have answered, else at the one that did, else at the contract. */
function leadOf({ rule, wanted, tool }: ExpectationFailure, goal: string | null, places: Places): Lead | null {
  if (wanted !== undefined) {
    const policy = places.ofPolicy(wanted)
    if (policy !== null) return { place: policy, hint: `the policy \`${wanted}\` no longer says so` }
    if (wanted === 'T3.confirm' && goal !== null)
      return {
        place: places.inManifest(['goals', goal, 'confirm']),
        hint: `\`${tool ?? ''}\` is no longer in \`confirm\` of the goal \`${goal}\``,
      }
  }
  const policy = rule === null ? null : places.ofPolicy(rule)
  if (rule !== null && policy !== null) return { place: policy, hint: `it is the policy \`${rule}\` that says so` }
  if (tool === null || goal === null) return null
  return {
    place: places.ofTool(goal, tool),
    hint: rule === null ? `what the contract says of \`${tool}\`` : `it is \`${rule}\` that says so`,
  }
}

function figuresOf(traces: readonly RunTrace[]): CaseFigures {
  const mean = (value: (trace: RunTrace) => number): number => traces.reduce((sum, trace) => sum + value(trace), 0) / traces.length
  return {
    calls: mean(({ calls }) => calls.length),
    denials: mean(({ calls }) => calls.filter((call) => !call.through).length),
    tokens: mean(({ usage }) => usage.inputTokens + usage.outputTokens),
    cost: traces.some(({ cost }) => cost === null) ? null : mean(({ cost }) => cost ?? 0),
    duration: mean(({ duration }) => duration),
  }
}
