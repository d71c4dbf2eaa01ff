import type { FactValues } from '../../model/fact.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { ValuePath } from '../../model/value-path.ts'
import type { OutcomeStatus, Response } from '../../model/vocabulary.ts'

/** What a call is to facts, whether it is at hand or past. */
export interface Occasion {
  /** `toolbox.tool` */
  readonly tool: string
  readonly agent: string
  readonly person: string | null
  readonly goal: string
  readonly session: string
  readonly params: JsonObject
  /** The arguments as the agent gave them. */
  readonly input: JsonObject
}

/** A call that was decided, or the outcome of one. */
export type PastEvent = PastCall | PastOutcome

export interface PastCall extends Occasion {
  readonly kind: 'call'
  /** The final answer: a call that waits for a person is no event before it is answered. */
  readonly response: Response
  /** What the facts were when the call was decided, as far as they were asked for. */
  readonly facts: FactValues
}

export interface PastOutcome extends Occasion {
  readonly kind: 'outcome'
  readonly response: Response
  readonly facts: FactValues
  readonly status: OutcomeStatus
  /** The labels that the result carried into the session. */
  readonly labels: readonly string[]
  /** The structured result; null when there was none. */
  readonly output: Json
}

/** The value under a path as it stands; undefined when there is none. Null counts as absent. */
export function valueAt(path: ValuePath, event: Occasion | PastEvent): Json | undefined {
  const root = rootOf(path, event)
  let value: Json | undefined = root
  for (const name of 'names' in path ? path.names : []) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as JsonObject)[name]
  }
  return value ?? undefined
}

/** The values under a path, a list taken apart into its items at every step; empty when there is none. */
export function valuesAt(path: ValuePath, event: Occasion | PastEvent): Json[] {
  let values: Json[] = itemsOf(rootOf(path, event))
  for (const name of 'names' in path ? path.names : [])
    values = values.flatMap((value) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? itemsOf((value as JsonObject)[name]) : [],
    )
  return values
}

function itemsOf(value: Json | undefined): Json[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? (value as readonly Json[]).flatMap(itemsOf) : [value]
}

function rootOf(path: ValuePath, event: Occasion | PastEvent): Json | undefined {
  switch (path.of) {
    case 'output':
      return 'output' in event ? event.output : undefined
    case 'facts':
      return 'facts' in event ? event.facts : undefined
    default:
      return event[path.of]
  }
}
