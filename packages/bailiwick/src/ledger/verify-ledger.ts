import { appendLeaves, leafHash, MemoryNodes, openCheckpoint, rootHash, TlogError } from '@bailiwick/tlog'
import type { NoteVerifier } from '@bailiwick/tlog'
import { canonicalJson } from '../model/json.ts'
import type { LedgerEntry } from './entry.ts'
import { nodeSha256 } from './ledger.ts'
import type { LedgerStore } from './ledger-store.ts'
import { isGenuine } from './commitment.ts'
import type { Commitment } from './commitment.ts'

export interface LedgerReport {
  readonly ok: boolean
  /** Entries in the store. */
  readonly entries: number
  /** Entries that the newest signed head covers. */
  readonly signed: number
  readonly decisions: number
  readonly outcomes: number
  /** Calls that were let through and have no outcome yet. */
  readonly open: number
  readonly payloads: number
  /** Root of the whole tree, base64. */
  readonly root: string
  readonly problems: readonly string[]
}

const page = 1000

/**
 * Checks the whole ledger from its entries alone: recomputes the tree, compares it with the signed head and with the
 * stored nodes, checks that each entry is canonical, each outcome has its decision, and each payload is the one committed to.
 */
export async function verifyLedger(
  store: LedgerStore,
  verifier: NoteVerifier,
  onProgress: (done: number, of: number) => void = () => {},
): Promise<LedgerReport> {
  const problems: string[] = []
  const nodes = new MemoryNodes()
  const allowed = new Set<string>()
  const counts = { decisions: 0, outcomes: 0, payloads: 0 }
  const entries = await store.size()
  let read = 0
  while (read < entries) {
    const bodies = await store.entries(read, page)
    if (bodies.length === 0) {
      problems.push(`entry ${read} is missing`)
      break
    }
    const grown = appendLeaves(
      nodeSha256,
      read,
      bodies.map((body) => leafHash(nodeSha256, body)),
      nodes,
    )
    for (const node of grown.nodes) nodes.put(node)
    for (const [offset, body] of bodies.entries()) problems.push(...(await entryProblems(store, read + offset, body, allowed, counts)))
    read += bodies.length
    onProgress(read, entries)
  }
  const root = rootHash(nodeSha256, read, nodes)
  if (problems.length === 0 && Buffer.compare(root, rootHash(nodeSha256, entries, store.nodes())) !== 0)
    problems.push('the stored tree does not fit the entries')
  const signed = await headProblems(store, verifier, nodes, read, problems)
  return { ok: problems.length === 0, entries, signed, ...counts, open: allowed.size, root: Buffer.from(root).toString('base64'), problems }
}

async function headProblems(
  store: LedgerStore,
  verifier: NoteVerifier,
  nodes: MemoryNodes,
  entries: number,
  problems: string[],
): Promise<number> {
  const head = await store.head()
  if (head === null) {
    if (entries > 0) problems.push('no head was ever signed')
    return 0
  }
  try {
    const opened = await openCheckpoint(head.note, [verifier], verifier.key.name)
    if (opened.size > entries)
      problems.push(`the signed head covers ${opened.size} entries, but there are ${entries}: the end of the ledger is missing`)
    else if (Buffer.compare(opened.root, rootHash(nodeSha256, opened.size, nodes)) !== 0)
      problems.push(`the entries do not fit the head that was signed over the first ${opened.size}`)
    return opened.size
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    problems.push(`the signed head is not genuine: ${error.message}`)
    return 0
  }
}

async function entryProblems(
  store: LedgerStore,
  index: number,
  body: Uint8Array,
  allowed: Set<string>,
  counts: { decisions: number; outcomes: number; payloads: number },
): Promise<string[]> {
  const text = Buffer.from(body).toString('utf8')
  let entry: LedgerEntry
  try {
    entry = JSON.parse(text) as LedgerEntry
    if (canonicalJson(entry) !== text) return [`entry ${index} is not canonical JSON`]
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
    return [`entry ${index} is not JSON`]
  }
  const problems: string[] = []
  const commitments: (Commitment | null)[] = []
  if (entry.type === 'decision') {
    counts.decisions += 1
    commitments.push(entry.arguments)
    if (entry.response !== 'deny' && entry.response !== 'ask') allowed.add(entry.call)
  } else if (entry.type === 'outcome') {
    counts.outcomes += 1
    commitments.push(entry.result)
    if (!allowed.delete(entry.call))
      problems.push(`entry ${index} is the outcome of the call \`${entry.call}\`, which was not let through or is closed already`)
  } else if (entry.type === 'session') commitments.push(entry.request)
  for (const commitment of commitments) {
    if (commitment === null) continue
    const payload = await store.payload(commitment.hash)
    if (payload === null) continue
    counts.payloads += 1
    if (!isGenuine(payload)) problems.push(`the payload of entry ${index} is not the one that was committed to`)
  }
  return problems
}
