import { commit, isGenuine } from '../../ledger/commitment.ts'
import type { LedgerEntry } from '../../ledger/entry.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { LedgerStore } from '../../ledger/ledger-store.ts'
import { inventorySubject } from '../../ledger/subject.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { inventoryItems } from './drift.ts'
import { findingKinds } from './inventory.ts'
import type { Inventory } from './inventory.ts'

/** Records an inventory in the ledger, its items as a payload beside the tree. Resolves with the number of the entry. */
export function recordInventory(ledger: Ledger, inventory: Inventory): Promise<number> {
  const { commitment, payload } = commit(Object.fromEntries(inventoryItems(inventory)))
  const counts = findingKinds.map((kind) => [kind, inventory.findings.filter((finding) => finding.kind === kind).length] as const)
  return ledger.append(
    {
      type: 'inventory',
      session: null,
      agents: inventory.agents.length,
      tools: inventory.tools.length,
      servers: inventory.servers.length,
      findings: Object.fromEntries(counts.filter(([, count]) => count > 0)),
      items: commitment,
    },
    [payload],
  )
}

/**
 * The items of the inventory that was recorded last; null when none was.
 * @throws BailiwickError `LEDGER_CORRUPT` when what is kept is not what was recorded
 */
export async function lastRecordedItems(store: LedgerStore): Promise<Readonly<Record<string, string>> | null> {
  const [index] = await store.lastIndicesOf(inventorySubject, await store.size(), 1)
  if (index === undefined) return null
  const [body] = await store.entries(index, 1)
  const entry = body === undefined ? null : (JSON.parse(Buffer.from(body).toString('utf8')) as LedgerEntry)
  if (entry?.type !== 'inventory') return null
  const payload = await store.payload(index, entry.items.hash)
  if (payload === null) return null
  if (!isGenuine(payload))
    throw new BailiwickError('LEDGER_CORRUPT', `the inventory of entry ${index} is not the one that was recorded`, {
      mend: 'restore the store from a copy; `bailiwick log verify` tells how far it is sound',
    })
  return JSON.parse(payload.body) as Record<string, string>
}
