import type { Payload } from '../../src/ledger/commitment.ts'
import type { LedgerStore } from '../../src/ledger/ledger-store.ts'
import { readPayload } from '../../src/ledger/read-payload.ts'
import type { Json } from '../../src/model/json.ts'

/** The payload of a hash, of whichever entry commits to it; null when none does, or it is gone. */
export async function keptPayload(store: LedgerStore, hash: string): Promise<Payload | null> {
  for (let index = await store.size(); index > 0; index -= 1) {
    const payload = await store.payload(index - 1, hash)
    if (payload !== null) return payload
  }
  return null
}

/** What it holds, if it is genuine. */
export async function keptValue(store: LedgerStore, hash: string): Promise<Json | undefined> {
  for (let index = await store.size(); index > 0; index -= 1) {
    const value = await readPayload(store, index - 1, hash)
    if (value !== undefined) return value
  }
  return undefined
}
