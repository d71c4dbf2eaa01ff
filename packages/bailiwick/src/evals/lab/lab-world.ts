import type { FactPlan } from '../../decide/facts/fact-plan.ts'
import { History } from '../../decide/facts/history.ts'
import type { FactScope } from '../../model/vocabulary.ts'

/** What the sessions of one case share: the time, and the pasts of their agent and person. */
export class LabWorld {
  readonly agent: History
  readonly person: History
  readonly #plans: Readonly<Record<FactScope, FactPlan>>
  #now: number

  constructor(plans: Readonly<Record<FactScope, FactPlan>>, now: number) {
    this.#plans = plans
    this.#now = now
    this.agent = new History(plans.agent)
    this.person = new History(plans.person)
  }

  /** Milliseconds since 1970. */
  get now(): number {
    return this.#now
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds
  }

  newSessionPast(): History {
    return new History(this.#plans.session)
  }
}
