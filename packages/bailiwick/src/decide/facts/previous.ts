import type { EventPattern, Fact } from '../../model/fact.ts'
import { pastKey, presentKey } from './correlation.ts'
import type { Occasion } from './past-event.ts'
import type { Sighting, Tracker } from './tracker.ts'

/** `previous`: the one before was like this. */
export class Previous implements Tracker {
  readonly #pattern: EventPattern
  #at = -1
  #key = ''

  constructor(fact: Fact) {
    this.#pattern = fact.patterns[0]
  }

  see(_: number, { event, at }: Sighting): void {
    this.#at = at
    this.#key = pastKey(this.#pattern, event)
  }

  value(call: Occasion, live: number, last: number): boolean {
    return this.#at >= live && this.#at === last && this.#key === presentKey(this.#pattern, call)
  }

  forget(): void {
    // One event is kept, whatever its age.
  }
}
