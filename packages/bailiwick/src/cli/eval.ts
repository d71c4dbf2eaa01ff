import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import { InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'
import pc from 'picocolors'
import { changesSince } from '../evals/report/compare-results.ts'
import { suiteHtml } from '../evals/report/suite-html.ts'
import { withRecordedSession } from '../evals/run/recorded-session.ts'
import { runSuites } from '../evals/run/run-suites.ts'
import type { CaseResult, SuiteResults } from '../evals/run/suite-results.ts'
import { Places } from '../evals/redteam/place-of-rule.ts'
import { suiteKinds } from '../evals/suite/suite.ts'
import type { SuiteKind } from '../evals/suite/suite.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { durationPattern, milliseconds } from '../model/quantity.ts'
import { action, command } from './command.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { CassetteFiles } from './evals/cassette-files.ts'
import { wholeNumber } from './evals/eval-options.ts'
import { enterEvaluation, withLedger } from './evals/evaluation-entry.ts'
import { readKeptFixture } from './evals/kept-fixture.ts'
import { arenas } from './evals/live-arena.ts'
import { readResults } from './evals/read-results.ts'
import { readRules } from './evals/read-rules.ts'
import { writeReports, writeReport } from './evals/report-files.ts'
import { agentSuitesFolder, readAgentSuites } from './evals/suite-files.ts'
import type { FiledSuiteCase } from './evals/suite-files.ts'
import { caseText, changesText, checkOf, sarifResults, suiteRules } from './evals/suite-text.ts'

interface EvalCommandOptions {
  readonly suites?: string
  readonly case?: string
  readonly kind?: SuiteKind
  readonly parallel: number
  readonly time: string
  readonly refresh?: boolean
  readonly live?: boolean
  readonly baseline?: string
  readonly out?: string
  readonly junit?: string
  readonly sarif?: string
  readonly html?: string
  readonly ledger?: boolean
}

export function evalCommand(): Command {
  return command('eval', 'let agents under test work through suites of cases, under the production rules')
    .description(
      'Runs the suites in `suites/*.yaml` beside the manifest: each case lets an agent work on a gateway of its own, with the rules as they are, mocked tools, and a model that is scripted or recorded, and looks at what it did. Offline, unless told otherwise. Exit code 1 when a blocking case fails, 2 when one cannot be carried out.',
    )
    .argument('[suite...]', 'names of suites (default: all)')
    .option('--suites <folder>', 'where the suites are (default: suites beside the manifest)')
    .option('--case <text>', 'only cases with this text in their names')
    .addOption(new Option('--kind <kind>', 'only cases of this kind').choices(suiteKinds))
    .option('--parallel <n>', 'how many runs at once', wholeNumber, Math.min(4, availableParallelism()))
    .option('--time <duration>', 'how long all of it may take; what was not run by then does not pass', duration, '10m')
    .option('--refresh', 'ask the models’ endpoints, and record what they answer in the cassettes')
    .option('--live', 'ask the models’ endpoints, and record nothing')
    .option('--baseline <file>', 'say what has changed since these results (written by `--out`)')
    .option('--out <file>', 'write the results as JSON, for a later baseline')
    .option('--junit <file>', 'write a JUnit report')
    .option('--sarif <file>', 'write a SARIF report, which points at lines of suites and policies')
    .option('--html <file>', 'write a report as one HTML file that needs no server')
    .option('--ledger', 'record the results in the ledger')
    .action(
      action(async (context, suites: readonly string[], options: EvalCommandOptions): Promise<ExitCode> =>
        evaluate(context, suites, options),
      ),
    )
}

function duration(text: string): string {
  if (!durationPattern.test(text)) throw new InvalidArgumentError('write a duration such as `10m`')
  return text
}

async function evaluate({ output, locations }: CommandContext, suites: readonly string[], options: EvalCommandOptions): Promise<ExitCode> {
  if (options.refresh === true && options.live === true) throw new BailiwickError('USAGE', '`--refresh` and `--live` do not go together')
  const start = performance.now()
  const { ruleset, sources } = readRules(locations.manifest, [])
  const before = options.baseline === undefined ? null : readResults(options.baseline)
  const folder = agentSuitesFolder(locations.manifest, options.suites)
  const chosen = choose(readAgentSuites(folder, ruleset), suites, options, folder)
  const cases = await recordedLookedUp(chosen, locations, output.note)
  const cassettes = new CassetteFiles()
  let done = 0
  const results = await runSuites(cases, {
    ruleset,
    open: arenas(locations.manifest, () => {}),
    kept: readKeptFixture(ruleset.base),
    environment: process.env,
    cassette: (file) => cassettes.read(file),
    models: options.refresh === true ? 'refresh' : options.live === true ? 'live' : 'replay',
    report: () => {},
    places: new Places(sources.yaml, ruleset),
    parallel: options.parallel,
    overtime: () => performance.now() - start > milliseconds(options.time),
    onRecorded: (agentCase, interactions) => {
      if (options.refresh === true) cassettes.write(agentCase, interactions)
    },
    onResult: (result) => {
      output.progress(null)
      output.text(caseText(result))
      done += 1
      output.progress(`${done} of ${cases.length} cases`)
    },
  })
  output.progress(null)
  const exit = exitOf(results)
  const all: SuiteResults = {
    version: 1,
    digest: ruleset.digest,
    ok: exit === 0,
    duration: Math.round(performance.now() - start),
    cases: results,
  }
  const changes = before === null ? null : changesSince(before, all)
  writeReports(options, results.map(checkOf), results.flatMap(sarifResults), suiteRules)
  if (options.out !== undefined) writeReport(options.out, `${JSON.stringify(all, null, 1)}\n`)
  if (options.html !== undefined) writeReport(options.html, suiteHtml(all, changes))
  const passed = results.filter(({ status }) => status === 'passed').length
  const tally = { passed, failed: results.length - passed }
  const entry =
    options.ledger === true
      ? await enterEvaluation(locations, output.note, { kind: 'suites', policyDigest: ruleset.digest, ok: all.ok, ...tally }, all)
      : null
  output.data({ ...all, changes, entry })
  if (changes !== null) output.text(changesText(changes))
  if (entry !== null) output.note(`recorded as entry ${entry}`)
  output.text(summary(all))
  return exit
}

function summary({ cases, ok, duration: took }: SuiteResults): string {
  const count = (status: CaseResult['status'], severity: CaseResult['severity']): number =>
    cases.filter((one) => one.status === status && one.severity === severity).length
  const passed = count('passed', 'blocking') + count('passed', 'advisory')
  const advisory = count('failed', 'advisory')
  const errors = count('error', 'blocking') + count('error', 'advisory')
  const failed = `${count('failed', 'blocking')} failed${advisory === 0 ? '' : `, ${advisory} failed that only advise`}`
  return `${ok ? pc.green('ok') : pc.red('no')} ${passed} passed, ${failed}${errors === 0 ? '' : `, ${errors} in error`} · ${(took / 1000).toFixed(1)} s`
}

/** An error of any case is worse than a failure: it says that nobody knows. */
function exitOf(results: readonly CaseResult[]): ExitCode {
  if (results.some(({ status }) => status === 'error')) return 2
  return results.some(({ status, severity }) => status === 'failed' && severity === 'blocking') ? 1 : 0
}

function choose(
  cases: readonly FiledSuiteCase[],
  suites: readonly string[],
  { case: text, kind }: EvalCommandOptions,
  folder: string,
): readonly FiledSuiteCase[] {
  if (cases.length === 0)
    throw new BailiwickError('USAGE', `there are no suites in \`${folder}\``, { mend: 'begin one with `bailiwick new suite`' })
  const names = new Set(cases.flatMap((one) => [one.suite, basename(one.path)]))
  const unknown = suites.find((name) => !names.has(name))
  if (unknown !== undefined)
    throw new BailiwickError('USAGE', `there is no suite \`${unknown}\``, {
      mend: `the suites are ${[...new Set(cases.map(({ suite }) => suite))].join(', ')}`,
    })
  const chosen = cases.filter(
    (one) =>
      (suites.length === 0 || suites.includes(one.suite) || suites.includes(basename(one.path))) &&
      (text === undefined || one.case.name.includes(text)) &&
      (kind === undefined || one.case.kind === kind),
  )
  if (chosen.length === 0) throw new BailiwickError('USAGE', 'no case is left to run', { mend: 'ask for fewer restrictions' })
  return chosen
}

async function recordedLookedUp(
  cases: readonly FiledSuiteCase[],
  locations: CommandContext['locations'],
  report: (line: string) => void,
): Promise<readonly FiledSuiteCase[]> {
  const recorded = (one: FiledSuiteCase): boolean => 'underTest' in one.case && one.case.underTest.kind === 'session'
  if (!cases.some(recorded)) return cases
  return withLedger(locations, report, ({ ledgerStore }) =>
    Promise.all(
      cases.map(async (one) => ('underTest' in one.case ? { ...one, case: await withRecordedSession(one.case, ledgerStore) } : one)),
    ),
  )
}
