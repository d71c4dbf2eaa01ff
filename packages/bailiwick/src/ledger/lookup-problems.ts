import { setImmediate } from 'node:timers/promises'
import { IndexDigest } from './index-digest.ts'
import type { LedgerStore } from './ledger-store.ts'
import type { Findings } from './range-findings.ts'

/** Rows after which others get their turn. */
const slice = 20_000

/** Sums up the index of the first entries; see `IndexDigest`. */
export async function sumIndex(store: LedgerStore, digestKey: string, entries: number): Promise<Uint32Array> {
  const digest = new IndexDigest(digestKey)
  const sums = new Uint32Array(2 * entries)
  let rows = 0
  for (const [subject, index] of store.indexRows()) {
    if (index >= 0 && index < entries) digest.add(sums, 2 * index, subject)
    rows += 1
    if (rows % slice === 0) await setImmediate()
  }
  return sums
}

/** What is wrong with the sessions' heads, by which the next entry of each is linked, after so many entries. */
export async function sessionHeadProblems(store: LedgerStore, findings: Findings, entries: number): Promise<string[]> {
  const problems: string[] = []
  const left = new Set(findings.sessions)
  const moved = async (session: string): Promise<boolean> =>
    ((await store.lastIndicesOf(session, Number.MAX_SAFE_INTEGER, 1))[0] ?? -1) >= entries
  for (const [session, leaf] of store.sessionHeads()) {
    left.delete(session)
    if (findings.lastOf(session) === Buffer.from(leaf).toString('hex') || (await moved(session))) continue
    problems.push(`the next entry of the session \`${session}\` would be linked to another than its newest`)
  }
  for (const session of left)
    if (!(await moved(session))) problems.push(`the next entry of the session \`${session}\` would be linked to none before it`)
  return problems
}

/** What is wrong with the list of open calls, from which calls that a crash left open are closed, after so many entries. */
export async function openCallProblems(store: LedgerStore, open: ReadonlySet<string>, entries: number): Promise<string[]> {
  const listed = new Set((await store.openCalls()).map(({ id }) => id))
  const later = async (call: string): Promise<boolean> => (await store.indicesOf(call, entries - 1)).length > 0
  const problems: string[] = []
  for (const call of open)
    if (!listed.has(call) && !(await later(call)))
      problems.push(`the call \`${call}\` has no outcome and is not in the list of open calls: it would never be closed`)
  for (const call of listed)
    if (!open.has(call) && !(await later(call))) problems.push(`the call \`${call}\` is in the list of open calls, and is not open`)
  return problems
}
