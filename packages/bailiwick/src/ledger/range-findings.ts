import { callOf } from './call-of.ts'
import type { LedgerEntry } from './entry.ts'
import { SessionChains } from './session-chain.ts'
import type { EntryProblem } from './session-chain.ts'

/** What a run of entries amounts to. Plain data, so that runs can be checked elsewhere and joined in their order. */
export interface RangeFindings {
  readonly decisions: number
  readonly outcomes: number
  readonly payloads: number
  readonly chains: SessionChains['links']
  /** Calls that were let through in the run, or made of a model, and have no outcome in it. */
  readonly open: ReadonlySet<string>
  /** Outcomes in the run of calls that did not begin in it. */
  readonly ends: readonly { readonly index: number; readonly call: string }[]
  /** Approvals that were used up, and by which entry. */
  readonly approvals: readonly { readonly index: number; readonly approval: string }[]
  /** Sessions whose payloads were erased. */
  readonly erased: ReadonlySet<string>
  /** Entries with a payload that is not there. */
  readonly missing: readonly { readonly index: number; readonly session: string | null }[]
  /** Entries that say nothing, because they are not of the form that they should have. */
  readonly unread: readonly number[]
  readonly problems: readonly EntryProblem[]
}

/** Findings, entry by entry or run by run. */
export class Findings {
  readonly #chains: SessionChains = new SessionChains()
  readonly #open = new Set<string>()
  readonly #ends: { index: number; call: string }[] = []
  readonly #approvals = new Map<string, number>()
  readonly #erased = new Set<string>()
  readonly #missing: { index: number; session: string | null }[] = []
  readonly #unread: number[] = []
  readonly #problems: EntryProblem[] = []
  #decisions = 0
  #outcomes = 0
  #payloads = 0

  /** Takes the next entry. */
  take(index: number, entry: LedgerEntry, leaf: Uint8Array): void {
    this.#problems.push(...this.#chains.take(index, entry, leaf))
    const call = callOf(entry)
    if (call?.open === true) this.#open.add(call.id)
    else if (call !== null && !this.#open.delete(call.id)) this.#ends.push({ index, call: call.id })
    if (entry.type === 'decision') {
      this.#decisions += 1
      if (entry.approval !== null) this.#use(index, entry.approval.id)
    } else if (entry.type === 'outcome') this.#outcomes += 1
    else if (entry.type === 'erasure') this.#erased.add(entry.session)
  }

  /** Adds what is wrong with an entry by itself. */
  problem(index: number, problem: string): void {
    this.#problems.push({ index, problem })
  }

  /** Adds an entry that cannot be read, and why. */
  unreadable(index: number, problem: string): void {
    this.#unread.push(index)
    this.problem(index, problem)
  }

  payload(): void {
    this.#payloads += 1
  }

  payloadMissing(index: number, session: string | null): void {
    this.#missing.push({ index, session })
  }

  /** Joins the findings of the run that comes next. */
  join(next: RangeFindings): void {
    this.#problems.push(...next.problems, ...this.#chains.join(SessionChains.from(next.chains)))
    this.#decisions += next.decisions
    this.#outcomes += next.outcomes
    this.#payloads += next.payloads
    for (const end of next.ends) if (!this.#open.delete(end.call)) this.#ends.push(end)
    for (const call of next.open) this.#open.add(call)
    for (const { index, approval } of next.approvals) this.#use(index, approval)
    for (const session of next.erased) this.#erased.add(session)
    this.#missing.push(...next.missing)
    this.#unread.push(...next.unread)
  }

  /** The findings of a run. */
  get range(): RangeFindings {
    return {
      decisions: this.#decisions,
      outcomes: this.#outcomes,
      payloads: this.#payloads,
      chains: this.#chains.links,
      open: this.#open,
      ends: this.#ends,
      approvals: [...this.#approvals].map(([approval, index]) => ({ index, approval })),
      erased: this.#erased,
      missing: this.#missing,
      unread: this.#unread,
      problems: this.#problems,
    }
  }

  /** Calls that were let through and have no outcome. */
  get open(): ReadonlySet<string> {
    return this.#open
  }

  /** Sessions with an entry that has a link. */
  get sessions(): readonly string[] {
    return [...this.#chains.links].flatMap(([session, { last }]) => (last === null ? [] : [session]))
  }

  /** The leaf hash of a session's newest entry, in hex; null when it has none with a link. */
  lastOf(session: string): string | null {
    return this.#chains.lastOf(session)
  }

  /** All that is wrong when nothing came before the run, in the order of the entries. */
  problems(): string[] {
    const ends = this.#ends.map(({ index, call }) => ({
      index,
      problem: `entry ${index} is the outcome of the call \`${call}\`, which was not let through or is closed already`,
    }))
    const missing = this.#missing.flatMap(({ index, session }) =>
      session !== null && this.#erased.has(session)
        ? []
        : [{ index, problem: `the payload of entry ${index} is missing, and no erasure of it is recorded` }],
    )
    return [...this.#problems, ...this.#chains.beginnings(), ...ends, ...missing]
      .toSorted((one, other) => one.index - other.index)
      .map(({ problem }) => problem)
  }

  #use(index: number, approval: string): void {
    if (this.#approvals.has(approval)) this.problem(index, `entry ${index} uses the approval \`${approval}\` once more`)
    else this.#approvals.set(approval, index)
  }
}
