import type { Command } from 'commander'
import pc from 'picocolors'
import type { EvalCase } from '../evals/case/eval-case.ts'
import { fuzz } from '../evals/fuzz/fuzz.ts'
import type { FuzzReport } from '../evals/fuzz/fuzz.ts'
import { mutate } from '../evals/fuzz/mutation-run.ts'
import type { MutationReport } from '../evals/fuzz/mutation-run.ts'
import { probesOf } from '../evals/fuzz/probes.ts'
import { targetsOf } from '../evals/redteam/red-team.ts'
import type { ReportedResult } from '../evals/report/sarif.ts'
import { action, command } from './command.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { enterEvaluation } from './evals/evaluation-entry.ts'
import { percentage, wholeNumber, withEvalOptions } from './evals/eval-options.ts'
import type { EvalOptions } from './evals/eval-options.ts'
import { findingData, findingText, resultOf } from './evals/finding-text.ts'
import { readRules } from './evals/read-rules.ts'
import type { Rules } from './evals/read-rules.ts'
import { writeReports } from './evals/report-files.ts'
import { agentSuitesFolder, readAgentSuites, readSuites, suitesFolder } from './evals/suite-files.ts'
import type { Locations } from './installation.ts'
import { safe } from './output.ts'
import type { Output } from './output.ts'

interface FuzzCommandOptions extends EvalOptions {
  readonly runs: number
  readonly mutate?: boolean
  readonly minKill: number
}

export function fuzzCommand(): Command {
  return withEvalOptions(command('fuzz', 'search for broken invariants, and for weakenings that no test notices'), '60s')
    .description(
      'Searches for calls that break a declared invariant and for answers that ought to be equal and are not. With --mutate, weakens manifest and policies in small ways, one at a time, and finds out which of that the kept cases and the red team notice. Exit code 1 when something blocking is found, or too little is noticed.',
    )
    .argument('[goal...]', 'the goals to try (default: all)')
    .option('--runs <n>', 'how many cases', wholeNumber, 5000)
    .option('--mutate', 'weaken the rules instead')
    .option('--min-kill <percent>', 'with --mutate: how many of a hundred weakenings must be noticed', percentage, 95)
    .action(
      action(async (context, goals: readonly string[], options: FuzzCommandOptions): Promise<ExitCode> => {
        const rules = readRules(context.locations.manifest, goals)
        return options.mutate === true ? mutation(context, rules, goals, options) : search(context, rules, goals, options)
      }),
    )
}

async function search(
  { output, locations }: CommandContext,
  { sources, ruleset }: Rules,
  goals: readonly string[],
  options: FuzzCommandOptions,
): Promise<ExitCode> {
  const { targets } = targetsOf(ruleset, goals)
  const report = fuzz(sources, ruleset, targets, { seed: options.seed, runs: options.runs, overtime: timer(options.time) })
  const blocking = report.findings.filter((finding) => finding.severity === 'blocking')
  const failures = blocking.map((finding) => `${finding.place.file}:${finding.place.line}: ${finding.message}`)
  writeReports(options, [{ suite: 'fuzz', name: 'invariants and equal answers', failures }], report.findings.map(resultOf))
  const ok = blocking.length === 0
  const tally = { passed: report.attempts - blocking.length, failed: blocking.length }
  const entry = await entered(locations, output, options, { policyDigest: ruleset.digest, ok, ...tally }, reportData(report))
  output.data({ ok, ...reportData(report), entry })
  for (const finding of report.findings) output.text(findingText(finding))
  if (report.cutShort) output.note(`the time of ${options.time} ms ended before all was tried; give more with --time`)
  output.text(
    `${ok ? pc.green('ok') : pc.red('no')} ${blocking.length} blocking, ${report.findings.length - blocking.length} advisory · ${report.attempts} calls decided, ${report.invariants} invariants, ${report.relations.length} relations · seed ${report.seed}`,
  )
  return ok ? 0 : 1
}

