import { inclusionProof, leafHash, openCheckpoint, TlogError, verifyInclusion } from '@bailiwick/tlog'
import type { NoteVerifier } from '@bailiwick/tlog'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { entryProblems, nothingSeen } from './entry-problems.ts'
import type { LedgerEntry } from './entry.ts'
import type { LedgerStore } from './ledger-store.ts'
import { nodeSha256 } from './node-sha256.ts'

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

/**
 * Checks one session alone, whatever the size of the ledger: its entries are a chain from its first to its newest, each is in the tree of the newest signed
 * head, and each payload is the one committed to. Entries are found by an index that is under no signature: the newest could have been taken out of it.
 * @throws BailiwickError `LEDGER_ENTRY_UNKNOWN` for a session without entries
 */
export async function verifySession(store: LedgerStore, verifier: NoteVerifier, session: string): Promise<SessionReport> {
  const indices = await store.indicesOf(session)
  const problems: string[] = []
  const head = await openHead(store, verifier, problems)
  const seen = nothingSeen()
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
    const own = await entryProblems(store, index, body, leaf, seen)
    if (own.length === 0 && (JSON.parse(Buffer.from(body).toString('utf8')) as LedgerEntry).session !== session)
      own.push(`entry ${index} is not of the session`)
    problems.push(...own)
    if (head === null || index >= head.size) continue
    signed += 1
    const proof = inclusionProof(nodeSha256, index, head.size, store.nodes())
    if (!verifyInclusion(nodeSha256, { leaf, index, size: head.size, proof, root: head.root }))
      problems.push(`entry ${index} is not the one that the signed head of ${head.size} entries covers`)
  }
  if (entries === 0) throw new BailiwickError('LEDGER_ENTRY_UNKNOWN', `the ledger has no entry of a session \`${session}\``)
  const erased = seen.erased.has(session)
  if (!erased)
    for (const { index } of seen.missing) problems.push(`the payload of entry ${index} is missing, and no erasure of it is recorded`)
  const { decisions, outcomes, payloads, open } = seen
  return { ok: problems.length === 0, session, entries, signed, decisions, outcomes, open: open.size, payloads, erased, problems }
}

async function openHead(
  store: LedgerStore,
  verifier: NoteVerifier,
  problems: string[],
): Promise<{ size: number; root: Uint8Array } | null> {
  const head = await store.head()
  if (head === null) {
    problems.push('no head was ever signed')
    return null
  }
  try {
    return await openCheckpoint(head.note, [verifier], verifier.key.name)
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    problems.push(`the signed head is not genuine: ${error.message}`)
    return null
  }
}
