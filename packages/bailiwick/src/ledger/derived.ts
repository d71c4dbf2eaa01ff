import { appendLeaves, leafHash } from '@bailiwick/tlog'
import type { NodeReader, TreeNode } from '@bailiwick/tlog'
import { callOf } from './call-of.ts'
import type { LedgerEntry } from './entry.ts'
import { isJsonObject, jsonIn } from '../model/json.ts'
import type { PendingEntry } from './ledger-store.ts'
import { nodeSha256 } from './node-sha256.ts'
import { subjectsOf } from './subject.ts'

/** What an entry is looked up by. Whoever has its body can tell all of it again. */
export interface Derived extends Pick<PendingEntry, 'session' | 'subjects' | 'call'> {
  /** The leaf of the tree. */
  readonly leaf: Uint8Array
}

/** The leaf hash (RFC 6962) of an entry's body. */
export function leafOf(body: Uint8Array): Uint8Array {
  return leafHash(nodeSha256, body)
}

/** What an entry is looked up by, told from its body; null when that is no entry. */
export function derivedOf(body: Uint8Array): Derived | null {
  const value = jsonIn(Buffer.from(body).toString('utf8'))
  if (!isJsonObject(value) || typeof value['type'] !== 'string' || !isTextOrNull(value['session'])) return null
  const entry = value as unknown as LedgerEntry
  const derived = { leaf: leafOf(body), session: entry.session, subjects: subjectsOf(entry), call: callOf(entry) }
  return derived.subjects.every((subject) => typeof subject === 'string') ? derived : null
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string'
}

/** The nodes that leaves add to a tree of a size, the leaves among them. */
export function grownBy(leaves: readonly Uint8Array[], size: number, nodes: NodeReader): readonly TreeNode[] {
  return appendLeaves(nodeSha256, size, leaves, nodes).nodes
}
