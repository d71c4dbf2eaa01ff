import { canonicalJson, isJsonObject } from '../model/json.ts'
import { letsThrough } from '../model/vocabulary.ts'
import { isGenuine } from './commitment.ts'
import { commitmentsOf } from './commitments-of.ts'
import type { LedgerEntry } from './entry.ts'
import type { LedgerStore } from './ledger-store.ts'
import { chainProblems } from './session-chain.ts'

/** What the entries read so far amount to. */
export interface Seen {
  /** Calls that were let through and have no outcome yet. */
  readonly open: Set<string>
  /** Approvals that were used up. */
  readonly approvals: Set<string>
  /** The leaf hash of each session's newest entry, in hex. */
  readonly sessions: Map<string, string>
  /** Sessions whose payloads were erased. */
  readonly erased: Set<string>
  /** Entries with a payload that is not there. */
  readonly missing: { readonly index: number; readonly session: string | null }[]
  decisions: number
  outcomes: number
  payloads: number
}

export function nothingSeen(): Seen {
  return {
    open: new Set(),
    approvals: new Set(),
    sessions: new Map(),
    erased: new Set(),
    missing: [],
    decisions: 0,
    outcomes: 0,
    payloads: 0,
  }
}

/**
 * What is wrong with an entry by itself, after those that were seen before it, which it adds to: that it is not canonical, does not follow the
 * session's entry before it, is an outcome without its decision, uses an approval once more, or commits to another payload than is there.
 */
export async function entryProblems(store: LedgerStore, index: number, body: Uint8Array, leaf: Uint8Array, seen: Seen): Promise<string[]> {
  const text = Buffer.from(body).toString('utf8')
  let entry: LedgerEntry
  try {
    entry = JSON.parse(text) as LedgerEntry
    if (canonicalJson(entry) !== text) return [`entry ${index} is not canonical JSON`]
    if (!isJsonObject(entry)) return [`entry ${index} is not an object`]
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
    return [`entry ${index} is not JSON`]
  }
  const problems: string[] = chainProblems(index, entry, leaf, seen.sessions)
  if (entry.type === 'decision') {
    seen.decisions += 1
    if (letsThrough(entry.response)) seen.open.add(entry.call)
    const approval = entry.approval?.id
    if (approval !== undefined && seen.approvals.has(approval)) problems.push(`entry ${index} uses the approval \`${approval}\` once more`)
    if (approval !== undefined) seen.approvals.add(approval)
  } else if (entry.type === 'outcome') {
    seen.outcomes += 1
    if (!seen.open.delete(entry.call))
      problems.push(`entry ${index} is the outcome of the call \`${entry.call}\`, which was not let through or is closed already`)
  } else if (entry.type === 'erasure') seen.erased.add(entry.session)
  for (const [, commitment] of commitmentsOf(entry)) {
    if (!isJsonObject(commitment) || typeof commitment.hash !== 'string') {
      problems.push(`entry ${index} does not say which payload it commits to`)
      continue
    }
    const payload = await store.payload(commitment.hash)
    if (payload === null) {
      seen.missing.push({ index, session: entry.session })
      continue
    }
    seen.payloads += 1
    if (!isGenuine(payload)) problems.push(`the payload of entry ${index} is not the one that was committed to`)
  }
  return problems
}
