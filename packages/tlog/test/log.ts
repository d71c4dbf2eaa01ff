import { appendLeaves, leafHash, MemoryNodes } from '../src/index.ts'
import { nativeSha256, type Bytes } from './naive-tree.ts'

/** Distinct entries: `0`, `1`, `2` and so on. */
export function countingEntries(count: number): Bytes[] {
  return Array.from({ length: count }, (_, i) => new TextEncoder().encode(String(i)))
}

/** The nodes of a tree to which the entries were appended in one batch. */
export function nodesOf(entries: readonly Bytes[]): MemoryNodes {
  const nodes = new MemoryNodes()
  const leaves = entries.map((entry) => leafHash(nativeSha256, entry))
  for (const node of appendLeaves(nativeSha256, 0, leaves, nodes).nodes) nodes.put(node)
  return nodes
}

export function fromHex(hex: string): Bytes {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

export function toHex(bytes: Bytes): string {
  return Buffer.from(bytes).toString('hex')
}

/** A copy with one bit turned over; `bit` counts from the first byte on, modulo the length. */
export function flipBit(bytes: Bytes, bit: number): Bytes {
  const copy = Uint8Array.from(bytes)
  const at = bit % (8 * bytes.length)
  copy[at >> 3] = copy[at >> 3]! ^ (1 << (at & 7))
  return copy
}
