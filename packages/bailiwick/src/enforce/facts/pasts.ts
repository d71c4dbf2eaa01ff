import { factPlan } from '../../decide/facts/fact-plan.ts'
import type { FactPlan } from '../../decide/facts/fact-plan.ts'
import { agentSubject, personSubject } from '../../ledger/subject.ts'
import type { LedgerStore } from '../../ledger/ledger-store.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { Session } from '../../model/session.ts'
import { SessionPast } from './session-past.ts'
import { SharedPast } from './shared-past.ts'

/** The plans of a ruleset's facts, by whose past they are about. */
interface Plans {
  readonly session: FactPlan
  readonly agent: FactPlan
  readonly person: FactPlan
}

/** The pasts of the sessions under way in this process. Those of one agent, or for one person, share what they have in common. */
export class Pasts {
  readonly #store: LedgerStore
  readonly #clock: () => number
  readonly #plans = new WeakMap<Ruleset, Plans>()
  readonly #shared = new WeakMap<FactPlan, Map<string, { readonly past: Promise<SharedPast>; users: number }>>()

  constructor(store: LedgerStore, clock: () => number) {
    this.#store = store
    this.#clock = clock
  }

  /** The past of a session, read back from the ledger. To be closed when the session ends here. */
  async open(ruleset: Ruleset, session: Session): Promise<SessionPast> {
    const plans = this.#plansOf(ruleset)
    const agent = agentSubject(session.agent)
    const person = session.person === null ? null : personSubject(session.person)
    return SessionPast.load({
      store: this.#store,
      session,
      plan: plans.session,
      agent: await this.#join(plans.agent, agent),
      person: person === null ? null : await this.#join(plans.person, person),
      leave: () => {
        this.#leave(plans.agent, agent)
        if (person !== null) this.#leave(plans.person, person)
      },
    })
  }

  #plansOf(ruleset: Ruleset): Plans {
    const known = this.#plans.get(ruleset)
    if (known !== undefined) return known
    const facts = [...ruleset.facts.values()]
    const plans = { session: factPlan(facts, 'session'), agent: factPlan(facts, 'agent'), person: factPlan(facts, 'person') }
    this.#plans.set(ruleset, plans)
    return plans
  }

  async #join(plan: FactPlan, subject: string): Promise<SharedPast | null> {
    if (plan.facts.length === 0) return null
    const pasts = this.#shared.get(plan) ?? new Map<string, { past: Promise<SharedPast>; users: number }>()
    this.#shared.set(plan, pasts)
    const joined = pasts.get(subject) ?? { past: SharedPast.load(this.#store, subject, plan, this.#clock()), users: 0 }
    joined.users += 1
    pasts.set(subject, joined)
    return joined.past
  }

  #leave(plan: FactPlan, subject: string): void {
    const pasts = this.#shared.get(plan)
    const left = pasts?.get(subject)
    if (left === undefined) return
    left.users -= 1
    if (left.users === 0) pasts?.delete(subject)
  }
}
