import { History } from '../../decide/facts/history.ts'
import type { Occasion, PastEvent } from '../../decide/facts/past-event.ts'
import { agentSubject, personSubject } from '../../ledger/subject.ts'
import type { FactValue, FactValues } from '../../model/fact.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { Session } from '../../model/session.ts'
import { factScopes } from '../../model/vocabulary.ts'
import type { FactScope } from '../../model/vocabulary.ts'
import { FamilyPast } from './family-past.ts'
import type { Pasts } from './pasts.ts'
import type { SharedPast } from './shared-past.ts'

/** The pasts that the facts of one ruleset are about. Null where no fact is about that, or the session acts for no person. */
interface Generation {
  readonly session: FamilyPast | null
  readonly agent: SharedPast | null
  readonly person: SharedPast | null
}

interface Noted {
  readonly call: string
  readonly event: PastEvent
  readonly now: number
}

/** A call may still be under way by the rules before: their facts are kept up to date as well. */
const mostGenerations = 2

/** What a session's facts rest on: its own past with that of its delegates, its agent's, and that of the person it acts for. */
export class SessionPast {
  readonly #pasts: Pasts
  readonly #session: Session
  readonly #generations = new Map<string, Generation>()
  readonly #preparing = new Map<string, Promise<void>>()
  /** What has happened while generations were being read back. */
  readonly #meanwhile = new Set<Noted[]>()

  private constructor(pasts: Pasts, session: Session) {
    this.#pasts = pasts
    this.#session = session
  }

  /** The past of a session, read back from the ledger. To be closed when the session ends here. */
  static async open(pasts: Pasts, ruleset: Ruleset, session: Session): Promise<SessionPast> {
    const past = new SessionPast(pasts, session)
    await past.prepare(ruleset)
    return past
  }

  /** Reads back what a ruleset's facts look back on, unless that is at hand. */
  prepare(ruleset: Ruleset): Promise<void> {
    const key = this.#pasts.keyOf(ruleset)
    if (this.#generations.has(key)) return Promise.resolve()
    const preparing = this.#preparing.get(key) ?? this.#read(ruleset, key).finally(() => this.#preparing.delete(key))
    this.#preparing.set(key, preparing)
    return preparing
  }

  /** Prepares for a decision about a tool: takes in what other processes, and delegates, have done meanwhile, if facts that its policies read are about that. */
  async catchUp(ruleset: Ruleset, tool: string): Promise<void> {
    await this.prepare(ruleset)
    const generation = this.#generations.get(this.#pasts.keyOf(ruleset))
    const read = ruleset.factsRead.get(tool) ?? []
    for (const over of factScopes) if (read.some((fact) => fact.over === over)) await generation?.[over]?.catchUp()
  }

  /** What the facts that the tool's policies read are for a call. One that cannot be told is left out, so that a policy that reads it fails. */
  values(ruleset: Ruleset, call: Occasion, now: number): FactValues {
    const read = ruleset.factsRead.get(call.tool) ?? []
    if (read.length === 0) return {}
    const generation = this.#generations.get(this.#pasts.keyOf(ruleset))
    const values: Record<string, FactValue> = {}
    for (const { name, over } of read) {
      // What a delegate does would escape what is bounded for those above it; so it is told of their person alone.
      if (this.#session.delegation !== undefined && over !== 'person') continue
      const history = historyOf(generation, over)
      const place = history?.plan.places.get(name)
      const value = history === null || place === undefined ? null : history.value(place, call, now)
      if (value !== null) values[name] = value
    }
    return values
  }

  /** Whether facts look at calls, or at outcomes, of a tool. */
  concerns(kind: PastEvent['kind'], tool: string): boolean {
    return [...this.#generations.values()].some((generation) =>
      factScopes.some((over) => historyOf(generation, over)?.concerns(kind, tool)),
    )
  }

  /** Takes in what has just happened in this session. */
  note(call: string, event: PastEvent, now: number): void {
    for (const generation of this.#generations.values()) noteIn(generation, { call, event, now })
    for (const meanwhile of this.#meanwhile) meanwhile.push({ call, event, now })
  }

  /** To be called when the session ends here, and nothing more will be noted. */
  close(): void {
    for (const [key, generation] of this.#generations) this.#leave(key, generation)
    this.#generations.clear()
  }

  async #read(ruleset: Ruleset, key: string): Promise<void> {
    const plans = this.#pasts.plansOf(ruleset)
    const { ledger } = this.#pasts.sources
    const { agent, person } = this.#session
    const meanwhile: Noted[] = []
    this.#meanwhile.add(meanwhile)
    try {
      // What was noted before is in the ledger after this; what is noted from here on is in `meanwhile`, and perhaps in the ledger too.
      await ledger.flush()
      const family =
        plans.session.facts.length === 0 ? null : await FamilyPast.load(this.#pasts.sources, this.#session.id, new History(plans.session))
      const ofAgent = plans.agent.facts.length === 0 ? null : await this.#pasts.join(key, agentSubject(agent), plans.agent)
      const ofPerson =
        plans.person.facts.length === 0 || person === null ? null : this.#pasts.join(key, personSubject(person), plans.person)
      const generation: Generation = { session: family?.past ?? null, agent: ofAgent, person: await this.#orLeave(key, ofAgent, ofPerson) }
      for (const noted of meanwhile)
        noteIn(family?.met.has(`${noted.event.kind} ${noted.call}`) === true ? { ...generation, session: null } : generation, noted)
      this.#generations.set(key, generation)
    } finally {
      this.#meanwhile.delete(meanwhile)
    }
    for (const [old, generation] of this.#generations) {
      if (this.#generations.size <= mostGenerations) break
      this.#generations.delete(old)
      this.#leave(old, generation)
    }
  }

  /** The person's past; where it cannot be read, the agent's, which was joined already, is left again. */
  async #orLeave(key: string, agent: SharedPast | null, person: Promise<SharedPast> | null): Promise<SharedPast | null> {
    try {
      return await person
    } catch (error) {
      this.#leave(key, { session: null, agent, person: null })
      throw error
    }
  }

  #leave(key: string, { agent, person }: Generation): void {
    if (agent !== null) this.#pasts.leave(key, agentSubject(this.#session.agent))
    if (person !== null) this.#pasts.leave(key, personSubject(this.#session.person as string))
  }
}

function historyOf(generation: Generation | undefined, over: FactScope): History | null {
  if (generation === undefined) return null
  return generation[over]?.history ?? null
}

function noteIn({ session, agent, person }: Generation, { call, event, now }: Noted): void {
  session?.history.note(event, now)
  agent?.note(call, event, now)
  person?.note(call, event, now)
}
