import type { FactPlan } from '../../decide/facts/fact-plan.ts'
import { History } from '../../decide/facts/history.ts'
import type { Occasion, PastEvent } from '../../decide/facts/past-event.ts'
import type { LedgerStore } from '../../ledger/ledger-store.ts'
import type { FactValue, FactValues } from '../../model/fact.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { Session } from '../../model/session.ts'
import { entryAt, PastReader } from './past-reader.ts'
import type { SharedPast } from './shared-past.ts'

interface Sources {
  readonly store: LedgerStore
  readonly session: Session
  readonly plan: FactPlan
  /** Null when no fact is about agents. */
  readonly agent: SharedPast | null
  /** Null when no fact is about persons, or the session acts for none. */
  readonly person: SharedPast | null
  readonly leave: () => void
}

/** What a session's facts rest on: its own past, its agent's, and that of the person it acts for. */
export class SessionPast {
  readonly #own: History
  readonly #sources: Sources

  private constructor(sources: Sources) {
    this.#sources = sources
    this.#own = new History(sources.plan)
  }

  static async load(sources: Sources): Promise<SessionPast> {
    const past = new SessionPast(sources)
    if (sources.plan.facts.length > 0) await past.#read()
    return past
  }

  /** Takes in what other processes have done meanwhile, if facts that a tool's policies read are about that. */
  async catchUp(ruleset: Ruleset, tool: string): Promise<void> {
    const { agent, person } = this.#sources
    const read = ruleset.factsRead.get(tool) ?? []
    if (agent !== null && read.some((fact) => fact.over === 'agent')) await agent.catchUp()
    if (person !== null && read.some((fact) => fact.over === 'person')) await person.catchUp()
  }

  /** What the facts that the tool's policies read are for a call. One that cannot be told is left out, so that a policy that reads it fails. */
  values(ruleset: Ruleset, call: Occasion, now: number): FactValues {
    const { agent, person } = this.#sources
    const values: Record<string, FactValue> = {}
    for (const { name, over } of ruleset.factsRead.get(call.tool) ?? []) {
      const history = over === 'session' ? this.#own : (over === 'agent' ? agent : person)?.history
      const place = history?.plan.places.get(name)
      const value = history === undefined || place === undefined ? null : history.value(place, call, now)
      if (value !== null) values[name] = value
    }
    return values
  }

  /** Takes in what has just happened in this session. */
  note(call: string, event: PastEvent, now: number): void {
    this.#own.note(event, now)
    this.#sources.agent?.note(call, event, now)
    this.#sources.person?.note(call, event, now)
  }

  /** To be called when the session ends here, and nothing more will be noted. */
  close(): void {
    this.#sources.leave()
  }

  async #read(): Promise<void> {
    const { store, session } = this.#sources
    const reader = new PastReader(store, (kind, tool) => this.#own.concerns(kind, tool))
    for (const index of await store.indicesOf(session.id)) {
      const entry = await entryAt(store, index)
      const read = entry === null ? null : await reader.read(entry, index)
      if (read !== null) this.#own.note(read.event, read.time, read.lost)
    }
  }
}
