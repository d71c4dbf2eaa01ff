import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { knownRuleset, recordRuleset } from '../enforce/record-ruleset.ts'
import type { RulesetInForce } from '../enforce/ruleset-in-force.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { readLedgerPolicy } from '../ledger/witness/read-policy.ts'
import type { PolicyInFile } from '../ledger/witness/read-policy.ts'
import type { WitnessesInForce } from '../ledger/witness/witnesses-in-force.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { placeOf } from '../model/diagnostic.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { policyFileOf } from './installation.ts'
import { rulesFilesState } from './rules-files.ts'

export interface RulesWatcherOptions {
  /** Path of the manifest; the lock and the policies lie beside it. */
  readonly manifest: string
  /** Reads and compiles the ruleset as the files are now. @throws BailiwickError */
  readonly load: () => Ruleset
  /** State of the files before the ruleset in force was read from them. */
  readonly read: string
  readonly rules: RulesetInForce
  readonly ledger: Ledger
  /** Replaced along with the rules, by the trust policy that they name; null where nobody is to hear of the ledger. */
  readonly witnesses: WitnessesInForce | null
  /** Told in lines what was taken into force, and what was not and why. */
  readonly report: (line: string) => void
}

/** How often the files are looked at, in milliseconds. */
const lookEvery = 1000
/** How many findings are reported one by one. */
const mostFindings = 20
const longestDetail = 2000
/** In the place of a digest where nobody is a witness. */
const noPolicy = 'none'

/** What files say, read and checked. */
interface Found {
  readonly ruleset: Ruleset
  readonly policy: PolicyInFile | null
}

/**
 * Follows the files of a ruleset, and the trust policy that it names, and puts what they say into force: all of it or nothing. They are looked at again and again,
 * which works for mounted volumes and swapped links as well, and read once two looks in a row found them alike.
 */
export class RulesWatcher {
  readonly #options: RulesWatcherOptions
  #seen: string
  /** The state that was last dealt with, taken into force or refused. */
  #settled: string
  #refused: string | null = null
  /** The trust policy that the rules named which were read last. */
  #beside: readonly string[]
  #asking: Promise<void> = Promise.resolve()
  #turn: Promise<void> = Promise.resolve()
  #busy = false
  #timer: NodeJS.Timeout | null = null

  constructor(options: RulesWatcherOptions) {
    this.#options = options
    this.#seen = options.read
    this.#settled = options.read
    this.#beside = this.#namedBy(options.rules.current)
  }

