import type { LedgerEntry } from './entry.ts'
import { noEntryBefore } from './ledger.ts'

/**
 * What is wrong with an entry as a link of its session's chain, given the leaf hashes of the sessions' newest entries, which it moves on. A session
 * that earlier builds began has entries without a link; its chain begins with the first that has one.
 */
export function chainProblems(
  index: number,
  { session, previous }: LedgerEntry,
  leaf: Uint8Array,
  sessions: Map<string, string>,
): string[] {
  if (session === null) return previous === undefined ? [] : [`entry ${index} is of no session and says what came before it`]
  const before = sessions.get(session)
  if (previous === undefined)
    return before === undefined ? [] : [`entry ${index} does not say which entry of the session \`${session}\` came before it`]
  sessions.set(session, Buffer.from(leaf).toString('hex'))
  if (previous === (before ?? noEntryBefore)) return []
  return [
    before === undefined
      ? `entry ${index} follows an entry of the session \`${session}\` that is not there`
      : `entry ${index} does not follow the entry of the session \`${session}\` before it: one was taken out, added or moved`,
  ]
}
