import type { NodeReader, NoteSignature } from '@bailiwick/tlog'
import type { Payload } from './commitment.ts'

/** How many payloads an entry may have. */
export const mostPayloads = 8

export interface PendingEntry {
  /** The session that the entry is about; null when about none. */
  readonly session: string | null
  /** The entry in canonical JSON, at most 65,535 bytes, given the leaf hash of its session's entry before; null when there is none, or no session. */
  readonly body: (previous: Uint8Array | null) => Uint8Array
  /** All that the entry commits to, at most {@link mostPayloads}. */
  readonly payloads: readonly Payload[]
  /** The call, session, approval, agent or person that the entry is about, to find it by. */
  readonly subjects: readonly string[]
  /** What the entry does to the list of open calls; null when nothing. */
  readonly call: { readonly id: string; readonly open: boolean; readonly instance: string; readonly session: string } | null
}

export interface OpenCall {
  readonly id: string
  readonly session: string
  readonly instance: string
}

/** What the ledger asks of a store. Several processes may use one store at once. */
export interface LedgerStore {
  /**
   * Appends entries with their payloads in one transaction, durable when the promise resolves. Each session's entries are linked in their order. Returns
   * the index of the first entry. What entries are looked up by is written later, and told as if it was there at once.
   */
  append(entries: readonly PendingEntry[]): Promise<number>
  /**
   * Settles the entries so far: writes what they are looked up by (the tree, the index, the open calls), so that nobody who reads that has to wait for it.
   * @throws BailiwickError `LEDGER_CORRUPT` when one of them cannot be read
   */
  settle(): Promise<void>
  size(): Promise<number>
  /** Bodies of the entries from `from`, at most `count`. */
  entries(from: number, count: number): Promise<readonly Uint8Array[]>
  /**
   * Indices of the entries about a call, a session or an approval, and of the decisions about an agent or a person, in order:
   * all, or those behind the index `after`.
   */
  indicesOf(subject: string, after?: number): Promise<readonly number[]>
  /** The last `count` of the same indices below `before`, in order. */
  lastIndicesOf(subject: string, before: number, count: number): Promise<readonly number[]>
  nodes(): NodeReader
  /** The hashes of the nodes that were written of a level from an index on, in their order and without gaps; at most `count`. */
  nodesFrom(level: number, index: number, count: number): readonly Uint8Array[]
  /** What an entry commits to by a hash. Null when there is none, or it was erased. One that was altered is not genuine. */
  payload(index: number, hash: string): Promise<Payload | null>
  /** Sessions with payloads of before a time, in milliseconds since 1970, oldest first; at most `limit`. */
  sessionsInVault(before: number, limit: number): Promise<readonly string[]>
  /**
   * Destroys the keys that a session's payloads are sealed under, and the payloads of its entries; and of those with the given hashes what no key seals.
   * Returns how many there were.
   */
  erase(session: string, entries: readonly number[], hashes: readonly string[]): Promise<number>
  openCalls(): Promise<readonly OpenCall[]>
  /** Takes over an open call from the process that had it; false when it is closed, or another took it. */
  claimCall(call: OpenCall, instance: string): Promise<boolean>
  /**
   * Keeps a signed head, unless there is one over as many entries, or one of the entries that it covers replaced the ledger's key after the entry `since`,
   * and so the key that has signed it. Resolves with whether that key is still the one.
   */
  saveHead(size: number, note: string, since: number): Promise<boolean>
  /** Puts cosignatures to the head of a size that was saved, the first of each key. */
  addCosignatures(size: number, cosignatures: readonly NoteSignature[]): Promise<void>
  /** The signed heads that cover more than `index` entries, greatest first; at most `limit`. */
  headsOver(index: number, limit: number): Promise<readonly { readonly size: number; readonly note: string }[]>
  /** Each subject with the index of an entry that is found by it, in any order, as far as entries are settled: what {@link indicesOf} answers from. */
  indexRows(): Iterable<readonly [subject: string, index: number]>
  /** Each session with the leaf hash that its next entry will name, as far as entries are settled. */
  sessionHeads(): Iterable<readonly [session: string, leaf: Uint8Array]>
  /** The signed head with the greatest size of at most `size`; null when there is none. */
  headUpTo(size: number): Promise<{ readonly size: number; readonly note: string } | null>
  /** The signed head with the greatest size; null when none was signed yet. */
  head(): Promise<{ readonly size: number; readonly note: string } | null>
}
