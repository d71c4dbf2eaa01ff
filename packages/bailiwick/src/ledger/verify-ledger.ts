import { appendLeaves, leafHash, MemoryNodes, rootHash } from '@bailiwick/tlog'
import type { NoteVerifier, TreeNode } from '@bailiwick/tlog'
import { entryProblems, nothingSeen } from './entry-problems.ts'
import { nodeSha256 } from './node-sha256.ts'
import { checkSignedHead } from './signed-head.ts'
import type { LedgerStore } from './ledger-store.ts'

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
  /** Sessions whose payloads were erased, as the ledger says itself. */
  readonly erased: number
  /** Root of the whole tree, base64. */
  readonly root: string
  readonly problems: readonly string[]
}

const page = 1000

/**
 * Checks the whole ledger from its entries alone: recomputes the tree, compares it with the signed head and with the
 * stored nodes, checks that each entry is canonical, each session's entries are a chain, each outcome has its decision, no approval was used twice, and each
 * payload is the one committed to.
 */
export async function verifyLedger(
  store: LedgerStore,
  verifier: NoteVerifier,
  onProgress: (done: number, of: number) => void = () => {},
): Promise<LedgerReport> {
  const problems: string[] = []
  const nodes = new MemoryNodes()
  const seen = nothingSeen()
  let astray: TreeNode | undefined
  const entries = await store.size()
  let read = 0
  while (read < entries) {
    const bodies = await store.entries(read, page)
    if (bodies.length === 0) {
      problems.push(`entry ${read} is missing`)
      break
    }
    const leaves = bodies.map((body) => leafHash(nodeSha256, body))
    const grown = appendLeaves(nodeSha256, read, leaves, nodes)
    for (const node of grown.nodes) nodes.put(node)
    astray ??= firstAstray(store, grown.nodes)
    for (const [offset, body] of bodies.entries())
      problems.push(...(await entryProblems(store, read + offset, body, leaves[offset] as Uint8Array, seen)))
    read += bodies.length
    onProgress(read, entries)
  }
  const root = rootHash(nodeSha256, read, nodes)
  if (astray !== undefined)
    problems.push(`the stored tree does not fit the entries: its node at level ${astray.level}, index ${astray.index} is another`)
  const { signed, problem } = await checkSignedHead(store, verifier, nodes, read)
  if (problem !== null) problems.push(problem)
  else if (signed === 0 && read > 0) problems.push('no head was ever signed')
  const { decisions, outcomes, payloads, open, erased, missing } = seen
  for (const { index, session } of missing)
    if (session === null || !erased.has(session))
      problems.push(`the payload of entry ${index} is missing, and no erasure of it is recorded`)
  return {
    ok: problems.length === 0,
    entries,
    signed,
    decisions,
    outcomes,
    open: open.size,
    payloads,
    erased: erased.size,
    root: Buffer.from(root).toString('base64'),
    problems,
  }
}

/** The first of the nodes that is stored otherwise, or not at all. */
function firstAstray(store: LedgerStore, nodes: readonly TreeNode[]): TreeNode | undefined {
  for (const [level, ofLevel] of Map.groupBy(nodes, (node) => node.level)) {
    const stored = store.nodesFrom(level, (ofLevel[0] as TreeNode).index, ofLevel.length)
    const astray = ofLevel.find(({ hash }, offset) => {
      const found = stored[offset]
      return found === undefined || Buffer.compare(found, hash) !== 0
    })
    if (astray !== undefined) return astray
  }
  return undefined
}
