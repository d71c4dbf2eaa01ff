import type { TreeNode } from '@bailiwick/tlog'
import type { LedgerStore } from './ledger-store.ts'

/** The first of computed nodes, those of a level in their order and without gaps, that is stored otherwise or not at all; null when there is none. */
export function firstAstray(store: LedgerStore, nodes: readonly TreeNode[]): TreeNode | null {
  for (const [level, ofLevel] of Map.groupBy(nodes, (node) => node.level)) {
    const stored = store.nodesFrom(level, (ofLevel[0] as TreeNode).index, ofLevel.length)
    const astray = ofLevel.find(({ hash }, offset) => {
      const found = stored[offset]
      return found === undefined || Buffer.compare(found, hash) !== 0
    })
    if (astray !== undefined) return astray
  }
  return null
}
