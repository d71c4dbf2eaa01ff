import { factPlan } from '../../decide/facts/fact-plan.ts'
import type { FactPlan } from '../../decide/facts/fact-plan.ts'
import type { EvalCase } from '../case/eval-case.ts'
import { singleSteps } from '../case/eval-case.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { FactScope } from '../../model/vocabulary.ts'
import { LabSession } from './lab-session.ts'
import type { StepAnswer } from './lab-session.ts'
import { LabWorld } from './lab-world.ts'
import { sampleResult } from './sample-result.ts'

/** A Thursday noon in 2026, UTC: when every case begins. */
export const labNoon: number = Date.UTC(2026, 0, 15, 12)

/**
 * A ruleset and what is needed to play cases under it, in memory: the same `decide`, usage, facts and redaction as behind the gateway,
 * with results made up from the tools' schemas. The same case gives the same answers each time.
 */
export class Lab {
  readonly ruleset: Ruleset
  readonly #plans: Readonly<Record<FactScope, FactPlan>>
  readonly #results = new Map<string, JsonObject>()
  #decided = 0

  constructor(ruleset: Ruleset) {
    this.ruleset = ruleset
    const facts = [...ruleset.facts.values()]
    this.#plans = { session: factPlan(facts, 'session'), agent: factPlan(facts, 'agent'), person: factPlan(facts, 'person') }
  }

  /** Calls decided so far. */
  get decided(): number {
    return this.#decided
  }

  /** Plays a case. One answer for each single step; see {@link singleSteps}. */
  play(evalCase: Pick<EvalCase, 'agent' | 'goal' | 'params' | 'person' | 'request' | 'steps'>): StepAnswer[] {
    const world = new LabWorld(this.#plans, labNoon)
    const sessions = new Map<number, LabSession>()
    return singleSteps(evalCase.steps).map((step) => {
      const number = step.session ?? 0
      world.pass((step.wait ?? 0) + 1000)
      const session = sessions.get(number) ?? new LabSession(this, world, evalCase, `ses_${number}`)
      sessions.set(number, session)
      this.#decided += 1
      return session.attempt(step)
    })
  }

  /** What a tool answers in the lab: the same each time. */
  resultOf(tool: string): JsonObject {
    const known = this.#results.get(tool)
    if (known !== undefined) return known
    const result = sampleResult(this.ruleset.tools.get(tool) ?? null)
    this.#results.set(tool, result)
    return result
  }
}
