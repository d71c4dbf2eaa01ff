import type { Command } from 'commander'
import pc from 'picocolors'
import { casesText } from '../evals/case/write-cases.ts'
import { Lab } from '../evals/lab/lab.ts'
import { probesOf } from '../evals/fuzz/probes.ts'
import { recordCases } from '../evals/fuzz/mutation-run.ts'
import { liveRedTeam } from '../evals/live/live-red-team.ts'
import type { LiveReport } from '../evals/live/live-red-team.ts'
import type { Finding } from '../evals/redteam/finding.ts'
import { Places } from '../evals/redteam/place-of-rule.ts'
import { redTeam, targetsOf } from '../evals/redteam/red-team.ts'
import type { RedTeamReport } from '../evals/redteam/red-team.ts'
import { replay } from '../evals/redteam/replay.ts'
import type { ReplayReport } from '../evals/redteam/replay.ts'
import type { ReportedCheck } from '../evals/report/junit.ts'
import { action, command } from './command.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { wholeNumber, withEvalOptions } from './evals/eval-options.ts'
import type { EvalOptions } from './evals/eval-options.ts'
import { enterEvaluation } from './evals/evaluation-entry.ts'
import { findingData, findingText, resultOf } from './evals/finding-text.ts'
import { arenas } from './evals/live-arena.ts'
import { readRules } from './evals/read-rules.ts'
import type { Rules } from './evals/read-rules.ts'
import { goalText } from './evals/red-team-text.ts'
import { writeReports } from './evals/report-files.ts'
import { fileNameFor, readSuites, suitesFolder, writeSuite } from './evals/suite-files.ts'

interface RedTeamCommandOptions extends EvalOptions {
  readonly walks: number
  readonly replay?: boolean
  readonly record?: boolean
  readonly save: boolean
  readonly live: boolean
}

export function redteamCommand(): Command {
  return withEvalOptions(command('redteam', 'let a scripted attacker try every goal, offline'), '30s')
    .description(
      'Plays an agent that is wholly under an attacker’s control against each goal of the manifest, and the honest task beside it, on the same decisions as the gateway; and plays again the cases that are kept. No model, no server, no network. Exit code 1 when something blocking is found.',
    )
    .argument('[goal...]', 'the goals to try (default: all)')
    .option('--walks <n>', 'how many random walks besides what is planned', wholeNumber, 2000)
    .option('--replay', 'only play the cases again that are kept')
    .option('--record', 'keep what the rules answer today, as cases that notice each small weakening of them')
    .option('--no-live', 'leave out what needs a ledger of its own: tokens, revocation, approvals')
    .option('--no-save', 'do not keep blocking findings as cases')
    .action(
      action(async (context, goals: readonly string[], options: RedTeamCommandOptions): Promise<ExitCode> => {
        const rules = readRules(context.locations.manifest, goals)
        const folder = suitesFolder(context.locations.manifest, options.suites)
        return options.record === true
          ? record(context, rules, goals, folder, options.seed)
          : attack(context, rules, goals, folder, options)
      }),
    )
}

function record({ output }: CommandContext, { sources, ruleset }: Rules, goals: readonly string[], folder: string, seed: number): ExitCode {
  const { targets } = targetsOf(ruleset, goals)
  const probes = probesOf(targets, sources.policies, seed)
  const cases = recordCases(sources, ruleset, goals, probes, (done) => output.progress(`${done} weakenings tried`))
  output.progress(null)
  const head = [
    'What the rules answered when this was recorded, by `bailiwick redteam --record`. Read it before you keep it:',
    'each case says what must stay so. Correct `expect` where an answer is not what you want, and mend the rules.',
  ]
  const file = writeSuite(folder, 'recorded.yaml', casesText(cases, head, ruleset.base))
  output.data({ file, cases: cases.length })
  output.text(`${pc.green('recorded')} ${cases.length} cases in ${file}`)
  return 0
}

