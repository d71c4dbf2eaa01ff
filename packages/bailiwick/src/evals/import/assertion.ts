import type { JsonObject } from '../../model/json.ts'
import type { CallExpectation } from '../expect/expectations.ts'

/** An assertion of promptfoo, its templates filled in. */
export interface PromptfooAssertion {
  /** As written, such as `not-contains`. */
  readonly type: string
  /** Without `not-`. */
  readonly base: string
  readonly negated: boolean
  readonly value: unknown
  readonly threshold: unknown
}

/** What expects the same of a run here. */
export interface Carried {
  readonly calls?: readonly CallExpectation[]
  readonly contains?: readonly string[]
  readonly lacks?: readonly string[]
  readonly matches?: readonly string[]
  /** What the answer, read as JSON, must fit. */
  readonly schema?: JsonObject
  readonly cost?: number
  /** Milliseconds. */
  readonly time?: number
  /** In what it expects more or less than promptfoo would, one sentence each. */
  readonly notes?: readonly string[]
}

/** Why nothing here expects the same, and what to do instead; both go on after `: ` in a message. */
export interface NotCarried {
  readonly refused: string
  readonly mend: string
}

export function notCarried(refused: string, mend: string): NotCarried {
  return { refused, mend }
}
