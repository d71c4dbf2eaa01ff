import { equalBytes } from './bytes.ts'
import { emptyRoot, isHash, isHashList, nodeHash, type Sha256 } from './hash.ts'
import { assertSize, isSize } from './size.ts'
import { levelOf, splitPoint, subtreeHash, type NodeReader } from './subtree.ts'

/**
 * The proof that the tree of the first `second` leaves only appends to that of the first `first` leaves (RFC 6962
 * section 2.1.2). Empty if the sizes are equal or `first` is 0. Throws `RangeError` unless `0 <= first <= second`.
 */
export function consistencyProof(sha256: Sha256, first: number, second: number, reader: NodeReader): Uint8Array[] {
  assertSize('the second tree size', second)
  assertSize('the first tree size', first, 0, second)
  if (first === 0 || first === second) return []
  const fromTop: Uint8Array[] = []
  let start = 0
  let end = second
  while (end !== first) {
    const middle = start + splitPoint(end - start)
    if (first <= middle) {
      fromTop.push(subtreeHash(sha256, middle, end, reader))
      end = middle
    } else {
      fromTop.push(subtreeHash(sha256, start, middle, reader))
      start = middle
    }
  }
  if (start !== 0) fromTop.push(subtreeHash(sha256, start, end, reader))
  return fromTop.reverse()
}

/** A claim that the tree of size `second` and root `secondRoot` begins with the leaves of the first tree. */
export interface ConsistencyClaim {
  readonly first: number
  readonly firstRoot: Uint8Array
  readonly second: number
  readonly secondRoot: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/**
 * Whether the proof shows the claim (RFC 9162 section 2.1.4.2). Any malformed part, of whatever type, makes it false; it
 * never throws. Beyond the RFC: trees of equal size are consistent if their roots are equal, and the empty tree, by its
 * proper root, is consistent with every tree; both with an empty proof. As with `verifyInclusion`, each size and root
 * must come from one verified tree head.
 */
export function verifyConsistency(sha256: Sha256, { first, firstRoot, second, secondRoot, proof }: ConsistencyClaim): boolean {
  if (!isSize(first) || !isSize(second) || first > second || !isHash(firstRoot) || !isHash(secondRoot)) return false
  if (!isHashList(proof)) return false
  if (first === 0 && !equalBytes(firstRoot, emptyRoot(sha256))) return false
  if (first === second) return proof.length === 0 && equalBytes(firstRoot, secondRoot)
  if (first === 0) return proof.length === 0

  const [seed, ...rest] = levelOf(first) === null ? proof : [firstRoot, ...proof]
  if (seed === undefined) return false
  let fn = first - 1
  let sn = second - 1
  while (fn % 2 === 1) {
    fn = Math.floor(fn / 2)
    sn = Math.floor(sn / 2)
  }
  let firstHash = seed
  let secondHash = seed
  for (const hash of rest) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      firstHash = nodeHash(sha256, hash, firstHash)
      secondHash = nodeHash(sha256, hash, secondHash)
      while (fn % 2 === 0 && fn !== 0) {
        fn /= 2
        sn = Math.floor(sn / 2)
      }
    } else {
      secondHash = nodeHash(sha256, secondHash, hash)
    }
    fn = Math.floor(fn / 2)
    sn = Math.floor(sn / 2)
  }
  return sn === 0 && equalBytes(firstHash, firstRoot) && equalBytes(secondHash, secondRoot)
}
