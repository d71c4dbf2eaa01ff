import type { Fact, FactValue, Stream } from '../../model/fact.ts'
import { Count, CountBy } from './count.ts'
import { Distinct } from './distinct.ts'
import type { FactPlan, Watcher } from './fact-plan.ts'
import { Formerly, FormerlyTogether } from './formerly.ts'
import { matches } from './matches.ts'
import { valuesAt } from './past-event.ts'
import type { Occasion, PastEvent } from './past-event.ts'
import { Previous } from './previous.ts'
import { SinceAlways, SinceNever } from './since.ts'
import { Sum } from './sum.ts'
import { Timeline } from './timeline.ts'
import type { Window } from './timeline.ts'
import type { Tracker } from './tracker.ts'

/** How many values of one event a fact tells apart. One with more cannot be told: leaving some out would hide them, and keeping all fill the memory. */
const mostValues = 10_000

/**
 * The past of one session, agent or person as far as the facts of a plan are about it. An event costs amortised constant time for
 * each fact that its tool concerns; a fact costs constant time to ask for. Memory is bounded by what happened within the windows.
 */
export class History {
  readonly plan: FactPlan
  readonly #timeline = new Timeline()
  readonly #trackers: readonly { readonly tracker: Tracker; readonly window: Window }[]
  readonly #last: Record<Stream, number> = { admitted: -1, decided: -1, outcomes: -1 }
  /** The last event of each fact whose values are gone; -1 when there was none. */
  readonly #lost: number[]
  #turn = 0

  constructor(plan: FactPlan) {
    this.plan = plan
    this.#lost = plan.facts.map(() => -1)
    this.#trackers = plan.facts.map((fact) => ({ tracker: trackerFor(fact), window: this.#timeline.window(fact.within) }))
  }

  /** Whether facts look at calls, or at outcomes, of a tool. */
  concerns(kind: PastEvent['kind'], tool: string): boolean {
    return (kind === 'call' ? this.plan.calls : this.plan.outcomes).has(tool)
  }

  /**
   * Takes in what has happened. `now` is milliseconds since 1970.
   * @param lost true when arguments and result are gone: a fact that would have looked at them cannot be told until this has left its window
   */
  note(event: PastEvent, now: number, lost: boolean = false): void {
    const { plan } = this
    if (plan.facts.length === 0) return
    const at = this.#timeline.record(now)
    for (const watcher of (event.kind === 'call' ? plan.calls : plan.outcomes).get(event.tool) ?? [])
      if (lost && watcher.readsValues) this.#lost[watcher.fact] = at
      else if (matches(watcher.pattern, event)) this.#see(watcher, event, at)
    if (event.kind === 'outcome') this.#last.outcomes = at
    else {
      this.#last.decided = at
      if (event.response !== 'deny') this.#last.admitted = at
    }
    this.#tidy(now)
  }

  #see({ fact, index, stream, apart }: Watcher, event: PastEvent, at: number): void {
    const values = apart === null ? [] : valuesAt(apart, event)
    if (values.length > mostValues) this.#lost[fact] = at
    else this.#trackers[fact]?.tracker.see(index, { event, at, before: this.#last[stream], values })
  }

  /** The value of a fact for a call; null when it cannot be told. `place` is the fact's in the plan. */
  value(place: number, call: Occasion, now: number): FactValue | null {
    const { tracker, window } = this.#trackers[place] as { tracker: Tracker; window: Window }
    const live = this.#timeline.liveFrom(window, now)
    if ((this.#lost[place] as number) >= live) return null
    return tracker.value(call, live, this.#last[this.plan.streams[place] as Stream])
  }

  /** A fact that nobody asks for, and nothing happens to, is tidied when its turn comes. */
  #tidy(now: number): void {
    this.#turn = (this.#turn + 1) % this.#trackers.length
    const { tracker, window } = this.#trackers[this.#turn] as { tracker: Tracker; window: Window }
    tracker.forget(this.#timeline.liveFrom(window, now))
  }
}

function trackerFor(fact: Fact): Tracker {
  switch (fact.operator) {
    case 'formerly':
      return fact.patterns.length === 1 ? new Formerly(fact) : new FormerlyTogether(fact)
    case 'previous':
      return new Previous(fact)
    case 'since':
      return fact.meanwhile === 'always' ? new SinceAlways(fact) : new SinceNever(fact)
    case 'count':
      return fact.patterns[0].by === null ? new Count(fact) : new CountBy(fact)
    case 'sum':
      return new Sum(fact)
    case 'distinct':
      return new Distinct(fact)
  }
}
