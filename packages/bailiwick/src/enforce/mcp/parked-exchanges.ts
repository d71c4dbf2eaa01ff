import { randomBytes } from 'node:crypto'
import { createRequestStateCodec } from '@modelcontextprotocol/server'
import type { RequestStateCodec } from '@modelcontextprotocol/server'
import type { Exchange, Question } from './exchange.ts'

interface Parked {
  readonly exchange: Exchange<unknown>
  readonly question: Question
  readonly action: string
  readonly timer: NodeJS.Timeout
}

interface ParkedState {
  readonly id: string
}

const lifetime = 600_000

/** Exchanges that wait for the client to come back with an answer. Each is found once, by a state that only the gateway can make. */
export class ParkedExchanges {
  readonly codec: RequestStateCodec<ParkedState> = createRequestStateCodec<ParkedState>({
    key: randomBytes(32),
    ttlSeconds: lifetime / 1000,
  })
  readonly #parked = new Map<string, Parked>()

  /** Parks an exchange; `action` is what must be asked for again to take it up. Returns the state for the client to bring back. */
  park(exchange: Exchange<unknown>, question: Question, action: string): Promise<string> {
    const id = randomBytes(18).toString('base64url')
    const timer = setTimeout(() => {
      this.#parked.delete(id)
      exchange.giveUp('the client did not come back with an answer')
    }, lifetime)
    timer.unref()
    this.#parked.set(id, { exchange, question, action, timer })
    return this.codec.mint({ id })
  }

  /** Takes up a parked exchange, once. Null when there is none by that state, or it was parked for another action. */
  take(state: ParkedState, action: string): Parked | null {
    const parked = this.#parked.get(state.id)
    if (parked === undefined || parked.action !== action) return null
    this.#parked.delete(state.id)
    clearTimeout(parked.timer)
    return parked
  }

  /** Gives up everything that waits. */
  close(): void {
    for (const parked of this.#parked.values()) {
      clearTimeout(parked.timer)
      parked.exchange.giveUp('the gateway is shutting down')
    }
    this.#parked.clear()
  }
}
