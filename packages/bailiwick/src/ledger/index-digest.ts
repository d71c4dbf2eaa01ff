import { hash } from 'node:crypto'

/** How many of the subjects last met are kept at hand. */
const mostKnown = 10_000

/**
 * Compares what the entries say they are found by with what the index holds, without keeping either: each pair of subject and index counts as two
 * 32-bit numbers, summed by index. The numbers are keyed by bytes drawn for this one comparison, so that nobody can have prepared rows that cancel out.
 */
export class IndexDigest {
  readonly #key: string
  readonly #known = new Map<string, readonly [number, number]>()

  /** @param key random, the same on both sides of a comparison */
  constructor(key: string) {
    this.#key = key
  }

  /** Adds a subject to the two sums that stand at `place` and after it. */
  add(sums: Uint32Array, place: number, subject: string): void {
    const [one, two] = this.#numbersOf(subject)
    sums[place] = (sums[place] as number) + one
    sums[place + 1] = (sums[place + 1] as number) + two
  }

  #numbersOf(subject: string): readonly [number, number] {
    const known = this.#known.get(subject)
    if (known !== undefined) return known
    const bytes = hash('sha256', `${this.#key}${subject}`, 'buffer')
    const numbers = [bytes.readUInt32LE(0), bytes.readUInt32LE(4)] as const
    if (this.#known.size >= mostKnown) this.#known.clear()
    this.#known.set(subject, numbers)
    return numbers
  }
}
