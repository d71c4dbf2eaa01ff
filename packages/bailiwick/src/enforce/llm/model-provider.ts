import type { WireFormat } from '../../model/vocabulary.ts'

/** Under which key a provider is asked: one that is given here, whatever the agent sends; the agent's own; or none. */
export type ProviderKey = { readonly value: string } | 'of-the-agent' | null

/** What is to be forwarded. */
export interface ForwardedRequest {
  readonly method: string
  /** Such as `/v1/responses`, with its query. */
  readonly path: string
  readonly format: WireFormat | null
  readonly text: string
  /** The agent's, by their names in small letters. */
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** In which headers agents send their key. */
const keyHeaders = ['authorization', 'x-api-key', 'api-key'] as const

/** Headers that say what is asked for, and nothing of who asks. */
const passed = ['anthropic-version', 'anthropic-beta', 'openai-beta', 'openai-organization', 'openai-project', 'idempotency-key']

/** A provider of models, behind its endpoint. */
export class ModelProvider {
  readonly endpoint: URL
  readonly #base: string
  readonly #key: ProviderKey

  /** @param endpoint its address, with its version or without */
  constructor(endpoint: string, key: ProviderKey) {
    this.endpoint = new URL(endpoint)
    this.#base = endpoint.replace(/\/$/, '')
    this.#key = key
  }

  /** Keys that no answer, no record and no report may hold. */
  secretsOf(headers: Readonly<Record<string, string>>): readonly string[] {
    const own = typeof this.#key === 'object' && this.#key !== null ? [this.#key.value] : []
    return [...own, ...keyHeaders.flatMap((name) => headers[name]?.replace(/^\S+ +/, '') ?? [])]
  }

  /** Asks it. Rejects when it cannot be reached; redirects are not followed, since they would take the key along. */
  ask({ method, path, text, format, headers, signal }: ForwardedRequest): Promise<Response> {
    return fetch(this.#url(path), {
      method,
      headers: {
        'content-type': 'application/json',
        'accept-encoding': 'identity',
        ...chosen(headers, passed),
        ...this.#keyHeaders(format, headers),
      },
      redirect: 'error',
      signal,
      ...(text === '' ? {} : { body: text }),
    })
  }

  /** Why it could not be asked, in one sentence. */
  unreachable(error: Error): string {
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
    return `the model at ${this.#base} could not be reached: ${error.message}${cause}`
  }

  #keyHeaders(format: WireFormat | null, headers: Readonly<Record<string, string>>): Record<string, string> {
    if (this.#key === null) return {}
    if (this.#key === 'of-the-agent') return chosen(headers, keyHeaders)
    if (this.endpoint.hostname.endsWith('.openai.azure.com')) return { 'api-key': this.#key.value }
    return format === 'messages' ? { 'x-api-key': this.#key.value } : { authorization: `Bearer ${this.#key.value}` }
  }

  #url(path: string): string {
    return this.#base.endsWith('/v1') ? `${this.#base}${path.replace(/^\/v1\//, '/')}` : `${this.#base}${path}`
  }
}

function chosen(headers: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])))
}
