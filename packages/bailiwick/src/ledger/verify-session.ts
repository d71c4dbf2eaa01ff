import { inclusionProof, leafHash, TlogError, verifyInclusion } from '@bailiwick/tlog'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { checkEntry } from './check-entry.ts'
import type { LedgerKeys } from './ledger-keys.ts'
import type { LedgerStore } from './ledger-store.ts'
import { nodeSha256 } from './node-sha256.ts'
import { Findings } from './range-findings.ts'

export interface SessionReport {
  readonly ok: boolean
  readonly session: string
  readonly entries: number
  /** Those of them that the newest signed head covers. */
  readonly signed: number
  readonly decisions: number
  readonly outcomes: number
  /** Calls that were let through and have no outcome yet. */
  readonly open: number
  readonly payloads: number
  readonly erased: boolean
  readonly problems: readonly string[]
}

const page = 1024

/**
 * Checks one session alone: its entries are a chain from its first to its newest, each is in the tree of the newest signed head, and each payload is the
 * one committed to. What was appended after its last entry is looked through for entries that the index, which is under no signature, no longer leads to.
 * @throws BailiwickError `LEDGER_ENTRY_UNKNOWN` for a session without entries
 */
export async function verifySession(store: LedgerStore, keys: LedgerKeys, session: string): Promise<SessionReport> {
  const indices = await store.indicesOf(session)
  const problems: string[] = []
  const head = await openHead(store, keys, problems)
  const findings = new Findings()
  let entries = 0
  let signed = 0
  for (const index of indices) {
    const [body] = await store.entries(index, 1)
    if (body === undefined) {
      problems.push(`entry ${index} is missing`)
      continue
    }
    entries += 1
    const leaf = leafHash(nodeSha256, body)
    const entry = await checkEntry(store, index, body, leaf, findings)
    if (entry !== null && entry.session !== session) problems.push(`entry ${index} is not of the session`)
    if (head === null || index >= head.size) continue
    signed += 1
    const proof = inclusionProof(nodeSha256, index, head.size, store.nodes())
    if (!verifyInclusion(nodeSha256, { leaf, index, size: head.size, proof, root: head.root }))
      problems.push(`entry ${index} is not the one that the signed head of ${head.size} entries covers`)
  }
  if (entries === 0) throw new BailiwickError('LEDGER_ENTRY_UNKNOWN', `the ledger has no entry of a session \`${session}\``)
  problems.push(...findings.problems(), ...(await newestProblems(store, session, indices.at(-1) as number)))
  const { decisions, outcomes, payloads, open, erased } = findings.range
  return {
    ok: problems.length === 0,
    session,
    entries,
    signed,
    decisions,
    outcomes,
    open: open.size,
    payloads,
    erased: erased.has(session),
    problems,
  }
}

/**
 * Entries of the session behind the last that the index leads to. No link leads forward, so all that was appended since is looked through; whoever
 * altered those so that they no longer name the session is betrayed by the tree.
 */
async function newestProblems(store: LedgerStore, session: string, last: number): Promise<string[]> {
  const mark = Buffer.from(`"session":${JSON.stringify(session)}`)
  for (let from = last + 1; ;) {
    const bodies = await store.entries(from, page)
    if (bodies.length === 0) return []
    const found = bodies.findIndex((body) => Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes(mark))
    if (found !== -1) return [`entry ${from + found} is of the session, and the index does not lead to it`]
    from += bodies.length
  }
}

async function openHead(store: LedgerStore, keys: LedgerKeys, problems: string[]): Promise<{ size: number; root: Uint8Array } | null> {
  const head = await store.head()
  if (head === null) {
    problems.push('no head was ever signed')
    return null
  }
  try {
    return await keys.open(head.note)
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    problems.push(`the signed head is not genuine: ${error.message}`)
    return null
  }
}
