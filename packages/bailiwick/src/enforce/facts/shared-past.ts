import type { FactPlan } from '../../decide/facts/fact-plan.ts'
import { History } from '../../decide/facts/history.ts'
import type { PastEvent } from '../../decide/facts/past-event.ts'
import type { LedgerEntry } from '../../ledger/entry.ts'
import type { LedgerStore } from '../../ledger/ledger-store.ts'
import { entryAt, PastReader } from '../../ledger/past-reader.ts'
import type { ReadEvent } from '../../ledger/past-reader.ts'

/** How long a call can be under way, in milliseconds. */
const longestUnderWay = 3_600_000

/** How many calls may have been noted here that were not met in the ledger, before it is looked at for their sake. */
const farthestAhead = 1024

/** How many entries are read at a time on the way back through the ledger. */
const stride = 256

/**
 * The past of an agent or a person, in whatever session and process it happened. What this process does is noted as it happens;
 * what others did is read from the ledger.
 */
export class SharedPast {
  readonly history: History
  readonly #store: LedgerStore
  readonly #subject: string
  readonly #reader: PastReader
  /** The last decision that was met in the ledger. */
  #met = -1
  /** Calls that were noted here, and whose decision was not met in the ledger yet. Their outcomes are noted here too. */
  readonly #ahead = new Set<string>()
  /** What was met in the ledger when it was read: some of it may still be noted here. */
  readonly #metAtFirst = new Set<string>()
  #catchingUp: Promise<void> = Promise.resolve()

  private constructor(store: LedgerStore, subject: string, plan: FactPlan) {
    this.#store = store
    this.#subject = subject
    this.history = new History(plan)
    this.#reader = new PastReader(store, (kind, tool) => this.history.concerns(kind, tool))
  }

  /** Reads what the ledger holds of the time that the plan's facts look back on. `now` is milliseconds since 1970. */
  static async load(store: LedgerStore, subject: string, plan: FactPlan, now: number): Promise<SharedPast> {
    const past = new SharedPast(store, subject, plan)
    // A call can have been decided before the time that counts, and have ended within it.
    const oldest = now - Math.max(...plan.facts.map((fact) => fact.within)) - longestUnderWay
    const decisions: number[] = []
    for (let before = Number.MAX_SAFE_INTEGER; ;) {
      const indices = await store.lastIndicesOf(subject, before, stride)
      decisions.unshift(...indices)
      const first = indices[0]
      if (indices.length < stride || first === undefined || (await allOlder(store, indices, oldest))) break
      before = first
    }
    await past.#take(decisions, now - longestUnderWay)
    return past
  }

  /** Takes in what has just happened in this process. What the ledger has told, or will tell, is not taken in twice. */
  note(call: string, event: PastEvent, now: number): void {
    if (this.#metAtFirst.delete(`${event.kind} ${call}`)) return
    if (event.kind === 'call') this.#goAhead(call)
    else if (this.#reader.isOpen(call)) return
    this.history.note(event, now)
  }

  /** The ledger is met now and then even if nobody asks for a fact, so that the distance to it stays bounded. */
  #goAhead(call: string): void {
    this.#ahead.add(call)
    if (this.#ahead.size % farthestAhead !== 0) return
    // Whoever asks for a fact next tries again, and hears of it if that fails.
    this.catchUp().catch(() => {})
  }

  /** Takes in what other processes have done meanwhile; one time after another. */
  catchUp(): Promise<void> {
    this.#catchingUp = this.#catchUpAfter(this.#catchingUp)
    return this.#catchingUp
  }

  async #catchUpAfter(before: Promise<void>): Promise<void> {
    // Whether that went well is for those who asked for it.
    await Promise.allSettled([before])
    await this.#take(await this.#store.indicesOf(this.#subject, this.#met))
  }

  /**
   * Takes in decisions that were made elsewhere, and whatever outcomes there are of them and of the calls that were open: all of it,
   * or, when something cannot be read, nothing.
   * @param first from which time on to remember what was met; null for not at all
   */
  async #take(decisions: readonly number[], first: number | null = null): Promise<void> {
    const entries = new Map<number, LedgerEntry>()
    const own: string[] = []
    const meet = async (index: number): Promise<LedgerEntry | null> => {
      const entry = await entryAt(this.#store, index)
      if (entry !== null) entries.set(index, entry)
      return entry
    }
    const meetOutcomes = async (call: string, after: number): Promise<void> => {
      for (const index of await this.#store.indicesOf(call, after)) await meet(index)
    }
    for (const { call, index } of this.#reader.open) await meetOutcomes(call, index)
    for (const index of decisions) {
      const entry = await meet(index)
      if (entry?.type !== 'decision' || entry.response === 'ask') continue
      if (this.#ahead.has(entry.call)) {
        own.push(entry.call)
        entries.delete(index)
      } else if (entry.response !== 'deny') await meetOutcomes(entry.call, index)
    }
    const events: ReadEvent[] = []
    for (const [index, entry] of [...entries].sort(([a], [b]) => a - b)) {
      const read = await this.#reader.read(entry, index)
      if (read !== null) events.push(read)
    }
    this.#met = decisions.at(-1) ?? this.#met
    for (const call of own) this.#ahead.delete(call)
    for (const { event, call, time, lost } of events) {
      if (first !== null && time >= first) this.#metAtFirst.add(`${event.kind} ${call}`)
      if (event.kind === 'outcome') this.#reader.close(call)
      this.history.note(event, time, lost)
    }
  }
}

async function allOlder(store: LedgerStore, indices: readonly number[], oldest: number): Promise<boolean> {
  for (const index of indices) {
    const entry = await entryAt(store, index)
    if (entry !== null && Date.parse(entry.time) >= oldest) return false
  }
  return true
}