  /** Looks every second from now on. Does not keep the process alive. */
  start(): void {
    this.#timer = setInterval(() => {
      if (!this.#busy) void this.poll()
    }, lookEvery)
    this.#timer.unref()
  }

  /** Looks no more, and waits for what is under way. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    await this.#turn
    await this.#asking
  }

  /** One look: takes what changed if it is as it was at the look before. */
  poll(): Promise<void> {
    return this.#next(async () => {
      const state = this.#state()
      const still = state === this.#seen
      this.#seen = state
      if (still && state !== this.#settled) await this.#take(state)
    })
  }

  /** Takes the files as they are now, and says so whatever comes of it. */
  lookAtOnce(): Promise<void> {
    return this.#next(async () => {
      this.#refused = null
      this.#seen = this.#state()
      if (!(await this.#take(this.#seen))) this.#options.report(`the rules are as they were: ${this.#options.rules.current.digest}`)
    })
  }

  #state(): string {
    return rulesFilesState(this.#options.manifest, this.#beside)
  }

  #namedBy(ruleset: Ruleset): readonly string[] {
    const file = this.#options.witnesses === null ? null : policyFileOf(ruleset)
    return file === null ? [] : [file]
  }

  /** Does one thing after the other. */
  #next(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#after(this.#turn, work)
    return this.#turn
  }

  /** What goes wrong on the way is reported: the rules stay as they are, and the next look tries again. */
  async #after(before: Promise<void>, work: () => Promise<void>): Promise<void> {
    await before
    this.#busy = true
    try {
      await work()
    } catch (error) {
      const problem = `the rules could not be followed: ${error instanceof BailiwickError ? error.message : stackOf(error)}`
      if (problem !== this.#refused) this.#options.report(problem)
      this.#refused = problem
    } finally {
      this.#busy = false
    }
  }

  /** Reads the files and puts them into force if they can be. False when they say what is in force already. */
  async #take(state: string): Promise<boolean> {
    const { manifest, rules, witnesses, ledger, report } = this.#options
    const beside = this.#beside
    const found = this.#load()
    // Written to while they were read: what was read is of no one moment. The next looks will see.
    if (rulesFilesState(manifest, beside) !== state) return true
    if ('problems' in found) {
      await this.#refuse(found.problems)
      this.#settled = state
      return true
    }
    const { ruleset, policy } = found
    const before = rules.current.digest
    const trusted = witnesses?.digest ?? null
    const trust = policy?.digest ?? null
    // The record comes first: what is in force is in the ledger.
    if (ruleset.digest !== before) await recordRuleset(ledger, ruleset, knownRuleset(rules.current))
    if (trust !== trusted)
      await ledger.append({ type: 'configuration', event: 'trust-policy', session: null, trustDigest: trust, before: trusted })
    // Also where they say the same: files may lie elsewhere now, which no tool may touch.
    rules.replace(ruleset)
    if (ruleset.digest !== before) report(`rules ${ruleset.digest} are in force instead of ${before}`)
    else if (this.#refused !== null) report(`the rules are again those in force: ${before}`)
    if (trust !== trusted) {
      witnesses?.replace(policy)
      report(`the trust policy ${trust ?? noPolicy} is in force instead of ${trusted ?? noPolicy}`)
      this.#asking = this.#show()
    }
    this.#refused = null
    this.#settled = state
    return ruleset.digest !== before || trust !== trusted
  }

  /** Has new witnesses see the newest head at once. No change of rules waits for them. */
  async #show(): Promise<void> {
    try {
      await this.#options.ledger.assertWitnessed()
    } catch (error) {
      // The ledger itself has told of it.
      if (error instanceof BailiwickError && error.code === 'LEDGER_DISOWNED') return
      this.#options.report(`the witnesses could not be asked: ${stackOf(error)}`)
    }
  }

  #load(): Found | { readonly problems: readonly string[] } {
    const { load, manifest, rules, witnesses } = this.#options
    try {
      const ruleset = load()
      const [file] = (this.#beside = this.#namedBy(ruleset))
      const obstacles = rules.obstacles(ruleset)
      if (obstacles.length > 0)
        return {
          problems: [
            `${obstacles.map((path) => `\`${path}\``).join(', ')} changed, which needs a restart; nothing of the change is in force`,
          ],
        }
      const gone = join(dirname(resolve(manifest)), 'policies')
      if (hasPolicies(rules.current) && !existsSync(gone))
        return { problems: [`the folder \`${gone}\` is gone; put it back, or an empty one in its place if there shall be no policies`] }
      return { ruleset, policy: witnesses === null || file === undefined ? null : readLedgerPolicy(file, witnesses.ledgerKey) }
    } catch (error) {
      // A defect of ours must not end a gateway that has rules to go by.
      return { problems: error instanceof BailiwickError ? problemsOf(error) : [`a defect of ours: ${stackOf(error)}`] }
    }
  }

  async #refuse(problems: readonly string[]): Promise<void> {
    const { rules, ledger, report } = this.#options
    const { digest } = rules.current
    const text = problems.join('\n')
    if (text === this.#refused) return
    await ledger.append({
      type: 'configuration',
      event: 'refused',
      session: null,
      policyDigest: digest,
      detail: problems.join('; ').slice(0, longestDetail).toWellFormed(),
    })
    this.#refused = text
    report(`the rules in force stay as they are (${digest}), since those in the files cannot replace them:`)
    for (const problem of problems.slice(0, mostFindings)) report(`  ${problem}`)
    if (problems.length > mostFindings) report(`  and ${problems.length - mostFindings} more; see \`bailiwick check\``)
  }
}

function problemsOf({ diagnostics, message, mend }: BailiwickError): string[] {
  if (diagnostics.length === 0) return [mend === null ? message : `${message}; ${mend}`]
  return diagnostics.map((finding) => `${placeOf(finding)}: ${finding.message}; ${finding.mend}`)
}

function hasPolicies({ policyRules }: Ruleset): boolean {
  return [...policyRules.values()].some((rule) => rule.place !== null)
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
