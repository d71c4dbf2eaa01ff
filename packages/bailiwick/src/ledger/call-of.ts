import { letsThrough } from '../model/vocabulary.ts'
import type { LedgerEntry } from './entry.ts'
import type { PendingEntry } from './ledger-store.ts'

/** The call that an entry opens or ends: of a tool, let through by a decision and ended by an outcome; or of a model. Null when it does neither. */
export function callOf(entry: LedgerEntry): PendingEntry['call'] {
  const { instance } = entry
  if (entry.type === 'decision' && letsThrough(entry.response)) return { id: entry.call, open: true, instance, session: entry.session }
  if (entry.type === 'model') return { id: entry.modelCall, open: entry.event === 'asked', instance, session: entry.session }
  if (entry.type === 'outcome') return { id: entry.call, open: false, instance, session: entry.session }
  return null
}
