import type { EventPattern, Fact } from '../../model/fact.ts'
import { firstKey, joinKeys, pastKey, presentKey, valueKey } from './correlation.ts'
import { LatestByKey } from './latest-by-key.ts'
import type { Occasion } from './past-event.ts'
import type { Sighting, Tracker } from './tracker.ts'

/** `distinct … of`: how many different values these events had. */
export class Distinct implements Tracker {
  readonly #pattern: EventPattern
  /** By key and value, in the order of the latest sighting. */
  readonly #latest = new LatestByKey((id) => this.#lost(id))
  readonly #counts = new Map<string, number>()

  constructor(fact: Fact) {
    this.#pattern = fact.patterns[0]
  }

  see(_: number, { event, at, values }: Sighting): void {
    const key = pastKey(this.#pattern, event)
    for (const value of values) {
      const id = joinKeys(key, valueKey(value))
      if (this.#latest.get(id) === -1) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
      this.#latest.set(id, at)
    }
  }

  value(call: Occasion, live: number): number {
    this.forget(live)
    return this.#counts.get(presentKey(this.#pattern, call)) ?? 0
  }

  forget(live: number): void {
    this.#latest.forget(live)
  }

  #lost(id: string): void {
    const key = firstKey(id)
    const left = (this.#counts.get(key) as number) - 1
    if (left === 0) this.#counts.delete(key)
    else this.#counts.set(key, left)
  }
}
