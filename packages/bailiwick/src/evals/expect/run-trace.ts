import type { JsonObject } from '../../model/json.ts'
import type { OutcomeStatus, Response, Tier } from '../../model/vocabulary.ts'

/** One call of a run, read back from the receipts that it left. */
export interface TracedCall {
  readonly call: string
  readonly tool: string
  /** As the agent asked for it. */
  readonly arguments: JsonObject
  /** As the tool got them: the same, unless they were sanitised. */
  readonly performed: JsonObject
  /** The first answer: `ask` stays `ask`, also where a person then agreed. */
  readonly response: Response
  readonly tier: Tier
  readonly rule: string
  readonly reason: string
  /** Policies that had a part in it. */
  readonly policies: readonly string[]
  /** Whether it reached its tool in the end. */
  readonly through: boolean
  readonly approved: boolean
  /** Labels of the session before the call. */
  readonly labels: readonly string[]
  /** Labels that its result carried. */
  readonly gained: readonly string[]
  /** The result as the agent was shown it; null when there was none. */
  readonly result: JsonObject | null
  readonly status: OutcomeStatus | null
}

export interface ModelUsage {
  readonly requests: number
  readonly inputTokens: number
  readonly outputTokens: number
}

/** What happened in one run of an agent under test. */
export interface RunTrace {
  readonly params: JsonObject
  readonly request: string | null
  readonly calls: readonly TracedCall[]
  /** What the gateway refused that was no call, one line each. */
  readonly refused: readonly string[]
  /** Tools that texts were to be injected into and that never gave them to the agent. */
  readonly undelivered: readonly string[]
  /** Null when the agent gave none. */
  readonly answer: string | null
  /** Why the agent did not end by itself, or ended badly; null when it ended well. */
  readonly fault: string | null
  readonly usage: ModelUsage
  /** Null when no prices are known. */
  readonly cost: number | null
  /** Milliseconds. */
  readonly duration: number
  /** What the model was sent, one text for each request. */
  readonly prompts: readonly string[]
}
