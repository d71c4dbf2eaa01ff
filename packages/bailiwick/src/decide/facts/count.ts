import type { EventPattern, Fact } from '../../model/fact.ts'
import { pastKey, presentKey, valueKey } from './correlation.ts'
import { Fifo } from './fifo.ts'
import type { Occasion } from './past-event.ts'
import type { Sighting, Tracker } from './tracker.ts'

/** `count`: how often this has happened. */
export class Count implements Tracker {
  readonly #pattern: EventPattern
  readonly #inside = new Fifo<{ readonly at: number; readonly key: string }>()
  readonly #counts = new Map<string, number>()

  constructor(fact: Fact) {
    this.#pattern = fact.patterns[0]
  }

  see(_: number, { event, at }: Sighting): void {
    const key = pastKey(this.#pattern, event)
    this.#inside.push({ at, key })
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  value(call: Occasion, live: number): number {
    this.forget(live)
    return this.#counts.get(presentKey(this.#pattern, call)) ?? 0
  }

  forget(live: number): void {
    for (let oldest = this.#inside.peek(); oldest !== undefined && oldest.at < live; oldest = this.#inside.peek()) {
      const { key } = this.#inside.shift()
      const left = (this.#counts.get(key) as number) - 1
      if (left === 0) this.#counts.delete(key)
      else this.#counts.set(key, left)
    }
  }
}

/** How many events there are of each value, and how many values have each number of events, so that the greatest is known at once. */
class Groups {
  readonly #sizes = new Map<string, number>()
  readonly #withSize = new Map<number, number>()
  greatest = 0

  get empty(): boolean {
    return this.#sizes.size === 0
  }

  change(value: string, by: 1 | -1): void {
    const before = this.#sizes.get(value) ?? 0
    const after = before + by
    if (after === 0) this.#sizes.delete(value)
    else this.#sizes.set(value, after)
    const left = (this.#withSize.get(before) ?? 0) - 1
    if (left > 0) this.#withSize.set(before, left)
    else this.#withSize.delete(before)
    if (after > 0) this.#withSize.set(after, (this.#withSize.get(after) ?? 0) + 1)
    if (after > this.greatest) this.greatest = after
    else if (before === this.greatest && left <= 0) this.greatest = after
  }
}

/** `count …, by`: how often this has happened with the value that it has happened with most often. */
export class CountBy implements Tracker {
  readonly #pattern: EventPattern
  readonly #inside = new Fifo<{ readonly at: number; readonly key: string; readonly values: readonly string[] }>()
  readonly #groups = new Map<string, Groups>()

  constructor(fact: Fact) {
    this.#pattern = fact.patterns[0]
  }

  see(_: number, { event, at, values: found }: Sighting): void {
    const values = [...new Set(found.map(valueKey))]
    if (values.length === 0) return
    const key = pastKey(this.#pattern, event)
    this.#inside.push({ at, key, values })
    const groups = this.#groups.get(key) ?? new Groups()
    this.#groups.set(key, groups)
    for (const value of values) groups.change(value, 1)
  }

  value(call: Occasion, live: number): number {
    this.forget(live)
    return this.#groups.get(presentKey(this.#pattern, call))?.greatest ?? 0
  }

  forget(live: number): void {
    for (let oldest = this.#inside.peek(); oldest !== undefined && oldest.at < live; oldest = this.#inside.peek()) {
      const { key, values } = this.#inside.shift()
      const groups = this.#groups.get(key) as Groups
      for (const value of values) groups.change(value, -1)
      if (groups.empty) this.#groups.delete(key)
    }
  }
}
