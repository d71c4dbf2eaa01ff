import { assertHash, emptyRoot, nodeHash, type Sha256 } from './hash.ts'
import { assertSize } from './size.ts'
import { subtreeHash, type NodeReader } from './subtree.ts'

/** The hash of a complete subtree and its place; see `NodeReader`. */
export interface TreeNode {
  readonly level: number
  readonly index: number
  readonly hash: Uint8Array
}

/** What an append leaves to be stored: the new size, and every node it completed, leaves included, children first. */
export interface Appended {
  readonly size: number
  readonly nodes: TreeNode[]
}

/**
 * Appends leaf hashes to a tree of `size` leaves. Nothing is stored: the caller stores the returned nodes. Reads only
 * nodes that were complete at `size`, at most one a level. Throws `RangeError` if a hash is not 32 bytes or the tree
 * would grow past 2^53 - 1 leaves.
 */
export function appendLeaves(sha256: Sha256, size: number, leafHashes: readonly Uint8Array[], reader: NodeReader): Appended {
  assertSize('the tree size', size)
  assertSize('the tree size after the append', size + leafHashes.length)
  const nodes: TreeNode[] = []
  const newLefts: Uint8Array[] = []
  leafHashes.forEach((leaf, i) => {
    assertHash(`leaf hash ${i}`, leaf)
    let hash = leaf
    let level = 0
    let index = size + i
    nodes.push({ level, index, hash })
    while (index % 2 === 1) {
      hash = nodeHash(sha256, newLefts[level] ?? reader.node(level, index - 1), hash)
      index = (index - 1) / 2
      level++
      nodes.push({ level, index, hash })
    }
    newLefts[level] = hash
  })
  return { size: size + leafHashes.length, nodes }
}

/** The RFC 6962 root hash of the first `size` leaves. */
export function rootHash(sha256: Sha256, size: number, reader: NodeReader): Uint8Array {
  assertSize('the tree size', size)
  return size === 0 ? emptyRoot(sha256) : subtreeHash(sha256, 0, size, reader)
}
