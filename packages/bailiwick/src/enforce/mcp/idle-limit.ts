/** Ends work that shows no sign of life for too long, or goes on for too long altogether. Time in which it is held does not count. */
export class IdleLimit {
  readonly #abort = new AbortController()
  readonly #idle: number
  readonly #longest: number
  readonly #started = performance.now()
  #timer: NodeJS.Timeout
  #last = this.#started
  #holds = 0
  #held = 0

  /** Both in milliseconds. */
  constructor(idle: number, longest: number) {
    this.#idle = idle
    this.#longest = longest
    this.#timer = setTimeout(() => this.#look(), idle)
  }

  /** Aborted when the time is up. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** A sign of life: the idle time starts anew. */
  stir(): void {
    this.#last = performance.now()
  }

  /** Holds the time until the returned function is called. */
  hold(): () => void {
    this.#holds += 1
    const since = performance.now()
    return () => {
      this.#holds -= 1
      this.#held += performance.now() - since
      this.stir()
    }
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #look(): void {
    const now = performance.now()
    const left = Math.min(this.#last + this.#idle, this.#started + this.#held + this.#longest) - now
    if (this.#holds === 0 && left <= 0) this.#abort.abort()
    else this.#timer = setTimeout(() => this.#look(), this.#holds > 0 ? this.#idle : left)
  }
}
