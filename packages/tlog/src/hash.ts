/** Computes SHA-256: 32 bytes. `sha256` of this package is one; a faster native one may be passed instead. */
export type Sha256 = (data: Uint8Array) => Uint8Array

/** Bytes in every hash of the tree. */
export const HASH_SIZE = 32

/** `SHA-256(0x00 || entry)`, the hash of one entry (RFC 6962 section 2.1). */
export function leafHash(sha256: Sha256, entry: Uint8Array): Uint8Array {
  const data = new Uint8Array(1 + entry.length)
  data.set(entry, 1)
  return sha256(data)
}

/** `SHA-256(0x01 || left || right)`, the hash of an inner node (RFC 6962 section 2.1). Both must be 32 bytes. */
export function nodeHash(sha256: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  assertHash('the left hash', left)
  assertHash('the right hash', right)
  const data = new Uint8Array(1 + 2 * HASH_SIZE)
  data[0] = 1
  data.set(left, 1)
  data.set(right, 1 + HASH_SIZE)
  return sha256(data)
}

/** `SHA-256()` of nothing, the root of the tree without entries. */
export function emptyRoot(sha256: Sha256): Uint8Array {
  return sha256(new Uint8Array())
}

export function isHash(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === HASH_SIZE
}

/** True for an array of hashes; holes in the array are not hashes. */
export function isHashList(value: unknown): value is readonly Uint8Array[] {
  return Array.isArray(value) && Array.from(value).every(isHash)
}

export function assertHash(what: string, value: Uint8Array): void {
  if (!isHash(value)) throw new RangeError(`${what} must be ${HASH_SIZE} bytes in a \`Uint8Array\``)
}
