import type { Diagnostic } from '../../model/diagnostic.ts'
import type { CaseSeverity } from '../case/eval-case.ts'
import type { Lead } from '../redteam/where-to-look.ts'
import type { SuiteKind } from '../suite/suite.ts'

type Place = Pick<Diagnostic, 'file' | 'line' | 'column'>

/** Something that was not as expected, in one or more runs of a case. */
export interface CaseFailure {
  readonly message: string
  /** In how many runs. */
  readonly runs: number
  /** What expects it; null for a suite that is no file. */
  readonly place: Place | null
  /** Where in the rules to look, and what is to be said of it; null when they are not to blame. */
  readonly lead: Lead | null
}

/** What a run comes to in figures, each the mean over the runs. */
export interface CaseFigures {
  readonly calls: number
  readonly denials: number
  readonly tokens: number
  /** Null when no prices are known. */
  readonly cost: number | null
  /** Milliseconds. */
  readonly duration: number
}

/** One call of a run in short. */
export interface CallSummary {
  readonly tool: string
  readonly response: string
  readonly tier: string
  readonly rule: string
  readonly through: boolean
}

export interface CaseResult {
  readonly suite: string
  readonly name: string
  readonly kind: SuiteKind
  readonly severity: CaseSeverity
  readonly tags: readonly string[]
  /** `error`: it could not be told, so that nothing counts as passed. */
  readonly status: 'passed' | 'failed' | 'error'
  readonly error: string | null
  readonly runs: number
  readonly passed: number
  /** What must pass, as a share of the runs. */
  readonly required: number
  /** Where the true share of passing runs lies with 95 % confidence. */
  readonly interval: readonly [low: number, high: number]
  readonly failures: readonly CaseFailure[]
  readonly figures: CaseFigures | null
  /** The calls of the first run that failed, or else of the first; at most 100. */
  readonly calls: readonly CallSummary[]
  readonly place: Place | null
}

/** Results of suites, as `bailiwick eval --json` prints them and `--baseline` reads them. */
export interface SuiteResults {
  readonly version: 1
  /** Of the rules that they were run under. */
  readonly digest: string
  readonly ok: boolean
  /** Milliseconds. */
  readonly duration: number
  readonly cases: readonly CaseResult[]
}
