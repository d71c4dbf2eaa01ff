import { equalBytes } from './bytes.ts'
import { isHash, isHashList, nodeHash, type Sha256 } from './hash.ts'
import { assertSize, isSize } from './size.ts'
import { splitPoint, subtreeHash, type NodeReader } from './subtree.ts'

/**
 * The audit path of leaf `index` in the tree of the first `size` leaves, from the leaf's sibling up (RFC 6962 section
 * 2.1.1). Throws `RangeError` unless `0 <= index < size`.
 */
export function inclusionProof(sha256: Sha256, index: number, size: number, reader: NodeReader): Uint8Array[] {
  assertSize('the tree size', size, 1)
  assertSize('the leaf index', index, 0, size - 1)
  const fromTop: Uint8Array[] = []
  let start = 0
  let end = size
  while (end - start > 1) {
    const middle = start + splitPoint(end - start)
    if (index < middle) {
      fromTop.push(subtreeHash(sha256, middle, end, reader))
      end = middle
    } else {
      fromTop.push(subtreeHash(sha256, start, middle, reader))
      start = middle
    }
  }
  return fromTop.reverse()
}

/** A claim that the leaf with hash `leaf` is at `index` in the tree of `size` leaves with hash `root`. */
export interface InclusionClaim {
  /** The leaf hash, `leafHash(sha256, entry)`, not the entry. */
  readonly leaf: Uint8Array
  readonly index: number
  readonly size: number
  readonly proof: readonly Uint8Array[]
  readonly root: Uint8Array
}

/**
 * Whether the proof shows the claim (RFC 9162 section 2.1.3.2). Any malformed part, of whatever type, makes it false;
 * it never throws. `size` and `root` must come from one verified tree head: the root does not commit to the size, so a
 * wrong size whose audit path has the same shape is not noticed here.
 */
export function verifyInclusion(sha256: Sha256, { leaf, index, size, proof, root }: InclusionClaim): boolean {
  if (!isSize(index) || !isSize(size) || index >= size || !isHash(leaf) || !isHash(root)) return false
  if (!isHashList(proof)) return false
  let fn = index
  let sn = size - 1
  let hash = leaf
  for (const sibling of proof) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(sha256, sibling, hash)
      while (fn % 2 === 0 && fn !== 0) {
        fn /= 2
        sn = Math.floor(sn / 2)
      }
    } else {
      hash = nodeHash(sha256, hash, sibling)
    }
    fn = Math.floor(fn / 2)
    sn = Math.floor(sn / 2)
  }
  return sn === 0 && equalBytes(hash, root)
}
