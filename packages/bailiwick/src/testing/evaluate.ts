import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CassetteFiles } from '../cli/evals/cassette-files.ts'
import { readKeptFixture } from '../cli/evals/kept-fixture.ts'
import { arenas } from '../cli/evals/live-arena.ts'
import { readRules } from '../cli/evals/read-rules.ts'
import { agentSuitesFolder, readAgentSuites } from '../cli/evals/suite-files.ts'
import { runAgentCase } from '../evals/run/run-agent-case.ts'
import { runSuites } from '../evals/run/run-suites.ts'
import type { SuiteRunOptions } from '../evals/run/run-suites.ts'
import type { CaseResult } from '../evals/run/suite-results.ts'
import type { RunTrace } from '../evals/expect/run-trace.ts'
import { Places } from '../evals/redteam/place-of-rule.ts'
import type { AgentUnderTest } from '../evals/subject/agent-task.ts'
import { readSuite } from '../evals/suite/read-suite.ts'
import type { PlacedSuiteCase } from '../evals/suite/suite.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { placeOf } from '../model/diagnostic.ts'
import type { CaseInput, SharedInput, SuiteInput } from './suite-input.ts'

/** Suites under the rules of one manifest. Each case is run when it is asked for. */
export interface Evaluation {
  readonly cases: readonly PlacedSuiteCase[]
  /** Runs one case, as often as it says. Agents that fail are a result, and nothing that is thrown. */
  readonly run: (placed: PlacedSuiteCase) => Promise<CaseResult>
}

/**
 * A suite in TypeScript, held against the rules of a manifest.
 * @param manifest path or `file:` address of `bailiwick.yaml`
 * @throws BailiwickError as `check` finds, or `SUITE_INVALID` with every finding
 */
export function openSuite(manifest: string | URL, suite: SuiteInput): Evaluation {
  const path = pathOf(manifest)
  const rules = readRules(path, [])
  return evaluation(path, rules, readInput(path, suite, rules))
}

/**
 * The suites in files that belong to a manifest.
 * @param folder `suites` beside the manifest when absent
 * @throws BailiwickError as {@link openSuite} does
 */
export function openSuiteFiles(manifest: string | URL, folder?: string): Evaluation {
  const path = pathOf(manifest)
  const rules = readRules(path, [])
  return evaluation(path, rules, readAgentSuites(agentSuitesFolder(path, folder), rules.ruleset))
}

/**
 * Lets an agent work on one case once, and gives what it did, read back from its receipts, for assertions of one's own.
 * @throws BailiwickError as {@link openSuite} does; Error when the run does not count, such as with a stale cassette
 */
export async function traceOf(
  manifest: string | URL,
  suite: Omit<SuiteInput, 'cases' | 'name'>,
  one: Omit<CaseInput, 'expect' | 'name'> = {},
): Promise<RunTrace> {
  const path = pathOf(manifest)
  const rules = readRules(path, [])
  const [placed] = readInput(path, { ...suite, name: 'trace', cases: [{ ...one, name: 'trace' }] }, rules)
  if (placed === undefined || !('underTest' in placed.case)) throw new TypeError('the case lets no agent run')
  const { trace, error } = await runAgentCase(placed.case, optionsFor(path, rules))
  if (trace === null) throw new Error(error)
  return trace
}

type Rules = ReturnType<typeof readRules>

function evaluation(path: string, rules: Rules, cases: readonly PlacedSuiteCase[]): Evaluation {
  const options = optionsFor(path, rules)
  return { cases, run: async (placed) => (await runSuites([placed], options))[0] as CaseResult }
}

function optionsFor(path: string, { ruleset, sources }: Rules): SuiteRunOptions {
  const cassettes = new CassetteFiles()
  return {
    ruleset,
    open: arenas(path, () => {}),
    kept: readKeptFixture(ruleset.base),
    environment: process.env,
    cassette: (file) => cassettes.read(file),
    models: 'replay',
    report: () => {},
    places: new Places(sources.yaml, ruleset),
    parallel: 1,
    overtime: () => false,
    onResult: () => {},
    onRecorded: () => {},
  }
}

/** Stands in for a function while the rest of a suite is read like a file. */
const placeholder = { script: [] }

function readInput(path: string, suite: SuiteInput, { ruleset }: Rules): readonly PlacedSuiteCase[] {
  const file = {
    version: 1,
    ...withoutFunction(suite),
    cases: suite.cases.map(({ kind = 'correctness', ...one }) => ({ kind, ...withoutFunction(one) })),
  }
  const read = readSuite(suite.name, join(dirname(resolve(path)), 'suite.yaml'), JSON.stringify(file, null, 1), ruleset)
  const [first] = read.diagnostics
  if (first !== undefined)
    throw new BailiwickError('SUITE_INVALID', `the suite \`${suite.name}\`: ${first.message}`, {
      diagnostics: read.diagnostics,
      mend: `${first.mend} (at ${placeOf(first)} of the suite as JSON)`,
    })
  return read.cases.map((placed, index) => {
    const run = suite.cases[index]?.underTest ?? suite.underTest
    return {
      ...placed,
      placeOf: () => null,
      case:
        typeof run === 'function' && 'underTest' in placed.case
          ? { ...placed.case, underTest: { kind: 'function', run: run satisfies AgentUnderTest } }
          : placed.case,
    }
  })
}

function withoutFunction<T extends SharedInput>(input: T): T {
  return typeof input.underTest === 'function' ? { ...input, underTest: placeholder } : input
}

function pathOf(manifest: string | URL): string {
  return manifest instanceof URL || manifest.startsWith('file:') ? fileURLToPath(manifest) : manifest
}
