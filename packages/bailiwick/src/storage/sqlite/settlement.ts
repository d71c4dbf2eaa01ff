import { derivedOf, grownBy } from '../../ledger/derived.ts'
import type { Derived } from '../../ledger/derived.ts'
import type { NodeReader } from '@bailiwick/tlog'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

/** Bodies from an index on, each behind its own index; at most so many. */
export const entriesFrom = 'SELECT seq, body FROM entries WHERE seq >= ? ORDER BY seq LIMIT ?'

/** How many entries there are, and up to which they are settled; null where that does not stand, or is nothing that could be meant. */
const stateNow = `SELECT (SELECT coalesce(max(seq) + 1, 0) FROM entries) AS size,
  (SELECT CASE WHEN upto BETWEEN 0 AND ${Number.MAX_SAFE_INTEGER} THEN upto END FROM settled) AS upto`

const allSettled = { from: Number.MAX_SAFE_INTEGER, entries: [] } as const

/** Entries that are read at a time when this process does not know them. */
const page = 1024

/**
 * Settles entries: writes what they are looked up by (the nodes of the tree, the index, the ends of sessions, the open calls) some time after the entries
 * themselves, many at once, and without waiting for the disk. What a crash takes of it is told again from the entries. Up to which entry it is written
 * stands in the store, so that whoever reads has the rest settled first, whichever process appended it.
 */
export class Settlement {
  readonly #database: SqliteDatabase
  readonly #nodes: NodeReader
  /** What this process appended from `#from` on, without a gap. All before is settled. */
  #fresh: Derived[] = []
  /** Null when this process cannot tell. */
  #from: number | null = null
  /** The newest leaf of each session among them. */
  readonly #leaves = new Map<string, Uint8Array>()

  constructor(database: SqliteDatabase, nodes: NodeReader) {
    this.#database = database
    this.#nodes = nodes
  }

  /**
   * To be called first in the transaction of an append: settles what others appended meanwhile.
   * @throws BailiwickError `LEDGER_CORRUPT` when entries are missing that were settled
   */
  follow(size: number): void {
    if (this.#from !== null && this.#from + this.#fresh.length === size) return
    this.#settleTo(size)
    this.#begin(size)
  }

  /** The leaf of a session's newest entry, for the transaction that followed; null when it has none yet. */
  lastLeaf(session: string): Uint8Array | null {
    const fresh = this.#leaves.get(session)
    if (fresh !== undefined) return fresh
    const row = this.#database.prepare('SELECT leaf FROM session_heads WHERE session = ?').get(session) as { leaf: Uint8Array } | undefined
    return row?.leaf ?? null
  }

  /** Told what was appended, once it is durable. */
  appended(entries: readonly Derived[]): void {
    for (const entry of entries) {
      this.#fresh.push(entry)
      if (entry.session !== null) this.#leaves.set(entry.session, entry.leaf)
    }
  }

  /** Told that a transaction which followed was undone. */
  undone(): void {
    this.#begin(null)
  }

  /** What was appended and is not settled, with where it begins. What this process does not know of it is settled first. */
  unsettled(): { readonly from: number; readonly entries: readonly Derived[] } {
    const { size, upto } = this.#state()
    if (upto >= size) return allSettled
    if (this.#from !== null && this.#from <= upto && this.#from + this.#fresh.length === size)
      return { from: upto, entries: this.#fresh.slice(upto - this.#from) }
    this.settle()
    return allSettled
  }

  /** Settles what is there. @throws BailiwickError `LEDGER_CORRUPT` for an entry that cannot be read, `STORE_FAILED` */
  settle(): void {
    const { size, upto } = this.#state()
    if (upto >= size) return
    const settled = this.#database.transactLazily(() => {
      const now = this.#state().size
      this.#settleTo(now)
      return now
    })
    if (this.#from === null || this.#from + this.#fresh.length <= settled) this.#begin(settled)
  }

  #begin(from: number | null): void {
    this.#from = from
    this.#fresh = []
    this.#leaves.clear()
  }

  #state(): { readonly size: number; readonly upto: number } {
    const { size, upto } = this.#database.prepare(stateNow).get() as { size: number; upto: number | null }
    if (upto !== null) return { size, upto }
    throw new BailiwickError('LEDGER_CORRUPT', 'the mark up to which entries are settled is missing, or no count of entries', {
      mend: 'restore the store from a copy',
    })
  }

  /** In a transaction. */
  #settleTo(size: number): void {
    const { upto } = this.#state()
    if (upto > size)
      throw new BailiwickError(
        'LEDGER_CORRUPT',
        `there were ${upto} entries, and now there are ${size}: the end of the ledger is missing`,
        {
          mend: 'restore the store from a copy',
        },
      )
    for (let from = upto; from < size; from += page) this.#write(from, this.#derived(from, Math.min(page, size - from)))
    this.#database.prepare('UPDATE settled SET upto = ?').run(size)
  }

  #derived(from: number, count: number): readonly Derived[] {
    const at = this.#from === null ? -1 : from - this.#from
    if (at >= 0 && at + count <= this.#fresh.length) return this.#fresh.slice(at, at + count)
    const bodies = this.#database.blobsFrom(from, entriesFrom, from, count)
    if (bodies.length < count) throw unreadable(from + bodies.length, 'is missing')
    return bodies.map((body, offset) => readDerived(from + offset, body))
  }

  #write(from: number, entries: readonly Derived[]): void {
    const node = this.#database.prepare(
      'INSERT INTO nodes (level, idx, hash) VALUES (?, ?, ?) ON CONFLICT (level, idx) DO UPDATE SET hash = excluded.hash',
    )
    const leaves = entries.map(({ leaf }) => leaf)
    for (const { level, index, hash } of grownBy(leaves, from, this.#nodes)) node.run(level, index, hash)
    const subject = this.#database.prepare('INSERT INTO entry_index (subject, seq) VALUES (?, ?) ON CONFLICT DO NOTHING')
    const heads = new Map<string, Uint8Array>()
    const calls = new Map<string, NonNullable<Derived['call']>>()
    for (const [offset, { subjects, session, leaf, call }] of entries.entries()) {
      for (const one of subjects) subject.run(one, from + offset)
      if (session !== null) heads.set(session, leaf)
      // What was opened and ended among these was never open to anyone.
      if (call !== null) calls.set(call.id, call)
    }
    const head = this.#database.prepare(
      'INSERT INTO session_heads (session, leaf) VALUES (?, ?) ON CONFLICT (session) DO UPDATE SET leaf = excluded.leaf',
    )
    for (const [session, leaf] of heads) head.run(session, leaf)
    for (const call of calls.values()) this.#note(call)
  }

  #note({ id, session, instance, open }: NonNullable<Derived['call']>): void {
    if (open)
      this.#database
        .prepare('INSERT INTO calls (id, session, instance, open) VALUES (?, ?, ?, 1) ON CONFLICT DO NOTHING')
        .run(id, session, instance)
    else this.#database.prepare('DELETE FROM calls WHERE id = ?').run(id)
  }
}

function readDerived(seq: number, body: Uint8Array): Derived {
  const derived = derivedOf(body)
  if (derived === null) throw unreadable(seq, 'cannot be read')
  return derived
}

function unreadable(seq: number, why: string): BailiwickError {
  return new BailiwickError('LEDGER_CORRUPT', `entry ${seq} ${why}`, { mend: 'restore the store from a copy' })
}
