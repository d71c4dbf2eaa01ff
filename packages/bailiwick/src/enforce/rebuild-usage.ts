import { callKey } from '../decide/decide.ts'
import { SessionUsage } from '../decide/session-usage.ts'
import type { LedgerEntry } from '../ledger/entry.ts'
import type { LedgerStore } from '../ledger/ledger-store.ts'
import { letsThrough } from '../model/vocabulary.ts'

/** What a session has used up so far, read back from the ledger, so that a restart gives no agent its limits anew. */
export async function rebuildUsage(store: LedgerStore, session: string): Promise<SessionUsage> {
  const usage = new SessionUsage()
  for (const index of await store.indicesOf(session)) {
    const [body] = await store.entries(index, 1)
    if (body === undefined) continue
    const entry = JSON.parse(Buffer.from(body).toString('utf8')) as LedgerEntry
    if (entry.type === 'decision' && entry.response !== 'ask') {
      const payload = await store.payload(entry.arguments.hash)
      usage.decided({
        // A payload that was erased cannot be recognised again; its call then counts as one of its own.
        key: payload === null ? entry.call : callKey(entry.tool, JSON.parse(payload.body)),
        tool: entry.tool,
        allowed: letsThrough(entry.response),
        now: Date.parse(entry.time),
      })
    } else if (entry.type === 'outcome') usage.finished({ bytes: entry.bytes, labels: entry.labels })
  }
  return usage
}
