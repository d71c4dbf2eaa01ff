import { createHash } from 'node:crypto'

/**
 * The definitions of RFC 6962 section 2.1 written down as they stand, over whole lists of entries and with the hash of
 * node:crypto: shares no code with the package, so that both can be compared.
 */

export type Bytes = Uint8Array

export function nativeSha256(data: Bytes): Bytes {
  return new Uint8Array(createHash('sha256').update(data).digest())
}

/** MTH(D[n]). */
export function naiveRoot(entries: readonly Bytes[]): Bytes {
  if (entries.length === 0) return nativeSha256(new Uint8Array())
  if (entries.length === 1) return nativeSha256(Buffer.concat([Buffer.of(0), entries[0]!]))
  const k = naiveSplit(entries.length)
  return nativeSha256(Buffer.concat([Buffer.of(1), naiveRoot(entries.slice(0, k)), naiveRoot(entries.slice(k))]))
}

/** PATH(m, D[n]). */
export function naivePath(m: number, entries: readonly Bytes[]): Bytes[] {
  if (entries.length === 1) return []
  const k = naiveSplit(entries.length)
  return m < k
    ? [...naivePath(m, entries.slice(0, k)), naiveRoot(entries.slice(k))]
    : [...naivePath(m - k, entries.slice(k)), naiveRoot(entries.slice(0, k))]
}

/** PROOF(m, D[n]), for 0 < m <= n. */
export function naiveProof(m: number, entries: readonly Bytes[]): Bytes[] {
  return naiveSubproof(m, entries, true)
}

function naiveSubproof(m: number, entries: readonly Bytes[], b: boolean): Bytes[] {
  if (m === entries.length) return b ? [] : [naiveRoot(entries)]
  const k = naiveSplit(entries.length)
  return m <= k
    ? [...naiveSubproof(m, entries.slice(0, k), b), naiveRoot(entries.slice(k))]
    : [...naiveSubproof(m - k, entries.slice(k), false), naiveRoot(entries.slice(0, k))]
}

function naiveSplit(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

/**
 * How the root is built from a leaf and its path: `l` where the sibling is on the left, `r` where it is on the right,
 * from the leaf up. Two places (m, n) with one shape are accepted with the same path, leaf and root.
 */
export function pathShape(m: number, n: number): string {
  if (n === 1) return ''
  const k = naiveSplit(n)
  return m < k ? `${pathShape(m, k)}r` : `${pathShape(m - k, n - k)}l`
}

/**
 * How both roots are built from a consistency proof, as two expressions over `o` (the old root) and the hashes of the
 * proof by number. Two pairs (m, n) with one shape are accepted with the same proof and roots.
 */
export function proofShape(m: number, n: number): string {
  let used = 0
  const build = (from: number, to: number, b: boolean): readonly [string, string] => {
    if (from === to) {
      const only = b ? 'o' : String(used++)
      return [only, only]
    }
    const k = naiveSplit(to)
    const [older, newer] = from <= k ? build(from, k, b) : build(from - k, to - k, false)
    const sibling = String(used++)
    return from <= k ? [older, `(${newer} ${sibling})`] : [`(${sibling} ${older})`, `(${sibling} ${newer})`]
  }
  return [...build(m, n, true), used].join(' | ')
}
