import type { EventPattern } from '../../model/fact.ts'
import type { PastEvent } from './past-event.ts'
import { valueAt } from './past-event.ts'

const noScope = { params: {}, realPaths: {} }

/** Whether a past event is one that a pattern means. */
export function matches(pattern: EventPattern, event: PastEvent): boolean {
  if (event.kind !== pattern.kind || !pattern.tools.has(event.tool) || !pattern.responses.has(event.response)) return false
  if (event.kind === 'outcome') {
    if (!pattern.statuses.has(event.status)) return false
    if (pattern.labels !== null && !event.labels.some((label) => pattern.labels?.has(label))) return false
  }
  for (const { path, frame } of pattern.where) {
    const value = valueAt(path, event)
    if (value === undefined ? !frame.optional : frame.check(value, '', noScope) !== null) return false
  }
  return true
}
