import { interactionHash } from './cassette.ts'
import type { Interaction } from './cassette.ts'
import type { ModelAnswer, ModelRequest } from './model-server.ts'

/** Passes requests on to a real endpoint, and keeps what was asked and answered. */
export class ForwardedModel {
  readonly interactions: Interaction[] = []
  readonly #endpoint: string
  readonly #key: string | null

  constructor(endpoint: string, key: string | null) {
    this.#endpoint = endpoint.replace(/\/$/, '')
    this.#key = key
  }

  /** Faults of the network are faults of the run. */
  async answer({ method, path, body, text, format, headers, signal }: ModelRequest): Promise<ModelAnswer> {
    const version = headers['anthropic-version']
    const key: Record<string, string> =
      this.#key === null ? {} : format === 'messages' ? { 'x-api-key': this.#key } : { authorization: `Bearer ${this.#key}` }
    try {
      const response = await fetch(this.#url(path), {
        method,
        headers: { 'content-type': 'application/json', ...(version === undefined ? {} : { 'anthropic-version': version }), ...key },
        redirect: 'error',
        signal,
        ...(text === '' ? {} : { body: text }),
      })
      const type = response.headers.get('content-type') ?? 'application/json'
      const answer = await response.text()
      const asked = { method, path, request: body }
      this.interactions.push({ ...asked, hash: interactionHash(asked), status: response.status, type, answer })
      return { status: response.status, type, body: answer, fault: null }
    } catch (error) {
      if (!(error instanceof Error)) throw error
      const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
      const message = `the model at ${this.#endpoint} could not be reached: ${error.message}${cause}`
      return { status: 502, type: 'application/json', body: JSON.stringify({ error: { type: 'bailiwick', message } }), fault: message }
    }
  }

  /** An endpoint may be given with its version or without. */
  #url(path: string): string {
    return this.#endpoint.endsWith('/v1') ? `${this.#endpoint}${path.replace(/^\/v1\//, '/')}` : `${this.#endpoint}${path}`
  }
}
