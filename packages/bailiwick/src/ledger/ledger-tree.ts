import { appendLeaves, MemoryNodes } from '@bailiwick/tlog'
import type { NodeReader, TreeNode } from '@bailiwick/tlog'
import { rangeLevel, rangeSize } from './check-range.ts'
import type { CheckedRange } from './check-range.ts'
import { nodeSha256 } from './node-sha256.ts'

/** A tree that is put together from checked ranges in their order. It holds the nodes above the ranges, and those below that the ranges brought. */
export class LedgerTree implements NodeReader {
  readonly #nodes = new MemoryNodes()
  #size = 0

  /** Entries that the tree is over. */
  get size(): number {
    return this.#size
  }

  /** Adds the next range, and gives the nodes above the ranges that it completes. Nothing can follow one that was not whole. */
  add({ count, nodes }: Pick<CheckedRange, 'count' | 'nodes'>): readonly TreeNode[] {
    if (this.#size % rangeSize !== 0) throw new RangeError('a range cannot follow one that was not whole')
    for (const node of nodes) this.#nodes.put(node)
    const whole = nodes.find(({ level }) => level === rangeLevel)
    const above = whole === undefined ? [] : this.#above(whole)
    for (const node of above) this.#nodes.put(node)
    this.#size += count
    return above
  }

  /** Adds nodes below the ranges. */
  put(nodes: readonly TreeNode[]): void {
    for (const node of nodes) this.#nodes.put(node)
  }

  node(level: number, index: number): Uint8Array {
    return this.#nodes.node(level, index)
  }

  /** The nodes that a whole range completes above itself: the ranges are the leaves of a tree of their own. */
  #above({ index: place, hash }: TreeNode): TreeNode[] {
    const ranges: NodeReader = { node: (level, index) => this.#nodes.node(level + rangeLevel, index) }
    return appendLeaves(nodeSha256, place, [hash], ranges).nodes.map((node) => ({ ...node, level: node.level + rangeLevel }))
  }
}
