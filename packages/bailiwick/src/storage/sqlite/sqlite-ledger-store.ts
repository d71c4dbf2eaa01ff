import { addSignatures, parseNote } from '@bailiwick/tlog'
import type { NodeReader, NoteSignature } from '@bailiwick/tlog'
import type { Payload } from '../../ledger/commitment.ts'
import { leafOf } from '../../ledger/derived.ts'
import type { Derived } from '../../ledger/derived.ts'
import type { LedgerStore, OpenCall, PendingEntry } from '../../ledger/ledger-store.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { ledgerKeySubject } from '../../ledger/subject.ts'
import type { PayloadCipher, VaultKey } from '../../ledger/vault/payload-cipher.ts'
import { entriesFrom, Settlement } from './settlement.ts'
import type { SqliteDatabase } from './sqlite-database.ts'
import { SqliteVault } from './sqlite-vault.ts'

/**
 * Rows that are read at a time. A statement that was read half would keep its connection on what there was when it began, and so from writing once another
 * process has.
 */
const page = 4096

export class SqliteLedgerStore implements LedgerStore {
  readonly #database: SqliteDatabase
  readonly #vault: SqliteVault
  readonly #settlement: Settlement

  /** @param cipher of the vault that payloads are kept in */
  constructor(database: SqliteDatabase, cipher: PayloadCipher) {
    this.#database = database
    this.#vault = new SqliteVault(database, cipher)
    this.#settlement = new Settlement(database, settledNodes(database))
  }

  async append(entries: readonly PendingEntry[]): Promise<number> {
    const keys = await this.#vault.cipher.prepare(entries.flatMap(({ session, payloads }) => (payloads.length === 0 ? [] : [session])))
    try {
      return this.#append(entries, keys)
    } catch (error) {
      this.#vault.cipher.forget(keys)
      this.#settlement.undone()
      throw error
    }
  }

