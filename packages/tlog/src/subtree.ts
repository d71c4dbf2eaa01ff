import { nodeHash, type Sha256 } from './hash.ts'

/**
 * Gives the hashes of complete subtrees. Node (0, i) is the leaf hash of entry i; node (level, index) covers the leaves
 * from `index * 2^level` up to, not including, `(index + 1) * 2^level`. It throws if it does not hold the node; it is
 * only asked for nodes that are complete at the tree size in question.
 */
export interface NodeReader {
  node(level: number, index: number): Uint8Array
}

/**
 * The RFC 6962 tree hash of leaves `start` up to, not including, `end`. The range must be one that the RFC's recursive
 * splitting of a tree meets: not empty, with `start` a multiple of the smallest power of two not below its length.
 */
export function subtreeHash(sha256: Sha256, start: number, end: number, reader: NodeReader): Uint8Array {
  const width = end - start
  const level = levelOf(width)
  if (level !== null) return reader.node(level, start / width)
  const middle = start + splitPoint(width)
  return nodeHash(sha256, subtreeHash(sha256, start, middle, reader), subtreeHash(sha256, middle, end, reader))
}

/** The largest power of two smaller than `width`, which is at least 2. */
export function splitPoint(width: number): number {
  let split = 1
  while (split * 2 < width) split *= 2
  return split
}

/** The k of `width = 2^k`, or null if `width` is not a power of two. */
export function levelOf(width: number): number | null {
  let level = 0
  for (let rest = width; rest > 1; rest /= 2) {
    if (rest % 2 !== 0) return null
    level++
  }
  return level
}
