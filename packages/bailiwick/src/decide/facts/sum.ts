import type { EventPattern, Fact } from '../../model/fact.ts'
import type { ValuePath } from '../../model/value-path.ts'
import { pastKey, presentKey } from './correlation.ts'
import { decimalText, tenThousandths, wholeNumber } from './decimal-sum.ts'
import { Fifo } from './fifo.ts'
import { valuesAt } from './past-event.ts'
import type { Occasion } from './past-event.ts'
import type { Sighting, Tracker } from './tracker.ts'

/** `sum … of`: what the numbers of these events add up to, exactly, however many there were. */
export class Sum implements Tracker {
  readonly #pattern: EventPattern
  readonly #of: ValuePath
  readonly #whole: boolean
  readonly #inside = new Fifo<{ readonly at: number; readonly key: string; readonly amount: bigint }>()
  readonly #sums = new Map<string, { events: number; sum: bigint }>()

  constructor(fact: Fact) {
    this.#pattern = fact.patterns[0]
    this.#of = fact.of as ValuePath
    this.#whole = fact.type === 'Long'
  }

  see(_: number, { event, at }: Sighting): void {
    const amount = valuesAt(this.#of, event).reduce<bigint>((sum, value) => sum + tenThousandths(value), 0n)
    if (amount === 0n) return
    const key = pastKey(this.#pattern, event)
    this.#inside.push({ at, key, amount })
    const total = this.#sums.get(key) ?? { events: 0, sum: 0n }
    total.events += 1
    total.sum += amount
    this.#sums.set(key, total)
  }

  value(call: Occasion, live: number): number | string {
    this.forget(live)
    const sum = this.#sums.get(presentKey(this.#pattern, call))?.sum ?? 0n
    return this.#whole ? wholeNumber(sum) : decimalText(sum)
  }

  forget(live: number): void {
    for (let oldest = this.#inside.peek(); oldest !== undefined && oldest.at < live; oldest = this.#inside.peek()) {
      const { key, amount } = this.#inside.shift()
      const total = this.#sums.get(key) as { events: number; sum: bigint }
      total.events -= 1
      total.sum -= amount
      if (total.events === 0) this.#sums.delete(key)
    }
  }
}
