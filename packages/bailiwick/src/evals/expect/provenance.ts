import type { Json } from '../../model/json.ts'
import type { RunTrace } from './run-trace.ts'
import type { Provenance } from './expectations.ts'

const untrusted = 'untrusted'
/** Shorter texts turn up everywhere by chance. */
const shortest = 3

/**
 * Where each text and number inside a value can have come from, judged by where it stood before: among the goal's parameters, in the person's
 * words, in a result of a tool (whose labels say whether it is trusted), or nowhere, so that the model made it up. One that stood in several
 * places came from the most trusted of them. A text that is put together from several sources is taken to be of the model.
 *
 * @param before how many calls of the run came first
 */
export function provenanceOf(value: Json, trace: RunTrace, before: number): ReadonlySet<Provenance> {
  const sources = sourcesOf(trace, before)
  return new Set(leaves(value).map((leaf) => sources.find(({ holds }) => holds(leaf))?.provenance ?? 'model'))
}

interface Source {
  readonly provenance: Provenance
  readonly holds: (leaf: string) => boolean
}

function sourcesOf({ params, request, calls }: RunTrace, before: number): Source[] {
  const results = calls.slice(0, before).filter((call) => call.result !== null)
  const texts = (trusted: boolean): string[] =>
    results.filter((call) => call.gained.includes(untrusted) !== trusted).map((call) => leaves(call.result as Json).join('\n'))
  const among = (all: readonly string[]) => (leaf: string) => all.includes(leaf)
  const within = (all: readonly string[]) => (leaf: string) =>
    all.some((text) => (leaf.length < shortest ? text === leaf : text.includes(leaf)))
  return [
    { provenance: 'goal', holds: among(leaves(params)) },
    { provenance: 'request', holds: within(request === null ? [] : [request]) },
    { provenance: 'trusted', holds: within(texts(true)) },
    { provenance: 'untrusted', holds: within(texts(false)) },
  ]
}

function leaves(value: Json): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'number') return [String(value)]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap((inner: Json) => leaves(inner))
}
