import { callKey } from '../decide/decide.ts'
import type { SessionUsage } from '../decide/session-usage.ts'
import type { LedgerEntry } from '../ledger/entry.ts'
import type { LedgerStore } from '../ledger/ledger-store.ts'
import { readPayload } from '../ledger/read-payload.ts'
import { letsThrough } from '../model/vocabulary.ts'

/** What an entry says that its session has used up, to be noted in its usage; null for one that says nothing of that. */
export async function usageOfEntry(store: LedgerStore, index: number, entry: LedgerEntry): Promise<((usage: SessionUsage) => void) | null> {
  if (entry.type === 'outcome') {
    const { bytes, labels } = entry
    return (usage) => usage.finished({ bytes, labels })
  }
  if (entry.type !== 'decision' || entry.response === 'ask') return null
  const args = await readPayload(store, index, entry.arguments.hash)
  const call = {
    // Arguments that were erased cannot be recognised again; their call then counts as one of its own.
    key: args === undefined ? entry.call : callKey(entry.tool, args),
    tool: entry.tool,
    allowed: letsThrough(entry.response),
    now: Date.parse(entry.time),
  }
  return (usage) => usage.decided(call)
}
