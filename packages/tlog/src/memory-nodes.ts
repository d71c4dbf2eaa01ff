import { TlogError } from './error.ts'
import { assertHash } from './hash.ts'
import { assertSize } from './size.ts'
import type { NodeReader } from './subtree.ts'
import type { TreeNode } from './tree.ts'

/** Keeps nodes in memory, for tests and small logs. Hashes are kept as given, not copied. */
export class MemoryNodes implements NodeReader {
  readonly #levels = new Map<number, Map<number, Uint8Array>>()

  /** Stores a node; one already at that place is replaced. */
  put(node: TreeNode): void {
    assertSize('the level', node.level, 0, 52)
    assertSize('the index', node.index)
    assertHash('the hash', node.hash)
    const level = this.#levels.get(node.level) ?? new Map<number, Uint8Array>()
    level.set(node.index, node.hash)
    this.#levels.set(node.level, level)
  }

  /** Throws `TlogError` `missing_node` if nothing was put there. */
  node(level: number, index: number): Uint8Array {
    const hash = this.#levels.get(level)?.get(index)
    if (hash !== undefined) return hash
    const place = `level \`${level}\`, index \`${index}\``
    throw new TlogError('missing_node', `no node is stored at ${place}; put every node that \`appendLeaves\` returned`)
  }
}
