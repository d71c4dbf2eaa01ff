import { milliseconds } from '../../model/quantity.ts'
import type { LedgerEntry } from '../entry.ts'
import type { LedgerStore } from '../ledger-store.ts'
import { entryAt } from '../past-reader.ts'

/** How long what entries commit to is kept after the last entry of its session. */
export interface Retention {
  /** For every session, such as `400d`; for ever when absent. */
  readonly payloads?: string | undefined
  /** For sessions that carry a label; the shortest that applies counts. */
  readonly labels: Readonly<Record<string, string>>
}

/** A session whose time is over. */
export interface DueSession {
  readonly session: string
  /** Which of the durations it is. */
  readonly reason: string
}

const most = 100_000

/**
 * Sessions with payloads that are to be erased by now, oldest first. One that has not ended is left alone, however old.
 * @param now milliseconds since 1970
 */
export async function dueForErasure(
  store: LedgerStore,
  retention: Retention,
  now: number,
  hasEnded: (session: string) => Promise<boolean>,
): Promise<DueSession[]> {
  const { payloads, labels } = retention
  const rules = [
    ...(payloads === undefined ? [] : [{ label: null, duration: milliseconds(payloads), text: `payloads are kept for ${payloads}` }]),
    ...Object.entries(labels).map(([label, text]) => ({
      label,
      duration: milliseconds(text),
      text: `what carries \`${label}\` is kept for ${text}`,
    })),
  ].sort((a, b) => a.duration - b.duration)
  const shortest = rules[0]
  if (shortest === undefined) return []
  const due: DueSession[] = []
  for (const session of await store.sessionsInVault(now - shortest.duration, most)) {
    if (!(await hasEnded(session))) continue
    const { last, carried } = await lifeOf(store, session)
    const rule = rules.find(({ label, duration }) => (label === null || carried.has(label)) && last + duration < now)
    if (rule !== undefined) due.push({ session, reason: rule.text })
  }
  return due
}

/** When a session's last entry was written, erasures aside, and the labels that it ever carried. */
async function lifeOf(store: LedgerStore, session: string): Promise<{ readonly last: number; readonly carried: ReadonlySet<string> }> {
  let last = 0
  const carried = new Set<string>()
  for (const index of await store.indicesOf(session)) {
    const entry = await entryAt(store, index)
    if (entry === null || entry.type === 'erasure') continue
    last = Math.max(last, Date.parse(entry.time))
    for (const label of labelsOf(entry)) carried.add(label)
  }
  return { last, carried }
}

function labelsOf(entry: LedgerEntry): readonly string[] {
  return entry.type === 'decision' || entry.type === 'outcome' ? entry.labels : []
}
