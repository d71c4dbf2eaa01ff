import type { EventPattern, Fact } from '../../model/fact.ts'
import { pastKey, presentKey } from './correlation.ts'
import { LatestByKey } from './latest-by-key.ts'
import type { Occasion } from './past-event.ts'
import type { Sighting, Tracker } from './tracker.ts'

/** `since … never …`: it has begun, and nothing that ends it has happened since. */
export class SinceNever implements Tracker {
  readonly #patterns: readonly EventPattern[]
  readonly #begun = new LatestByKey()
  readonly #ended = new LatestByKey()

  constructor(fact: Fact) {
    this.#patterns = fact.patterns
  }

  see(index: number, { event, at }: Sighting): void {
    const seen = index === 0 ? this.#begun : this.#ended
    seen.set(pastKey(this.#patterns[index] as EventPattern, event), at)
  }

  value(call: Occasion, live: number): boolean {
    const [beginning, end] = this.#patterns as [EventPattern, EventPattern]
    const begun = this.#begun.get(presentKey(beginning, call))
    // An event that both ends and begins begins: what ended is over.
    return begun >= live && begun >= this.#ended.get(presentKey(end, call))
  }

  forget(live: number): void {
    this.#begun.forget(live)
    this.#ended.forget(live)
  }
}

/**
 * `since … always …`: it has begun, and nothing but this has happened since. The last event that was something else is, for a
 * key, the last that did not meet the pattern at all, or the last that met it with another key.
 */
export class SinceAlways implements Tracker {
  readonly #patterns: readonly EventPattern[]
  readonly #begun = new LatestByKey()
  /** The last event of the stream that did not meet the pattern, as far as sightings show. */
  #other = -1
  #latest: { key: string; at: number } = { key: '', at: -1 }
  /** The last sighting with another key than the latest's. */
  #latestOfOthers = -1

  constructor(fact: Fact) {
    this.#patterns = fact.patterns
  }

  see(index: number, { event, at, before }: Sighting): void {
    const key = pastKey(this.#patterns[index] as EventPattern, event)
    if (index === 0) {
      this.#begun.set(key, at)
      return
    }
    if (before !== this.#latest.at) this.#other = before
    if (key !== this.#latest.key) this.#latestOfOthers = this.#latest.at
    this.#latest = { key, at }
  }

  value(call: Occasion, live: number, last: number): boolean {
    const [beginning, kept] = this.#patterns as [EventPattern, EventPattern]
    const begun = this.#begun.get(presentKey(beginning, call))
    if (begun < live) return false
    const other = last === this.#latest.at ? this.#other : last
    const ofOthers = presentKey(kept, call) === this.#latest.key ? this.#latestOfOthers : this.#latest.at
    return begun >= Math.max(other, ofOthers)
  }

  forget(live: number): void {
    this.#begun.forget(live)
  }
}
