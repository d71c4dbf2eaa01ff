import type { IssuedToken } from './request-token.ts'
import { TokenRefused } from './token-refused.ts'

interface Kept {
  readonly value: string
  /** Milliseconds since 1970. */
  readonly renew: number
}

/** How long a token is used whose server does not say how long it lives, in seconds. */
const unsaidLifetime = 60
/** How long before its end a token is not lent any more, in milliseconds; a fifth of its life where that is shorter. */
const margin = 30_000
/** How long a refusal stands before the server is asked again, in milliseconds. */
const cooldown = 1000
const mostKept = 10_000

/** Tokens in memory, and nowhere else, each until shortly before it expires. Whoever wants one that is being asked for waits for the same answer. */
export class LentTokens {
  readonly #clock: () => number
  readonly #kept = new Map<string, Kept>()
  readonly #asked = new Map<string, Promise<string>>()
  readonly #refused = new Map<string, { readonly reason: string; readonly until: number }>()

  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** The token under a key, asked for where there is none. @throws TokenRefused, and what `ask` throws */
  get(key: string, ask: () => Promise<IssuedToken>): Promise<string> {
    const now = this.#clock()
    const kept = this.#kept.get(key)
    if (kept !== undefined && now < kept.renew) return Promise.resolve(kept.value)
    const asked = this.#asked.get(key)
    if (asked !== undefined) return asked
    const refused = this.#refused.get(key)
    if (refused !== undefined && now < refused.until) return Promise.reject(new TokenRefused(refused.reason))
    const asking = this.#ask(key, ask).finally(() => this.#asked.delete(key))
    this.#asked.set(key, asking)
    return asking
  }

  /** Lends a token no more, which the toolbox has refused. */
  drop(value: string): void {
    for (const [key, kept] of this.#kept) if (kept.value === value) this.#kept.delete(key)
  }

  async #ask(key: string, ask: () => Promise<IssuedToken>): Promise<string> {
    try {
      const { value, lifetime } = await ask()
      const life = (lifetime ?? unsaidLifetime) * 1000
      this.#prune()
      this.#kept.set(key, { value, renew: this.#clock() + life - Math.min(margin, life / 5) })
      this.#refused.delete(key)
      return value
    } catch (error) {
      if (error instanceof TokenRefused) this.#refused.set(key, { reason: error.message, until: this.#clock() + cooldown })
      throw error
    }
  }

  #prune(): void {
    const now = this.#clock()
    for (const [key, { renew }] of this.#kept) if (renew <= now) this.#kept.delete(key)
    for (const [key, { until }] of this.#refused) if (until <= now) this.#refused.delete(key)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size >= mostKept && oldest !== undefined) this.#kept.delete(oldest)
  }
}
