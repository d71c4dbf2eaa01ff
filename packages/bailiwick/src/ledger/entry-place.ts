import { isJsonObject, jsonIn } from '../model/json.ts'
import type { LedgerStore } from './ledger-store.ts'

/** Where an entry stands, in words, with its time where it says one: for a ledger that may have been altered. */
export async function entryPlace(store: LedgerStore, index: number): Promise<string> {
  const [body] = await store.entries(index, 1)
  const time = body === undefined ? null : timeOf(Buffer.from(body).toString('utf8'))
  return time === null ? `entry ${index}` : `entry ${index} of ${time}`
}

function timeOf(text: string): string | null {
  const entry = jsonIn(text)
  return isJsonObject(entry) && typeof entry['time'] === 'string' ? entry['time'] : null
}
