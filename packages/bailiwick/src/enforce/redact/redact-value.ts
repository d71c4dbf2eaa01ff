import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import { redactionText } from '../../model/redaction.ts'
import type { Redaction } from '../../model/redaction.ts'
import { readJsonText, writeJsonText } from './json-text.ts'
import type { KindDetectors } from './kind-detectors.ts'
import { mapItems, mapMembers } from './map-json.ts'
import { placeholder, redactText } from './redact-text.ts'
import type { RedactionTally } from './redaction-tally.ts'
import { standIn } from './stand-in.ts'

/** Deeper than this nothing is looked into: it is withheld. */
const deepest = 200

export interface ValueRedactorOptions {
  readonly detectors: KindDetectors
  readonly tally: RedactionTally
  /** Puts values of the same form where whole texts were, instead of placeholders. */
  readonly standIns: boolean
}

/** Applies one redaction to JSON values. What is not touched stays the very same object. */
export class ValueRedactor {
  readonly #redaction: Redaction
  readonly #options: ValueRedactorOptions
  #reached = false

  constructor(redaction: Redaction, options: ValueRedactorOptions) {
    this.#redaction = redaction
    this.#options = options
  }

  /** Whether the path of the redaction has led to a value so far. */
  get reached(): boolean {
    return this.#reached
  }

  /** The value with what the redaction names taken out. */
  redact(value: Json): Json {
    return this.#follow(value, this.#redaction.path, 0)
  }

  /** On the way along the path. A list stands for each of its items; a text that is JSON for what it says. */
  #follow(value: Json, path: readonly string[], depth: number): Json {
    const [segment, ...rest] = path
    if (segment === undefined) {
      this.#reached = true
      return this.#redaction.kind === null ? this.#remove(value, depth) : this.#find(value, this.#redaction.kind, depth)
    }
    if (depth > deepest) return this.#withhold(value)
    if (typeof value === 'string') {
      const json = readJsonText(value)
      if (json === null) return value
      const redacted = this.#follow(json.value, path, depth + 1)
      return redacted === json.value ? value : writeJsonText(redacted, value)
    }
    if (Array.isArray(value)) {
      const chosen = /^\d+$/.test(segment) ? Number(segment) : null
      if (chosen !== null) return mapItems(value, (item, index) => (index === chosen ? this.#follow(item, rest, depth + 1) : item))
      return mapItems(value, (item) => this.#follow(item, segment === '*' ? rest : path, depth + 1))
    }
    if (!isJsonObject(value)) return value
    return mapMembers(value, (inner, key) => (segment === '*' || key === segment ? this.#follow(inner, rest, depth + 1) : inner))
  }

  /** Takes a value out as a whole and leaves one of the same type. */
  #remove(value: Json, depth: number): Json {
    const { tally, standIns } = this.#options
    const name = redactionText(this.#redaction)
    if (depth > deepest) return this.#withhold(value)
    if (Array.isArray(value)) {
      for (const item of value as readonly Json[]) this.#remove(item, depth + 1)
      return value.length === 0 ? value : []
    }
    if (isJsonObject(value)) return mapMembers(value, (inner) => this.#remove(inner, depth + 1))
    if (value === null) return null
    // One of two values says nothing by itself: it is not looked for elsewhere.
    if (typeof value === 'boolean') tally.withheld(name)
    else tally.add(name, typeof value === 'string' ? value : JSON.stringify(value))
    if (typeof value === 'string') return standIns ? standIn(null, value) : placeholder(null)
    return typeof value === 'number' ? 0 : false
  }

  /** Takes every value of a kind out of the texts, keys and numbers in a value. */
  #find(value: Json, kind: string, depth: number): Json {
    if (depth > deepest) return this.#withhold(value)
    if (typeof value === 'string') return this.#inText(value, kind, depth)
    if (typeof value === 'number') return this.#isFound(value, kind) ? 0 : value
    if (Array.isArray(value)) return mapItems(value, (item) => this.#find(item, kind, depth + 1))
    if (!isJsonObject(value)) return value
    const members = mapMembers(value, (inner) => this.#find(inner, kind, depth + 1))
    return renameKeys(members, (key) => this.#plain(key, kind))
  }

  #inText(text: string, kind: string, depth: number): Json {
    const json = readJsonText(text)
    let rest = text
    if (json?.exact === true) {
      const inside = this.#find(json.value, kind, depth + 1)
      if (inside !== json.value) rest = writeJsonText(inside, text)
    }
    const redacted = this.#plain(rest, kind)
    const concrete = this.#options.standIns ? /^\[redacted:([a-z0-9-]+)\]$/.exec(redacted)?.[1] : undefined
    return concrete === undefined || redacted === text ? redacted : standIn(concrete, text)
  }

  #plain(text: string, kind: string): string {
    const { detectors, tally } = this.#options
    return redactText(text, kind, detectors, (concrete, value) => tally.add(this.#name(concrete), value))
  }

  /** A number counts as its decimal text; one that no double holds exactly may have been a card number. */
  #isFound(value: number, kind: string): boolean {
    const text = Number.isInteger(value) && Math.abs(value) < 1e21 ? BigInt(value).toString() : String(value)
    if (this.#plain(text, kind) !== text) return true
    if ((kind !== 'card' && kind !== 'pii') || Number.isSafeInteger(value) || !/^\d{16,19}$/.test(text)) return false
    this.#options.tally.add(this.#name('card'), text)
    return true
  }

  #withhold(value: Json): Json {
    this.#options.tally.withheld(redactionText(this.#redaction))
    if (Array.isArray(value)) return []
    return isJsonObject(value) ? {} : typeof value === 'number' ? 0 : typeof value === 'boolean' ? false : placeholder(null)
  }

  #name(concrete: string): string {
    return redactionText({ ...this.#redaction, kind: concrete })
  }
}

/** Keys stay different from each other: a second of one name is numbered. */
function renameKeys(value: JsonObject, rename: (key: string) => string): JsonObject {
  const keys = Object.keys(value)
  const renamed = keys.map(rename)
  if (renamed.every((key, index) => key === keys[index])) return value
  const taken = new Set(renamed.filter((key, index) => key === keys[index]))
  const counts = new Map<string, number>()
  const unique = renamed.map((key, index) => {
    if (key === keys[index]) return key
    let count = counts.get(key) ?? 1
    let name = key
    while (taken.has(name)) {
      count += 1
      name = `${key} ${count}`
    }
    counts.set(key, count)
    taken.add(name)
    return name
  })
  return Object.fromEntries(unique.map((name, index) => [name, value[keys[index] as string] as Json]))
}
