import { canonicalJson, isJsonObject, sha256Hex } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { ModelAnswer, ModelRequest } from './model-server.ts'

/** One request to the model and what it answered. Headers, and so keys, are never kept. */
export interface Interaction {
  readonly method: string
  /** Behind the endpoint's own address. */
  readonly path: string
  /** The request as JSON; null when it had none. */
  readonly request: JsonObject | null
  /** SHA-256 over method, path and request in canonical JSON, by which it is found again. */
  readonly hash: string
  readonly status: number
  readonly type: string
  readonly answer: string
}

/** Recorded answers of a model, by the name of the case. */
export interface Cassette {
  readonly version: 1
  readonly endpoint: string
  readonly cases: Readonly<Record<string, readonly Interaction[]>>
}

/** What an interaction is found by. */
export function interactionHash({ method, path, request }: Pick<Interaction, 'method' | 'path' | 'request'>): string {
  return sha256Hex(canonicalJson([method, path, request]))
}

/** Reads a cassette. @throws TypeError when the text is none, or says of itself what is not so */
export function parseCassette(text: string): Cassette {
  const value = parsed(text)
  if (!isJsonObject(value) || value['version'] !== 1 || typeof value['endpoint'] !== 'string' || !isJsonObject(value['cases']))
    throw new TypeError('it is no cassette of version 1')
  for (const [name, interactions] of Object.entries(value['cases'])) {
    if (!Array.isArray(interactions)) throw new TypeError(`\`${name}\` holds no list`)
    for (const [index, one] of (interactions as readonly Json[]).entries()) {
      if (!isInteraction(one)) throw new TypeError(`request ${index + 1} of \`${name}\` is not of the right form`)
      if (one.hash !== interactionHash(one))
        throw new TypeError(`request ${index + 1} of \`${name}\` was changed: it does not fit its hash`)
    }
  }
  return value as unknown as Cassette
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    if (error instanceof SyntaxError) throw new TypeError(`it is not JSON: ${error.message}`, { cause: error })
    throw error
  }
}

function isInteraction(value: Json): value is Json & Interaction {
  return (
    isJsonObject(value) &&
    ['method', 'path', 'hash', 'type', 'answer'].every((name) => typeof value[name] === 'string') &&
    typeof value['status'] === 'number' &&
    (value['request'] === null || isJsonObject(value['request']))
  )
}

/** Plays recorded answers to the requests that they were given to, each once. */
export class CassettePlayer {
  readonly #left: Interaction[]
  readonly #name: string

  constructor(interactions: readonly Interaction[], name: string) {
    this.#left = [...interactions]
    this.#name = name
  }

  answer(request: ModelRequest): ModelAnswer {
    const wanted = { method: request.method, path: request.path, request: request.body }
    const hash = interactionHash(wanted)
    const index = this.#left.findIndex((one) => one.hash === hash)
    const [found] = index === -1 ? [] : this.#left.splice(index, 1)
    if (found !== undefined) return { status: found.status, type: found.type, body: found.answer, fault: null }
    // A status that SDKs do not try again for.
    const message = `the cassette \`${this.#name}\` is stale: ${this.#difference(wanted)}; record it anew with \`--refresh\``
    return { status: 400, type: 'application/json', body: JSON.stringify({ error: { type: 'bailiwick', message } }), fault: message }
  }

  /** Why the cassette does not fit the run that has ended; null when all of it was played. */
  unplayed(): string | null {
    const left = this.#left.length
    return left === 0
      ? null
      : `the cassette \`${this.#name}\` is stale: ${left} recorded answer${left === 1 ? ' was' : 's were'} not asked for; record it anew with \`--refresh\``
  }

  #difference({ path, request }: Pick<Interaction, 'path' | 'request'>): string {
    const next = this.#left.find((one) => one.path === path)
    if (next === undefined) return `it holds no further answer to \`${path}\``
    return `the agent asks something else than was recorded, first at ${firstDifference(next.request, request)}`
  }
}

/** Where two values first differ, and what stands there. */
export function firstDifference(was: Json, now: Json, at = 'the body'): string {
  if (isJsonObject(was) && isJsonObject(now)) {
    const name = [...new Set([...Object.keys(was), ...Object.keys(now)])].find(
      (key) => canonicalJson(was[key] ?? null) !== canonicalJson(now[key] ?? null),
    )
    if (name !== undefined) return firstDifference(was[name] ?? null, now[name] ?? null, at === 'the body' ? name : `${at}.${name}`)
  }
  if (Array.isArray(was) && Array.isArray(now)) {
    const [before, after] = [was as readonly Json[], now as readonly Json[]]
    const index = Array.from({ length: Math.max(before.length, after.length) }).findIndex(
      (_, place) => canonicalJson(before[place] ?? null) !== canonicalJson(after[place] ?? null),
    )
    if (index !== -1) return firstDifference(before[index] ?? null, after[index] ?? null, `${at}.${index}`)
  }
  return `\`${at}\`: ${short(was)} was recorded, ${short(now)} is asked`
}

function short(value: Json): string {
  const text = JSON.stringify(value)
  return text.length > 120 ? `${text.slice(0, 120).toWellFormed()}…` : text
}
