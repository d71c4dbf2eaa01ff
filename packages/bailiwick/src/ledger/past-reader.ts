import type { PastCall, PastEvent } from '../decide/facts/past-event.ts'
import type { DecisionEntry, LedgerEntry } from './entry.ts'
import type { LedgerStore } from './ledger-store.ts'
import { readPayload } from './read-payload.ts'
import { isJsonObject, jsonIn } from '../model/json.ts'
import type { Json, JsonObject } from '../model/json.ts'
import { jsonHazard } from '../model/json-hazard.ts'

/** A past event as the ledger tells it. */
export interface ReadEvent {
  readonly event: PastEvent
  readonly call: string
  /** Milliseconds since 1970. */
  readonly time: number
  /** True when arguments or result were asked for, and are gone or not genuine. */
  readonly lost: boolean
}

interface OpenCall {
  readonly call: PastCall
  readonly lost: boolean
  /** Where the decision stands in the ledger. */
  readonly index: number
}

/** Reads back from the ledger what facts are about. */
export class PastReader {
  readonly #store: LedgerStore
  readonly #needs: (kind: PastEvent['kind'], tool: string) => boolean
  /** Calls let through whose outcome has not been read. */
  readonly #open = new Map<string, OpenCall>()

  /** @param needs whether arguments or results of a tool will be looked at */
  constructor(store: LedgerStore, needs: (kind: PastEvent['kind'], tool: string) => boolean) {
    this.#store = store
    this.#needs = needs
  }

  /** Calls that were read and whose outcome was not, with where their decisions stand. */
  get open(): readonly { readonly call: string; readonly index: number }[] {
    return [...this.#open].map(([call, { index }]) => ({ call, index }))
  }

  isOpen(call: string): boolean {
    return this.#open.has(call)
  }

  /** Told once the outcome of a call has been taken in. */
  close(call: string): void {
    this.#open.delete(call)
  }

  /** The event of an entry; null for one that is about something else, or about a call that still waits for a person. */
  async read(entry: LedgerEntry, index: number): Promise<ReadEvent | null> {
    const time = Date.parse(entry.time)
    if (entry.type === 'decision') {
      if (entry.response === 'ask') return null
      const { call, lost } = await this.#callOf(entry, index)
      if (entry.response !== 'deny') this.#open.set(entry.call, { call, lost, index })
      return { event: call, call: entry.call, time, lost }
    }
    if (entry.type !== 'outcome') return null
    const opened = this.#open.get(entry.call) ?? (await this.#decisionOf(entry.call))
    if (opened === null) return null
    const needed = this.#needs('outcome', opened.call.tool)
    const recorded = needed && entry.result !== null ? await readPayload(this.#store, index, entry.result.hash) : null
    const { status, labels } = entry
    return {
      event: { ...opened.call, kind: 'outcome', status, labels, output: outputOf(recorded) },
      call: entry.call,
      time,
      lost: needed && (recorded === undefined || opened.lost),
    }
  }

  async #callOf(entry: DecisionEntry, index: number): Promise<{ call: PastCall; lost: boolean }> {
    const { tool, agent, person, goal, session, params, response, facts = {} } = entry
    const needed = this.#needs('call', tool) || this.#needs('outcome', tool)
    const input = needed ? await readPayload(this.#store, index, entry.arguments.hash) : {}
    return {
      call: { kind: 'call', tool, agent, person, goal, session, params, response, facts, input: isJsonObject(input) ? input : {} },
      lost: input === undefined,
    }
  }

  async #decisionOf(call: string): Promise<{ readonly call: PastCall; readonly lost: boolean } | null> {
    for (const index of await this.#store.indicesOf(call)) {
      const entry = await entryAt(this.#store, index)
      if (entry?.type === 'decision' && entry.response !== 'ask') return this.#callOf(entry, index)
    }
    return null
  }
}

/** The entry at an index; null when the ledger holds none there. */
export async function entryAt(store: LedgerStore, index: number): Promise<LedgerEntry | null> {
  const [body] = await store.entries(index, 1)
  return body === undefined ? null : (JSON.parse(Buffer.from(body).toString('utf8')) as LedgerEntry)
}

/**
 * What a tool's result says in structured form: its `structuredContent`, or else its first text where that is a JSON object and
 * would be taken as a message; null otherwise.
 */
export function outputOf(recorded: unknown): JsonObject | null {
  if (!isJsonObject(recorded)) return null
  const { structuredContent, content } = recorded
  if (isJsonObject(structuredContent)) return structuredContent
  const [first] = Array.isArray(content) ? (content as readonly Json[]) : []
  const text = isJsonObject(first) && first['type'] === 'text' ? first['text'] : undefined
  // A text that only begins like JSON is a text, which facts cannot look into.
  const said = typeof text === 'string' && text.trimStart().startsWith('{') && jsonHazard(text) === null ? jsonIn(text) : null
  return isJsonObject(said) ? said : null
}
