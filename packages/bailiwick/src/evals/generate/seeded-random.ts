/** Numbers that follow from a seed alone (mulberry32): the same seed, the same attacks. Not for secrets. */
export class SeededRandom {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** At least 0, under 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }

  /** A whole number from 0 to under `bound`. */
  below(bound: number): number {
    return Math.floor(this.next() * bound)
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  /** One of a list that is not empty, each as often as its weight says. */
  weighted<T>(list: readonly T[], weight: (one: T) => number): T {
    const total = list.reduce((sum, one) => sum + weight(one), 0)
    let left = this.next() * total
    for (const one of list) {
      left -= weight(one)
      if (left < 0) return one
    }
    return list.at(-1) as T
  }
}
