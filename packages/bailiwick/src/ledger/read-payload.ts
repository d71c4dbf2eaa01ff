import type { Json } from '../model/json.ts'
import { isGenuine } from './commitment.ts'
import type { LedgerStore } from './ledger-store.ts'

/** What a commitment of an entry stands for; undefined when it was erased, or what is kept is not what was committed to. */
export async function readPayload(store: LedgerStore, index: number, hash: string): Promise<Json | undefined> {
  const payload = await store.payload(index, hash)
  return payload === null || !isGenuine(payload) ? undefined : (JSON.parse(payload.body) as Json)
}
