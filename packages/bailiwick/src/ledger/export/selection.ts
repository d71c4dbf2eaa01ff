import type { EntryType, SinkFilters } from '../../model/export.ts'
import type { Response } from '../../model/vocabulary.ts'
import type { ExportRecord } from './export-record.ts'

/** Which records are wanted: those that fit every condition. A condition that an entry cannot fit, such as an agent for a new ruleset, leaves it out. */
export interface Selection extends SinkFilters {
  readonly session?: string | undefined
  /** Milliseconds since 1970, inclusive. */
  readonly since?: number | undefined
  /** Milliseconds since 1970, exclusive. */
  readonly until?: number | undefined
}

/** Whether a record is wanted. The outcome of a call is taken for what was decided about it. */
export function selects(selection: Selection, record: ExportRecord): boolean {
  const { entry, decision, party } = record
  const { session, since, until, agents, responses, labels, types } = selection
  if (types !== undefined && !types.includes(entry.type satisfies EntryType)) return false
  if (session !== undefined && entry.session !== session) return false
  if (agents !== undefined && !(party !== null && agents.includes(party.agent))) return false
  if (responses !== undefined && !(decision !== null && responses.includes(decision.response satisfies Response))) return false
  if (labels !== undefined && !labels.some((label) => labelsOf(record).includes(label))) return false
  if (since === undefined && until === undefined) return true
  const time = Date.parse(entry.time)
  return time >= (since ?? -Infinity) && time < (until ?? Infinity)
}

/** Labels that the session of a call held, and those that its result carried. */
export function labelsOf({ entry, decision }: ExportRecord): readonly string[] {
  const held = decision?.labels ?? []
  return entry.type === 'outcome' ? [...new Set([...held, ...entry.labels])] : held
}
