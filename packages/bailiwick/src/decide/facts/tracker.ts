import type { FactValue } from '../../model/fact.ts'
import type { Json } from '../../model/json.ts'
import type { Occasion, PastEvent } from './past-event.ts'

/** A past event that met a pattern, with where it stands among the others. */
export interface Sighting {
  readonly event: PastEvent
  /** Its number in the timeline. */
  readonly at: number
  /** The number of the event before it in the pattern's stream; -1 when it is the first. */
  readonly before: number
  /** What the fact tells apart in it, by `distinct … of` or `by`; empty when it does not. */
  readonly values: readonly Json[]
}

/** Keeps one fact up to date. */
export interface Tracker {
  /** Takes in an event that met the pattern with this index. */
  see(pattern: number, sighting: Sighting): void
  /**
   * The fact's value for a call.
   * @param live the number of the first event that is inside the fact's window
   * @param last the number of the last event in the stream of the fact's last pattern; -1 when there is none
   */
  value(call: Occasion, live: number, last: number): FactValue
  /** Forgets what is outside the window. */
  forget(live: number): void
}
