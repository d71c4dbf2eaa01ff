import { streamOf } from '../../model/fact.ts'
import type { EventPattern, Fact, Stream } from '../../model/fact.ts'
import type { ValuePath } from '../../model/value-path.ts'
import type { FactScope } from '../../model/vocabulary.ts'

/** A pattern of a fact that events of some tool may meet. */
export interface Watcher {
  /** The fact's place in the plan. */
  readonly fact: number
  readonly index: number
  readonly pattern: EventPattern
  readonly stream: Stream
  /** Whether it looks at arguments or results, which can be erased, and not only at what the ledger keeps for good. */
  readonly readsValues: boolean
  /** What is told apart in each event: null when it is only whether it happened. */
  readonly apart: ValuePath | null
}

/** The facts about one kind of past, and which of them an event can concern. Made once for each ruleset. */
export interface FactPlan {
  readonly facts: readonly Fact[]
  /** Where a fact stands in `facts`, by name. */
  readonly places: ReadonlyMap<string, number>
  readonly calls: ReadonlyMap<string, readonly Watcher[]>
  readonly outcomes: ReadonlyMap<string, readonly Watcher[]>
  /** The stream that matters at the time of a call, for each fact. */
  readonly streams: readonly Stream[]
}

export function factPlan(all: Iterable<Fact>, over: FactScope): FactPlan {
  const facts = [...all].filter((fact) => fact.over === over)
  const calls = new Map<string, Watcher[]>()
  const outcomes = new Map<string, Watcher[]>()
  for (const [place, fact] of facts.entries())
    for (const [index, pattern] of fact.patterns.entries())
      for (const tool of pattern.tools) {
        const watchers = pattern.kind === 'call' ? calls : outcomes
        const known = watchers.get(tool)
        const watcher = {
          fact: place,
          index,
          pattern,
          stream: streamOf(pattern),
          readsValues: readsValues(fact, pattern),
          apart: apartIn(fact, pattern),
        }
        if (known === undefined) watchers.set(tool, [watcher])
        else known.push(watcher)
      }
  return {
    facts,
    places: new Map(facts.map((fact, place) => [fact.name, place])),
    calls,
    outcomes,
    streams: facts.map((fact) => streamOf(fact.patterns.at(-1) as EventPattern)),
  }
}

function apartIn({ operator, of, patterns }: Fact, { by }: EventPattern): ValuePath | null {
  if (operator === 'distinct') return of
  return operator === 'count' || patterns.length > 1 ? by : null
}

function readsValues({ of }: Fact, { where, same, by }: EventPattern): boolean {
  return [...where.map(({ path }) => path), ...same.map(({ past }) => past), by, of].some(
    (path) => path?.of === 'input' || path?.of === 'output',
  )
}