function reportData({ findings, ...report }: FuzzReport): Record<string, unknown> {
  return { ...report, findings: findings.map(findingData) }
}

async function mutation(
  { output, locations }: CommandContext,
  { sources, ruleset }: Rules,
  goals: readonly string[],
  options: FuzzCommandOptions,
): Promise<ExitCode> {
  const { targets } = targetsOf(ruleset, goals)
  const kept = [
    ...readSuites(suitesFolder(locations.manifest, options.suites), ruleset).map((placed) => placed.case),
    ...policyChecks(locations.manifest, ruleset),
  ]
  const report = mutate(sources, ruleset, {
    goals,
    cases: kept,
    probes: probesOf(targets, [], options.seed),
    overtime: timer(options.time),
    onProgress: (done) => output.progress(`${done} weakenings tried`),
  })
  output.progress(null)
  const rate = killRate(report)
  const enough = rate >= options.minKill && !report.cutShort
  const results = report.survivors.map(({ what, place }): ReportedResult => ({
    ruleId: 'survivor',
    level: enough ? 'note' : 'error',
    message: `No case notices when ${what}. Add one to the suites; \`bailiwick redteam --record\` proposes them.`,
    place,
    tags: [],
  }))
  const texts = report.survivors.map(({ what, place }) => `${place.file}:${place.line}: no case notices when ${what}`)
  writeReports(
    options,
    [{ suite: 'fuzz --mutate', name: `${rate.toFixed(1)} % of ${report.tried} weakenings noticed`, failures: enough ? [] : texts }],
    results,
  )
  const { tried, killed, refused, cutShort } = report
  const data = {
    ok: enough,
    rate,
    minimum: options.minKill,
    tried,
    killed,
    refused,
    cutShort,
    survivors: report.survivors.map(({ what, place, policy }) => ({ what, policy, ...place })),
  }
  const verdict = { policyDigest: ruleset.digest, ok: enough, passed: killed, failed: tried - killed }
  const entry = await entered(locations, output, options, verdict, data)
  output.data({ ...data, entry })
  for (const { place, what } of report.survivors)
    output.text(`${pc.bold(safe(`${place.file}:${place.line}`))}: ${pc.yellow('survived')} ${safe(what)}`)
  if (cutShort) output.note(`the time of ${options.time} ms ended after ${tried} weakenings; give more with --time`)
  output.text(
    `${enough ? pc.green('ok') : pc.red('no')} ${killed} of ${tried} weakenings noticed (${rate.toFixed(1)} %, at least ${options.minKill} % wanted) by ${kept.length} kept cases and the red team; ${refused} more are refused by \`check\``,
  )
  if (!enough && kept.length === 0) output.note('no cases are kept yet: `bailiwick redteam --record` proposes some')
  return enough ? 0 : 1
}

/** The unit checks of policies that stand in suites beside those of agents. */
function policyChecks(manifest: string, ruleset: Rules['ruleset']): EvalCase[] {
  return readAgentSuites(agentSuitesFolder(manifest, undefined), ruleset).flatMap(({ case: one }) =>
    one.kind === 'policy' ? [one.check] : [],
  )
}

async function entered(
  locations: Locations,
  output: Output,
  { ledger }: FuzzCommandOptions,
  verdict: Omit<Parameters<typeof enterEvaluation>[2], 'kind'>,
  results: unknown,
): Promise<number | null> {
  if (ledger !== true) return null
  const entry = await enterEvaluation(locations, output.note, { kind: 'fuzz', ...verdict }, results)
  output.note(`recorded as entry ${entry}`)
  return entry
}

function killRate({ tried, killed }: MutationReport): number {
  return tried === 0 ? 100 : (100 * killed) / tried
}

function timer(milliseconds: number): () => boolean {
  const end = performance.now() + milliseconds
  return () => performance.now() > end
}