async function attack(
  { output, locations }: CommandContext,
  rules: Rules,
  goals: readonly string[],
  folder: string,
  options: RedTeamCommandOptions,
): Promise<ExitCode> {
  const { sources, ruleset } = rules
  const end = performance.now() + options.time
  const overtime = (): boolean => performance.now() > end
  const lab = new Lab(ruleset)
  const places = new Places(sources.yaml, ruleset)
  const kept = readSuites(folder, ruleset).filter((placed) => goals.length === 0 || goals.includes(placed.case.goal))
  const replayed = replay(lab, kept, places, overtime)
  const found = options.replay === true ? null : redTeam(lab, sources.yaml, { seed: options.seed, walks: options.walks, goals, overtime })
  const live =
    found === null || !options.live
      ? null
      : await arenas(locations.manifest, output.note)({}, (arena) =>
          liveRedTeam(arena, lab, targetsOf(ruleset, goals).targets, places, overtime),
        )
  const findings = [...replayed.findings, ...(found?.findings ?? []), ...(live?.findings ?? [])]
  const saved = options.save && found !== null ? save(found, folder, ruleset.base) : []
  writeReports(options, checksOf(replayed, found, live), findings.map(resultOf))
  const blocking = findings.filter((finding) => finding.severity === 'blocking')
  const unfinished = replayed.cutShort || found?.unfinished === true || live?.cutShort === true
  const cutShort = replayed.cutShort || found?.cutShort === true || unfinished
  const ok = blocking.length === 0 && !unfinished
  const report = {
    ok,
    unfinished,
    seed: options.seed,
    attempts: lab.decided,
    cutShort,
    replayed: replayed.played,
    live: live?.tried ?? 0,
    goals: found?.goals ?? [],
    untried: found?.untried ?? [],
    findings: findings.map(findingData),
    saved,
  }
  const tally = { passed: lab.decided + (live?.tried ?? 0) - blocking.length, failed: blocking.length }
  const entry =
    options.ledger === true
      ? await enterEvaluation(locations, output.note, { kind: 'redteam', policyDigest: ruleset.digest, ok, ...tally }, report)
      : null
  output.data({ ...report, entry })
  if (entry !== null) output.note(`recorded as entry ${entry}`)
  for (const goal of found?.goals ?? []) output.text(`${goalText(goal)}\n`)
  for (const { agent, goal } of found?.untried ?? [])
    output.note(`${pc.yellow('not tried')} ${agent} towards ${goal}: no parameters can be derived from their declarations`)
  for (const finding of findings) output.text(findingText(finding))
  for (const file of saved) output.note(`kept as ${file}`)
  if (cutShort) output.note(`the time of ${options.time} ms ended before all was tried; give more with --time`)
  const advisory = findings.length - blocking.length
  output.text(
    `${ok ? pc.green('ok') : pc.red('no')} ${blocking.length} blocking, ${advisory} advisory · ${lab.decided} calls decided, ${live?.tried ?? 0} tried on a live gateway, ${replayed.played} kept cases played · seed ${options.seed}`,
  )
  return ok ? 0 : 1
}

/** Keeps each blocking finding as a case, under the same name each time. */
function save({ findings, seed }: RedTeamReport, folder: string, base: string): string[] {
  return findings
    .filter((finding) => finding.severity === 'blocking')
    .map(({ case: shown, message, rule, place }) => {
      const identity = JSON.stringify([shown.agent, shown.goal, rule, place, shown.steps])
      const name = fileNameFor(`${shown.goal} ${rule} ${shown.steps.at(-1)?.call ?? ''}`, identity)
      const kept = { ...shown, name: message.slice(0, 200).toWellFormed() }
      return writeSuite(folder, name, casesText([kept], [`Found by \`bailiwick redteam --seed ${seed}\`.`], base))
    })
}

function checksOf(replayed: ReplayReport, found: RedTeamReport | null, live: LiveReport | null): ReportedCheck[] {
  const text = (finding: Finding): string =>
    `${finding.place.file}:${finding.place.line}: ${finding.message}\n${finding.mend}\n${JSON.stringify(finding.case.steps).slice(0, 4000)}`
  const blocking = (findings: readonly Finding[]): string[] => findings.filter((finding) => finding.severity === 'blocking').map(text)
  const goals = (found?.goals ?? []).flatMap(({ agent, goal, attacks }) =>
    Object.keys(attacks).map((kind): ReportedCheck => {
      const own = (found?.findings ?? []).filter(
        (finding) => finding.case.agent === agent && finding.case.goal === goal && finding.kind === kind,
      )
      return { suite: `redteam ${agent} ${goal}`, name: kind, failures: blocking(own) }
    }),
  )
  const onGateway =
    live === null ? [] : [{ suite: 'redteam', name: `${live.tried} attempts on a live gateway`, failures: blocking(live.findings) }]
  return [{ suite: 'redteam', name: `${replayed.played} kept cases`, failures: blocking(replayed.findings) }, ...goals, ...onGateway]
}
