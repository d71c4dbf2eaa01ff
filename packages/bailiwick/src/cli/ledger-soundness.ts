import type { Runtime } from '../enforce/runtime.ts'
import { lastEvaluations } from '../evals/report/alert.ts'
import { recordEvaluation } from '../evals/report/record-evaluation.ts'
import type { EvaluationEntry } from '../ledger/entry.ts'
import type { LedgerReport } from '../ledger/verify-ledger.ts'

/** How many verifications are looked back through for one that found the ledger sound. */
const mostLookedAt = 1000
const mostProblems = 3

/** The report that `bailiwick log verify --json` printed; null when it printed something else. */
export function ledgerReportIn(output: string): LedgerReport | null {
  if (!output.startsWith('{')) return null
  const said = JSON.parse(output) as LedgerReport | { readonly problems?: undefined }
  return said.problems === undefined ? null : said
}

/**
 * What scheduled verifications of the ledger came to, one beside the other. Each is an `evaluation` entry of kind `ledger`. What this process has seen itself
 * counts before what entries say, since those stand in what may have been tampered with.
 */
export class LedgerSoundness {
  readonly #runtime: Runtime
  #last: Pick<EvaluationEntry, 'ok' | 'failed'> | null = null
  #soundAt: string | null = null
  #brokenAt: string | null = null

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /**
   * The alert that a report gives rise to; null when nothing has changed. The first report of a process that is not sound always does, and then each with
   * more problems than the one before.
   */
  async take(report: LedgerReport): Promise<string | null> {
    const before = this.#last
    const now = new Date(this.#runtime.clock()).toISOString()
    const found = { ok: report.ok, failed: report.problems.length }
    this.#last = found
    if (report.ok) {
      const told = before === null ? await this.#past() : []
      const broken = this.#brokenAt ?? (before === null ? brokenSince(told) : null)
      this.#soundAt = now
      this.#brokenAt = null
      return broken === null ? null : `closed: it is sound again, which it was not at ${broken}`
    }
    this.#brokenAt ??= now
    if (before !== null && !before.ok && before.failed >= found.failed) return null
    const sound = this.#soundAt ?? (await this.#past()).find(({ ok }) => ok)?.time ?? null
    return `opened: it is not sound; ${sound === null ? 'it was never found so before' : `it was found so last at ${sound}`}: ${inShort(report.problems)}`
  }

  /** Records a report in the ledger that it is about. Resolves with the number of the entry. */
  record(report: LedgerReport): Promise<number> {
    const { ledger, rules } = this.#runtime
    const { ok, entries, problems } = report
    const policyDigest = rules.current.digest
    return recordEvaluation(ledger, { kind: 'ledger', policyDigest, ok, passed: entries, failed: problems.length }, report)
  }

  /** The verifications on record, newest first; none where an entry cannot be read, as in a ledger that is not sound. */
  async #past(): Promise<readonly EvaluationEntry[]> {
    try {
      return await lastEvaluations(this.#runtime.ledgerStore, 'ledger', mostLookedAt)
    } catch (error) {
      if (error instanceof SyntaxError) return []
      throw error
    }
  }
}

/** Since when the newest verifications have found no sound ledger; null when the newest did, or there is none. */
function brokenSince(past: readonly EvaluationEntry[]): string | null {
  const sound = past.findIndex(({ ok }) => ok)
  return (sound === -1 ? past : past.slice(0, sound)).at(-1)?.time ?? null
}

/** The first of some findings, and how many there are besides. */
export function inShort(findings: readonly string[]): string {
  const more = findings.length - mostProblems
  return `${findings.slice(0, mostProblems).join('; ')}${more > 0 ? ` and ${more} more` : ''}`
}
