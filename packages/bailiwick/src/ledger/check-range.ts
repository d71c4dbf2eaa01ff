import { appendLeaves, leafHash, MemoryNodes } from '@bailiwick/tlog'
import type { TreeNode } from '@bailiwick/tlog'
import { checkEntry } from './check-entry.ts'
import { firstAstray } from './first-astray.ts'
import { IndexDigest } from './index-digest.ts'
import type { LedgerStore } from './ledger-store.ts'
import { nodeSha256 } from './node-sha256.ts'
import { Findings } from './range-findings.ts'
import type { RangeFindings } from './range-findings.ts'
import { subjectsOf } from './subject.ts'

/** The level of the tree whose nodes each cover one range. */
export const rangeLevel = 12
/** Entries of a whole range. */
export const rangeSize: number = 2 ** rangeLevel

const page = 1024

/** A run of entries that is checked by itself. Plain data. */
export interface Range {
  /** A multiple of {@link rangeSize}. */
  readonly from: number
  /** At most {@link rangeSize}. */
  readonly count: number
  /** What the subjects are summed under; see `IndexDigest`. */
  readonly digestKey: string
  /** Whether every node below the range's own is wanted, and not that one alone. */
  readonly allNodes: boolean
}

/** What was found of a range. Plain data. */
export interface CheckedRange {
  /** Entries that were there, from the first without a gap. */
  readonly count: number
  /** The tree over them, as computed: of a whole range the one node above all, unless all are wanted; of another all. */
  readonly nodes: readonly TreeNode[]
  /** The first node that is stored otherwise, or not at all. */
  readonly astray: { readonly level: number; readonly index: number } | null
  /** Two sums for each entry, over what it says it is found by. */
  readonly subjects: Uint32Array
  readonly findings: RangeFindings
}

/** Checks the entries of a range, each by itself and all as far as one range can tell, and computes the tree over them. */
export async function checkRange(store: LedgerStore, { from, count, digestKey, allNodes }: Range): Promise<CheckedRange> {
  const findings = new Findings()
  const digest = new IndexDigest(digestKey)
  const subjects = new Uint32Array(2 * count)
  const local = new MemoryNodes()
  const nodes: TreeNode[] = []
  let astray: TreeNode | null = null
  let read = 0
  while (read < count) {
    const bodies = await store.entries(from + read, Math.min(page, count - read))
    if (bodies.length === 0) {
      findings.problem(from + read, `entry ${from + read} is missing`)
      break
    }
    const leaves = bodies.map((body) => leafHash(nodeSha256, body))
    const grown = appendLeaves(nodeSha256, read, leaves, local).nodes
    for (const node of grown) local.put(node)
    const placed = grown.map(({ level, index, hash }) => ({ level, index: from / 2 ** level + index, hash }))
    astray ??= firstAstray(store, placed)
    nodes.push(...placed)
    for (const [offset, body] of bodies.entries()) {
      const entry = await checkEntry(store, from + read + offset, body, leaves[offset] as Uint8Array, findings)
      if (entry !== null) for (const subject of subjectsOf(entry)) digest.add(subjects, 2 * (read + offset), subject)
    }
    read += bodies.length
  }
  return {
    count: read,
    nodes: allNodes || read < rangeSize ? nodes : nodes.filter(({ level }) => level === rangeLevel),
    astray: astray === null ? null : { level: astray.level, index: astray.index },
    subjects,
    findings: findings.range,
  }
}
