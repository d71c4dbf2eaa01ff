interface Sighted {
  readonly key: string
  at: number
  earlier: Sighted | null
  later: Sighted | null
}

/**
 * The number of the latest event for each key, in constant time. Memory is bounded by the keys of what is not forgotten. A list
 * in the order of sighting, since a `Map` walks over everything that was ever taken out of its front.
 */
export class LatestByKey {
  readonly #latest = new Map<string, Sighted>()
  readonly #onForgotten: (key: string) => void
  #earliest: Sighted | null = null
  #last: Sighted | null = null

  /** @param onForgotten told each key that is forgotten */
  constructor(onForgotten: (key: string) => void = () => {}) {
    this.#onForgotten = onForgotten
  }

  set(key: string, at: number): void {
    let sighted = this.#latest.get(key)
    if (sighted === undefined) this.#latest.set(key, (sighted = { key, at, earlier: null, later: null }))
    else this.#unlink(sighted)
    sighted.at = at
    sighted.earlier = this.#last
    if (this.#last === null) this.#earliest = sighted
    else this.#last.later = sighted
    this.#last = sighted
  }

  /** -1 when there is none. */
  get(key: string): number {
    return this.#latest.get(key)?.at ?? -1
  }

  forget(live: number): void {
    for (let sighted = this.#earliest; sighted !== null && sighted.at < live; sighted = this.#earliest) {
      this.#unlink(sighted)
      this.#latest.delete(sighted.key)
      this.#onForgotten(sighted.key)
    }
  }

  #unlink(sighted: Sighted): void {
    if (sighted.earlier === null) this.#earliest = sighted.later
    else sighted.earlier.later = sighted.later
    if (sighted.later === null) this.#last = sighted.earlier
    else sighted.later.earlier = sighted.earlier
    sighted.earlier = null
    sighted.later = null
  }
}
