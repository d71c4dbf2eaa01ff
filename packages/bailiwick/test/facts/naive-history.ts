import type { PastEvent, Occasion } from '../../src/decide/facts/past-event.ts'
import { valueAt, valuesAt } from '../../src/decide/facts/past-event.ts'
import { matches } from '../../src/decide/facts/matches.ts'
import { canonicalJson } from '../../src/model/json.ts'
import type { Json } from '../../src/model/json.ts'
import type { EventPattern, Fact, FactValue } from '../../src/model/fact.ts'
import { streamOf } from '../../src/model/fact.ts'

interface Remembered {
  readonly event: PastEvent
  time: number
  /** Facts whose window it has left, for good. */
  readonly gone: Set<string>
}

/** The meaning of facts, said as plainly as can be: everything is kept, and every question goes through all of it. */
export class NaiveHistory {
  readonly #facts: readonly Fact[]
  readonly #past: Remembered[] = []

  constructor(facts: readonly Fact[]) {
    this.#facts = facts
  }

  note(event: PastEvent, now: number): void {
    this.#look(now)
    this.#past.push({ event, time: now, gone: new Set() })
  }

  value(fact: Fact, call: Occasion, now: number): FactValue {
    this.#look(now)
    const meets = (one: Remembered, index: number): boolean => {
      const pattern = fact.patterns[index] as EventPattern
      return (
        matches(pattern, one.event) &&
        pattern.same.every(({ past, present }) => text(valueAt(past, one.event)) === text(valueAt(present, call)))
      )
    }
    const inside = this.#past.filter((one) => !one.gone.has(fact.name))
    const found = inside.filter((one) => meets(one, 0))
    switch (fact.operator) {
      case 'formerly':
        if (fact.patterns.length === 1) return found.length > 0
        return found
          .flatMap((one) => shared(fact, 0, one.event))
          .some((value) =>
            fact.patterns.every((_, index) => inside.some((one) => meets(one, index) && shared(fact, index, one.event).includes(value))),
          )
      case 'previous': {
        const last = this.#stream(fact.patterns[0]).at(-1)
        return last !== undefined && inside.includes(last) && meets(last, 0)
      }
      case 'since': {
        const kept = fact.patterns[1] as EventPattern
        return found.some((begin) => {
          const after = this.#past.slice(this.#past.indexOf(begin) + 1)
          if (fact.meanwhile === 'never') return !after.some((one) => meets(one, 1))
          const stream = new Set(this.#stream(kept))
          return after.every((one) => !stream.has(one) || meets(one, 1))
        })
      }
      case 'count': {
        if (fact.patterns[0].by === null) return found.length
        const counts = new Map<string, number>()
        for (const one of found) for (const value of new Set(shared(fact, 0, one.event))) counts.set(value, (counts.get(value) ?? 0) + 1)
        return Math.max(0, ...counts.values())
      }
      case 'distinct':
        return new Set(found.flatMap((one) => valuesAt(fact.of as NonNullable<Fact['of']>, one.event).map(text))).size
      case 'sum': {
        // The amounts in these tests are multiples of a quarter, which floating point adds exactly.
        const sum = found
          .flatMap((one) => valuesAt(fact.of as NonNullable<Fact['of']>, one.event))
          .reduce<number>((total, value) => total + (typeof value === 'number' ? value : 0), 0)
        return fact.type === 'Long' ? sum : sum.toFixed(4)
      }
    }
  }

  #look(now: number): void {
    for (const one of this.#past) {
      one.time = Math.min(one.time, now)
      for (const fact of this.#facts) if (now - one.time > fact.within) one.gone.add(fact.name)
    }
  }

  #stream(pattern: EventPattern): Remembered[] {
    const stream = streamOf(pattern)
    return this.#past.filter(({ event }) =>
      event.kind === 'outcome' ? stream === 'outcomes' : stream === 'decided' || (stream === 'admitted' && event.response !== 'deny'),
    )
  }
}

function shared(fact: Fact, index: number, event: PastEvent): string[] {
  const { by } = fact.patterns[index] as EventPattern
  return by === null ? [] : valuesAt(by, event).map(text)
}

function text(value: Json | undefined): string {
  return value === undefined ? 'null' : canonicalJson(value)
}
