import { ModelProvider } from '../../enforce/llm/model-provider.ts'
import { interactionHash } from './cassette.ts'
import type { Interaction } from './cassette.ts'
import type { ModelAnswer, ModelRequest } from './model-server.ts'

/** Passes requests on to a real endpoint, and keeps what was asked and answered. */
export class ForwardedModel {
  readonly interactions: Interaction[] = []
  readonly #provider: ModelProvider

  constructor(endpoint: string, key: string | null) {
    this.#provider = new ModelProvider(endpoint, key === null ? null : { value: key })
  }

  /** Faults of the network are faults of the run. */
  async answer(request: ModelRequest): Promise<ModelAnswer> {
    const { method, path, body } = request
    try {
      const response = await this.#provider.ask(request)
      const type = response.headers.get('content-type') ?? 'application/json'
      const answer = await response.text()
      const asked = { method, path, request: body }
      this.interactions.push({ ...asked, hash: interactionHash(asked), status: response.status, type, answer })
      return { status: response.status, type, body: answer, fault: null }
    } catch (error) {
      if (!(error instanceof Error)) throw error
      const message = this.#provider.unreachable(error)
      return { status: 502, type: 'application/json', body: JSON.stringify({ error: { type: 'bailiwick', message } }), fault: message }
    }
  }
}
