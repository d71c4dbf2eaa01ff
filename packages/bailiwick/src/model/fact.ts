import type { Frame } from './frame.ts'
import type { ValuePath } from './value-path.ts'
import type { FactScope, OutcomeStatus, Response } from './vocabulary.ts'

/** How far back a fact may look at most, in milliseconds. */
export const longestWindow: number = 366 * 86_400_000

export const factOperators = ['formerly', 'previous', 'since', 'count', 'sum', 'distinct'] as const
export type FactOperator = (typeof factOperators)[number]

/** A value of a fact: true or false, a whole number, or the text of a Cedar `decimal`. */
export type FactValue = boolean | number | string
export type FactValues = Readonly<Record<string, FactValue>>

/** A named statement about the past, compiled. What happened `within` milliseconds before the call counts, the bound included. */
export interface Fact {
  readonly name: string
  readonly over: FactScope
  readonly within: number
  readonly operator: FactOperator
  readonly type: 'Bool' | 'Long' | 'decimal'
  /** `formerly`: what must all have happened. `since`: the beginning, then what ends it. Else the one thing looked for. */
  readonly patterns: readonly [EventPattern, ...EventPattern[]]
  /** `since`: whether the second pattern must not be met, or nothing else may happen; null for the other operators. */
  readonly meanwhile: 'never' | 'always' | null
  /** What `sum` adds and `distinct` tells apart; null for the other operators. */
  readonly of: ValuePath | null
}

/** What a call or an outcome must be like to be meant by a fact. */
export interface EventPattern {
  readonly kind: 'call' | 'outcome'
  /** The tools of the inventory that it can be about, by `toolbox.tool`. */
  readonly tools: ReadonlySet<string>
  /** How the call was decided; an outcome is always that of a call let through. */
  readonly responses: ReadonlySet<Response>
  /** How the call ended; empty for calls. */
  readonly statuses: ReadonlySet<OutcomeStatus>
  /** One of these the result must have carried into the session; null when it does not matter. */
  readonly labels: ReadonlySet<string> | null
  readonly where: readonly { readonly path: ValuePath; readonly frame: Frame }[]
  /** What must be equal in the past event and in the call at hand. */
  readonly same: readonly { readonly past: ValuePath; readonly present: ValuePath }[]
  /** The value that the events counted, or the several events of a `formerly`, have in common; null when it does not matter. */
  readonly by: ValuePath | null
}

/** Events that `previous` and `always` take as neighbours: calls let through, all calls decided, or outcomes. */
export type Stream = 'admitted' | 'decided' | 'outcomes'

export function streamOf(pattern: EventPattern): Stream {
  if (pattern.kind === 'outcome') return 'outcomes'
  return pattern.responses.has('deny') ? 'decided' : 'admitted'
}
