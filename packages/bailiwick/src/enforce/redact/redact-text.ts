import { foldText } from './fold-text.ts'
import type { KindDetectors } from './kind-detectors.ts'
import type { TextRange } from './text-range.ts'

/** One value found in a text: what it is, and what stood there. */
export type OnFound = (kind: string, value: string) => void

/** What stands where a value was. */
export function placeholder(kind: string | null): string {
  return kind === null ? '[redacted]' : `[redacted:${kind}]`
}

/** Taking one value out can bring another to light, never more than a few times over. */
const mostRounds = 8

/** Takes every value of a kind out of a text; what stands around them stays as it was. */
export function redactText(text: string, kind: string, detectors: KindDetectors, onFound: OnFound): string {
  let rest = text
  for (let round = 0; round < mostRounds; round += 1) {
    const found = rangesOf(rest, kind, detectors)
    if (found.length === 0) return rest
    const parts: string[] = []
    let from = 0
    for (const { start, end, kind: concrete } of found) {
      onFound(concrete, rest.slice(start, end))
      parts.push(rest.slice(from, start), placeholder(concrete))
      from = end
    }
    rest = `${parts.join('')}${rest.slice(from)}`
  }
  return rest
}

interface Found {
  readonly start: number
  end: number
  readonly kind: string
}

/** What a kind's detectors find, in order, overlapping finds as one, without what lies in a placeholder. */
function rangesOf(text: string, kind: string, detectors: KindDetectors): Found[] {
  const folded = foldText(text)
  const marks = placeholders(text, detectors.kinds)
  const all = detectors.of(kind).flatMap(({ kind: concrete, detect }) =>
    detect(folded.text).map((range): Found => {
      const [start, end] = folded.original(...range)
      return { start, end, kind: concrete }
    }),
  )
  const merged: Found[] = []
  for (const one of all.sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1)
    if (last !== undefined && one.start < last.end) last.end = Math.max(last.end, one.end)
    else merged.push(one)
  }
  return marks.length === 0 ? merged : merged.filter((one) => !within(one, marks))
}

/** Only those of kinds that there are: anything else between such brackets may be what is looked for. */
function placeholders(text: string, kinds: ReadonlySet<string>): TextRange[] {
  const marks = text.matchAll(/\[redacted(?::([a-z][a-z0-9-]{0,62}))?\]/g)
  return [...marks].filter(([, kind]) => kind === undefined || kinds.has(kind)).map(({ index, 0: mark }) => [index, index + mark.length])
}

/** Both lists are in order, but one find is looked up alone: a binary search. */
function within({ start, end }: Found, marks: readonly TextRange[]): boolean {
  let low = 0
  let high = marks.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((marks[middle] as TextRange)[0] <= start) low = middle + 1
    else high = middle
  }
  const mark = marks[low - 1]
  return mark !== undefined && end <= mark[1]
}