  #append(entries: readonly PendingEntry[], keys: readonly VaultKey[]): number {
    const derived: Derived[] = []
    const first = this.#database.transact(() => {
      const from = this.#size()
      this.#settlement.follow(from)
      this.#vault.saveKeys(keys)
      const insert = this.#database.prepare('INSERT INTO entries (seq, body) VALUES (?, ?)')
      const leaves = new Map<string, Uint8Array>()
      for (const [offset, { session, subjects, call, payloads, body: linked }] of entries.entries()) {
        const body = linked(session === null ? null : (leaves.get(session) ?? this.#settlement.lastLeaf(session)))
        const leaf = leafOf(body)
        if (session !== null) leaves.set(session, leaf)
        insert.run(from + offset, body)
        this.#vault.save(from + offset, session, payloads)
        derived.push({ leaf, session, subjects, call })
      }
      return from
    })
    this.#settlement.appended(derived)
    return first
  }

  async settle(): Promise<void> {
    this.#settlement.settle()
  }

  async size(): Promise<number> {
    return this.#size()
  }

  async entries(from: number, count: number): Promise<readonly Uint8Array[]> {
    return this.#database.blobsFrom(from, entriesFrom, from, count)
  }

  async indicesOf(subject: string, after = -1): Promise<readonly number[]> {
    const { from, entries } = this.#settlement.unsettled()
    const rows = this.#database
      .prepare('SELECT seq FROM entry_index WHERE subject = ? AND seq > ? AND seq < ? ORDER BY seq')
      .all(subject, after, from) as { seq: number }[]
    return [...rows.map((row) => row.seq), ...indicesAmong(entries, from, subject).filter((index) => index > after)]
  }

  async lastIndicesOf(subject: string, before: number, count: number): Promise<readonly number[]> {
    const { from, entries } = this.#settlement.unsettled()
    const fresh = indicesAmong(entries, from, subject)
      .filter((index) => index < before)
      .slice(-count)
    const rows = this.#database
      .prepare('SELECT seq FROM entry_index WHERE subject = ? AND seq < ? ORDER BY seq DESC LIMIT ?')
      .all(subject, Math.min(before, from), count - fresh.length) as { seq: number }[]
    return [...rows.map((row) => row.seq).reverse(), ...fresh]
  }

  nodes(): NodeReader {
    this.#settlement.settle()
    return settledNodes(this.#database)
  }

  nodesFrom(level: number, index: number, count: number): readonly Uint8Array[] {
    return this.#database.blobsFrom(
      index,
      'SELECT idx, hash FROM nodes WHERE level = ? AND idx >= ? ORDER BY idx LIMIT ?',
      level,
      index,
      count,
    )
  }

  async payload(index: number, hash: string): Promise<Payload | null> {
    const sealed = await this.#vault.read(index, hash)
    if (sealed !== null) return sealed
    // Earlier builds kept payloads as they were.
    return (this.#database.prepare('SELECT hash, salt, body FROM payloads WHERE hash = ?').get(hash) as Payload | undefined) ?? null
  }

  /** Whether payloads that are kept can be opened with the vault's master key. */
  isOfMaster(): Promise<boolean> {
    return this.#vault.isOfMaster()
  }

  async sessionsInVault(before: number, limit: number): Promise<readonly string[]> {
    return this.#vault.sessionsBefore(before, limit)
  }

  async erase(session: string, entries: readonly number[], hashes: readonly string[]): Promise<number> {
    return this.#vault.erase(session, entries, hashes)
  }

  async openCalls(): Promise<readonly OpenCall[]> {
    this.#settlement.settle()
    return this.#database.prepare('SELECT id, session, instance FROM calls WHERE open = 1').all() as unknown as OpenCall[]
  }

  async claimCall(call: OpenCall, instance: string): Promise<boolean> {
    this.#settlement.settle()
    return this.#database.transact(
      () =>
        this.#database.prepare('UPDATE calls SET instance = ? WHERE id = ? AND instance = ?').run(instance, call.id, call.instance)
          .changes === 1,
    )
  }

  async saveHead(size: number, note: string, since: number): Promise<boolean> {
    this.#settlement.settle()
    return this.#database.transact(() => {
      const replaced = this.#database
        .prepare('SELECT 1 FROM entry_index WHERE subject = ? AND seq > ? AND seq < ? LIMIT 1')
        .get(ledgerKeySubject, since, size)
      if (replaced !== undefined) return false
      this.#database.prepare('INSERT INTO heads (size, note) VALUES (?, ?) ON CONFLICT (size) DO NOTHING').run(size, note)
      return true
    })
  }

  async addCosignatures(size: number, cosignatures: readonly NoteSignature[]): Promise<void> {
    this.#database.transact(() => {
      const head = this.#database.prepare('SELECT note FROM heads WHERE size = ?').get(size) as { note: string } | undefined
      if (head === undefined) return
      const there = new Set(parseNote(head.note).signatures.map(keyOf))
      const note = addSignatures(
        head.note,
        cosignatures.filter((one) => !there.has(keyOf(one))),
      )
      this.#database.prepare('UPDATE heads SET note = ? WHERE size = ?').run(note, size)
    })
  }

  async headsOver(index: number, limit: number): Promise<readonly { size: number; note: string }[]> {
    const heads = this.#database.prepare('SELECT size, note FROM heads WHERE size > ? ORDER BY size DESC LIMIT ?').all(index, limit)
    return heads as { size: number; note: string }[]
  }

  *indexRows(): Generator<readonly [string, number]> {
    for (let last: readonly [string, number] = ['', -1]; ;) {
      const rows = this.#database.arrays<[string, number]>(
        'SELECT subject, seq FROM entry_index WHERE (subject, seq) > (?, ?) ORDER BY subject, seq LIMIT ?',
        ...last,
        page,
      )
      yield* rows
      if (rows.length < page) return
      last = rows.at(-1) as [string, number]
    }
  }

  *sessionHeads(): Generator<readonly [string, Uint8Array]> {
    for (let last = ['', -1] as readonly [string, number]; ;) {
      const rows = this.#database.arrays<[string, Uint8Array]>(
        'SELECT session, leaf FROM session_heads WHERE (session, 0) > (?, ?) ORDER BY session LIMIT ?',
        ...last,
        page,
      )
      yield* rows
      if (rows.length < page) return
      last = [(rows.at(-1) as [string, Uint8Array])[0], 0]
    }
  }

  async headUpTo(size: number): Promise<{ size: number; note: string } | null> {
    return (
      (this.#database.prepare('SELECT size, note FROM heads WHERE size <= ? ORDER BY size DESC LIMIT 1').get(size) as
        | { size: number; note: string }
        | undefined) ?? null
    )
  }

  async head(): Promise<{ size: number; note: string } | null> {
    return (
      (this.#database.prepare('SELECT size, note FROM heads ORDER BY size DESC LIMIT 1').get() as
        | { size: number; note: string }
        | undefined) ?? null
    )
  }

  #size(): number {
    const row = this.#database.prepare('SELECT max(seq) AS last FROM entries').get() as { last: number | null }
    return row.last === null ? 0 : row.last + 1
  }
}

/** The nodes that were written. */
function settledNodes(database: SqliteDatabase): NodeReader {
  const select = database.prepare('SELECT hash FROM nodes WHERE level = ? AND idx = ?')
  return {
    node: (level, index) => {
      const row = select.get(level, index) as { hash: Uint8Array } | undefined
      if (row === undefined)
        throw new BailiwickError('LEDGER_CORRUPT', `the tree has no node at level ${level}, index ${index}`, {
          mend: 'restore the store from a copy; `bailiwick log verify` tells how far it is sound',
        })
      return row.hash
    },
  }
}

function indicesAmong(entries: readonly Derived[], from: number, subject: string): number[] {
  return entries.flatMap(({ subjects }, offset) => (subjects.includes(subject) ? [from + offset] : []))
}

function keyOf({ name, keyId }: NoteSignature): string {
  return `${name}+${keyId}`
}
