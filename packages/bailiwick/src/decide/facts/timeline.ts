interface Bucket {
  readonly time: number
  /** The first event of this time; the bucket reaches to the next one's first. */
  readonly first: number
}

/** How far a timeline has come in finding what is outside one window. */
export interface Window {
  readonly length: number
  /** The first bucket that is not outside, counted from the beginning of the timeline. */
  bucket: number
  /** The first event that is not outside. */
  live: number
}

/**
 * When things happened, by number in the order in which they did. The order is beyond doubt, the clock is not: it may stand
 * still or be set back. Two rules make sense of it. Nothing happened later than now: where the clock reads less than the time of
 * an event, the event's time becomes the clock's. And what was once older than a window is outside it for good.
 * Amortised constant time per event and per question.
 */
export class Timeline {
  #buckets: Bucket[] = []
  /** How many buckets have been dropped before the first that is kept. */
  #dropped = 0
  #next = 0
  #turn = 0
  /** What the clock read last. */
  #clock = Number.NEGATIVE_INFINITY
  readonly #windows = new Map<number, Window>()

  /** The number that the next event will have. */
  get next(): number {
    return this.#next
  }

  /** The window of a length in milliseconds; asked for before the first event is recorded. */
  window(length: number): Window {
    const known = this.#windows.get(length)
    if (known !== undefined) return known
    const window = { length, bucket: 0, live: 0 }
    this.#windows.set(length, window)
    return window
  }

  /** Gives the next event its number. `now` is milliseconds since 1970. */
  record(now: number): number {
    this.#observe(now)
    if (this.#buckets.at(-1)?.time !== now) this.#buckets.push({ time: now, first: this.#next })
    this.#drop(now)
    return this.#next++
  }

  /** The number of the first event in the window; one above the last when none is. */
  liveFrom(window: Window, now: number): number {
    this.#observe(now)
    this.#advance(window, now)
    return window.live
  }

  #observe(now: number): void {
    // What is outside by the clock before it was set back stays outside; otherwise it is enough to look when asked.
    if (now < this.#clock) for (const window of this.#windows.values()) this.#advance(window, this.#clock)
    this.#clock = now
    let earliest: number | null = null
    for (let last = this.#buckets.at(-1); last !== undefined && last.time > now; last = this.#buckets.at(-1)) {
      earliest = last.first
      this.#buckets.pop()
    }
    if (earliest === null) return
    if (this.#buckets.at(-1)?.time !== now) this.#buckets.push({ time: now, first: earliest })
    const last = this.#dropped + this.#buckets.length - 1
    for (const window of this.#windows.values()) window.bucket = Math.min(window.bucket, last)
  }

  #advance(window: Window, now: number): void {
    const end = this.#dropped + this.#buckets.length
    while (window.bucket < end && now - this.#at(window.bucket).time > window.length) window.bucket += 1
    window.live = Math.max(window.live, window.bucket < end ? this.#at(window.bucket).first : this.#next)
  }

  #at(bucket: number): Bucket {
    return this.#buckets[bucket - this.#dropped] as Bucket
  }

  /** Forgets, now and then, the times of what is outside every window. */
  #drop(now: number): void {
    this.#turn += 1
    // At least as many as were kept the last time: so the work is constant for each event, and half of what is held is needed.
    if (this.#turn < 1024 || this.#turn * 2 < this.#buckets.length) return
    this.#turn = 0
    let outside = this.#dropped + this.#buckets.length
    for (const window of this.#windows.values()) {
      this.#advance(window, now)
      outside = Math.min(outside, window.bucket)
    }
    this.#buckets = this.#buckets.slice(outside - this.#dropped)
    this.#dropped = outside
  }
}
