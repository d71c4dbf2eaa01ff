import type { ServerContext } from '@modelcontextprotocol/server'

/** A request that a toolbox's server makes of the agent's side while it works on a call. */
export interface InputRequest {
  readonly method: string
  readonly params: Record<string, unknown>
}

interface Question {
  readonly requests: Readonly<Record<string, InputRequest>>
  readonly resolve: (responses: Record<string, Record<string, unknown>>) => void
  readonly reject: (error: Error) => void
}

/**
 * A call under way between the agent's client and a toolbox. When the toolbox asks for input, the client's request is
 * answered with the question (`input_required`), and its next request carries the answer: the exchange outlives both.
 * Clients of older revisions are asked by the SDK's own shim, so one way of working serves them all.
 */
export class Exchange<T> {
  readonly #abort = new AbortController()
  readonly #result: Promise<T>
  #questions: Question[] = []
  #wake: (() => void) | null = null
  #context: ServerContext
  #followed: AbortSignal | null = null
  #counter = 0

  /** Starts the work at once. */
  constructor(context: ServerContext, work: (exchange: Exchange<T>) => Promise<T>) {
    this.#context = context
    this.follow(context)
    this.#result = work(this)
    // It is awaited in `next`; a rejection before that must not count as unhandled.
    this.#result.catch(() => {})
  }

  /** Aborted when the client gives the call up. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** The client's request that is open at present. */
  get context(): ServerContext {
    return this.#context
  }

  /** Takes up the client's next request for the same call. */
  follow(context: ServerContext): void {
    this.#context = context
    const { signal } = context.mcpReq
    this.#followed = signal
    if (signal.aborted) this.#abort.abort(signal.reason)
    signal.addEventListener('abort', () => {
      if (this.#followed === signal) this.#abort.abort(signal.reason)
    })
  }

  /** Stops following the client's request, which is about to be answered with a question: that it ends then means nothing. */
  release(): void {
    this.#followed = null
  }

  /** Puts requests of the toolbox to the client; resolves with the answers by key. Rejects when the call is given up. */
  ask(requests: Readonly<Record<string, InputRequest>>): Promise<Record<string, Record<string, unknown>>> {
    return new Promise((resolve, reject) => {
      this.#abort.signal.addEventListener('abort', () => reject(new Error('the call was given up')))
      this.#questions.push({ requests, resolve, reject })
      this.#wake?.()
    })
  }

  /** Puts one request. */
  async askOne(request: InputRequest): Promise<Record<string, unknown>> {
    this.#counter += 1
    const key = `input${this.#counter}`
    const answers = await this.ask({ [key]: request })
    const answer = answers[key]
    if (answer === undefined) throw new Error('the client gave no answer')
    return answer
  }

  /** What the client is to be told next: the result, or a question. Rejects as the work does. */
  async next(): Promise<{ readonly done: T } | { readonly question: Question }> {
    for (;;) {
      const question = this.#questions.shift()
      if (question !== undefined) return { question }
      const asked = new Promise<null>((resolve) => {
        this.#wake = () => resolve(null)
      })
      const first = await Promise.race([this.#result.then((done) => ({ done })), asked])
      if (first !== null) return first
    }
  }

  /** Ends the exchange from outside. */
  giveUp(reason: string): void {
    this.#abort.abort(new Error(reason))
  }
}

export type { Question }
