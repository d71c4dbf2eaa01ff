import type { EventPattern, Fact } from '../../model/fact.ts'
import { joinKeys, pastKey, presentKey, valueKey } from './correlation.ts'
import { LatestByKey } from './latest-by-key.ts'
import type { Occasion } from './past-event.ts'
import type { Sighting, Tracker } from './tracker.ts'

/** `formerly`: something like this has happened. */
export class Formerly implements Tracker {
  readonly #pattern: EventPattern
  readonly #latest = new LatestByKey()

  constructor(fact: Fact) {
    this.#pattern = fact.patterns[0]
  }

  see(_: number, { event, at }: Sighting): void {
    this.#latest.set(pastKey(this.#pattern, event), at)
  }

  value(call: Occasion, live: number): boolean {
    return this.#latest.get(presentKey(this.#pattern, call)) >= live
  }

  forget(live: number): void {
    this.#latest.forget(live)
  }
}

/**
 * `formerly … and …, by`: all of these have happened with one value in common. For each value, the oldest of the latest sightings
 * only ever moves forward; so does the best of them, which is all that need be known.
 */
export class FormerlyTogether implements Tracker {
  readonly #patterns: readonly EventPattern[]
  /** The latest sighting of each pattern, by key and value. */
  readonly #latest = new Map<string, number[]>()
  readonly #order = new LatestByKey((id) => this.#latest.delete(id))
  readonly #best = new LatestByKey()

  constructor(fact: Fact) {
    this.#patterns = fact.patterns
  }

  see(index: number, { event, at, values }: Sighting): void {
    const key = pastKey(this.#patterns[index] as EventPattern, event)
    for (const value of values) {
      const id = joinKeys(key, valueKey(value))
      const latest = this.#latest.get(id) ?? this.#patterns.map(() => -1)
      latest[index] = at
      this.#latest.set(id, latest)
      this.#order.set(id, at)
      const oldest = Math.min(...latest)
      if (oldest > this.#best.get(key)) this.#best.set(key, oldest)
    }
  }

  value(call: Occasion, live: number): boolean {
    return this.#best.get(presentKey(this.#patterns[0] as EventPattern, call)) >= live
  }

  forget(live: number): void {
    this.#best.forget(live)
    this.#order.forget(live)
  }
}
