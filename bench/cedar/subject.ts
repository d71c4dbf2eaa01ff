import type { Ask, Case } from './rules.ts'

/** An engine that is measured. */
export interface Subject {
  /** `bailiwick`, or the peer's npm name without its scope. */
  readonly name: string
  /** Why the engine cannot express a case; null when it can. */
  readonly cannot: (one: Case) => string | null
  /** Loads the rules, and whatever the engine lets one prepare before the first request. */
  readonly load: (one: Case) => Promise<Loaded>
}

/** Makes a request in the engine's own form, so that only deciding is timed. */
export type Loaded = (ask: Ask) => Question

interface Question {
  readonly decide: () => unknown
  /** The answer; `reasons` are the ids of the determining rules, null where the engine does not tell them all. */
  readonly verdict: () => { readonly allowed: boolean; readonly reasons: readonly string[] | null }
}
