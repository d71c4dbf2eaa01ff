import { callKey } from '../decide/decide.ts'
import { SessionUsage } from '../decide/session-usage.ts'
import type { LedgerStore } from '../ledger/ledger-store.ts'
import { entryAt } from '../ledger/past-reader.ts'
import { readPayload } from '../ledger/read-payload.ts'
import { letsThrough } from '../model/vocabulary.ts'

/** What a session has used up so far, read back from the ledger, so that a restart gives no agent its limits anew. */
export async function rebuildUsage(store: LedgerStore, session: string): Promise<SessionUsage> {
  const usage = new SessionUsage()
  for (const index of await store.indicesOf(session)) {
    const entry = await entryAt(store, index)
    if (entry?.type === 'decision' && entry.response !== 'ask') {
      const args = await readPayload(store, entry.arguments.hash)
      usage.decided({
        // Arguments that were erased cannot be recognised again; their call then counts as one of its own.
        key: args === undefined ? entry.call : callKey(entry.tool, args),
        tool: entry.tool,
        allowed: letsThrough(entry.response),
        now: Date.parse(entry.time),
      })
    } else if (entry?.type === 'outcome') usage.finished({ bytes: entry.bytes, labels: entry.labels })
  }
  return usage
}
