import { factPlan } from '../../decide/facts/fact-plan.ts'
import type { FactPlan } from '../../decide/facts/fact-plan.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { LedgerStore } from '../../ledger/ledger-store.ts'
import { canonicalJson } from '../../model/json.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import { factScopes } from '../../model/vocabulary.ts'
import type { FactScope } from '../../model/vocabulary.ts'
import { SharedPast } from './shared-past.ts'

export interface PastSources {
  readonly ledger: Ledger
  readonly store: LedgerStore
  /** The sessions that were delegated from one, and from those. */
  readonly descendants: (session: string) => Promise<readonly { readonly id: string }[]>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** The plans of a ruleset's facts, by whose past they are about. */
export type FactPlans = Readonly<Record<FactScope, FactPlan>>

/** What the pasts of the sessions under way in this process are made from, and share where they have an agent or a person in common. */
export class Pasts {
  readonly sources: PastSources
  readonly #keys = new WeakMap<Ruleset, string>()
  readonly #shared = new Map<string, { readonly past: Promise<SharedPast>; users: number }>()

  constructor(sources: PastSources) {
    this.sources = sources
  }

  /** Equal for rulesets whose facts mean the same. */
  keyOf(ruleset: Ruleset): string {
    const known = this.#keys.get(ruleset)
    if (known !== undefined) return known
    const tools = [...ruleset.tools.values()].map(({ key, pin, declaration: { effect, labels } }) => ({ key, pin, effect, labels }))
    const key = canonicalJson({ facts: ruleset.manifest.facts, tools })
    this.#keys.set(ruleset, key)
    return key
  }

  plansOf(ruleset: Ruleset): FactPlans {
    const facts = [...ruleset.facts.values()]
    return Object.fromEntries(factScopes.map((over) => [over, factPlan(facts, over)])) as unknown as FactPlans
  }

  /** The past under a subject of the ledger that sessions with facts of one key share. Each that joins it leaves it. */
  join(key: string, subject: string, plan: FactPlan): Promise<SharedPast> {
    const id = `${subject}\n${key}`
    const { store, clock } = this.sources
    const joined = this.#shared.get(id) ?? { past: SharedPast.load(store, subject, plan, clock()), users: 0 }
    joined.users += 1
    this.#shared.set(id, joined)
    joined.past.catch(() => {
      // Whoever joins next reads it anew; those who have joined hear of it themselves.
      if (this.#shared.get(id) === joined) this.#shared.delete(id)
    })
    return joined.past
  }

  leave(key: string, subject: string): void {
    const id = `${subject}\n${key}`
    const left = this.#shared.get(id)
    if (left === undefined) return
    left.users -= 1
    if (left.users === 0) this.#shared.delete(id)
  }
}
