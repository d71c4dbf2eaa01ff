import { addSignatures, parseNote } from '@bailiwick/tlog'
import type { NodeReader, NoteSignature } from '@bailiwick/tlog'
import type { Payload } from '../../ledger/commitment.ts'
import type { LedgerStore, OpenCall, PendingEntry, TreeGrowth } from '../../ledger/ledger-store.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { ledgerKeySubject } from '../../ledger/subject.ts'
import type { PayloadCipher, VaultKey } from '../../ledger/vault/payload-cipher.ts'
import { SessionHeads } from './session-heads.ts'
import type { SqliteDatabase } from './sqlite-database.ts'
import { SqliteVault } from './sqlite-vault.ts'

export class SqliteLedgerStore implements LedgerStore {
  readonly #database: SqliteDatabase
  readonly #vault: SqliteVault

  /** @param cipher of the vault that payloads are kept in */
  constructor(database: SqliteDatabase, cipher: PayloadCipher) {
    this.#database = database
    this.#vault = new SqliteVault(database, cipher)
  }

  async append(entries: readonly PendingEntry[], { leafOf, grow }: TreeGrowth): Promise<number> {
    const keys = await this.#vault.cipher.prepare(entries.flatMap(({ session, payloads }) => (payloads.length === 0 ? [] : [session])))
    try {
      return this.#append(entries, keys, { leafOf, grow })
    } catch (error) {
      this.#vault.cipher.forget(keys)
      throw error
    }
  }

  #append(entries: readonly PendingEntry[], keys: readonly VaultKey[], { leafOf, grow }: TreeGrowth): number {
    return this.#database.transact(() => {
      const first = this.#size()
      this.#vault.saveKeys(keys)
      const heads = new SessionHeads(this.#database)
      const leaves: Uint8Array[] = []
      const insertEntry = this.#database.prepare('INSERT INTO entries (seq, body) VALUES (?, ?)')
      const insertNode = this.#database.prepare('INSERT INTO nodes (level, idx, hash) VALUES (?, ?, ?)')
      for (const [offset, entry] of entries.entries()) {
        const body = entry.body(heads.of(entry.session))
        const leaf = leafOf(body)
        leaves.push(leaf)
        heads.move(entry.session, leaf)
        insertEntry.run(first + offset, body)
        this.#vault.save(entry.session, entry.payloads)
        this.#index(first + offset, entry)
      }
      heads.save()
      for (const node of grow(first, leaves, this.nodes())) insertNode.run(node.level, node.index, node.hash)
      return first
    })
  }

  async size(): Promise<number> {
    return this.#size()
  }

  async entries(from: number, count: number): Promise<readonly Uint8Array[]> {
    return this.#withoutGaps('SELECT seq, body FROM entries WHERE seq >= ? ORDER BY seq LIMIT ?', [from, count], from)
  }

  async indicesOf(subject: string, after = -1): Promise<readonly number[]> {
    const rows = this.#database.prepare('SELECT seq FROM entry_index WHERE subject = ? AND seq > ? ORDER BY seq').all(subject, after)
    return (rows as { seq: number }[]).map((row) => row.seq)
  }

  async lastIndicesOf(subject: string, before: number, count: number): Promise<readonly number[]> {
    const rows = this.#database
      .prepare('SELECT seq FROM entry_index WHERE subject = ? AND seq < ? ORDER BY seq DESC LIMIT ?')
      .all(subject, before, count)
    return (rows as { seq: number }[]).map((row) => row.seq).reverse()
  }

  nodes(): NodeReader {
    const select = this.#database.prepare('SELECT hash FROM nodes WHERE level = ? AND idx = ?')
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

  nodesFrom(level: number, index: number, count: number): readonly Uint8Array[] {
    return this.#withoutGaps('SELECT idx, hash FROM nodes WHERE level = ? AND idx >= ? ORDER BY idx LIMIT ?', [level, index, count], index)
  }

  /** The blobs of rows that begin with their place, from `first` on to where one is missing. */
  #withoutGaps(sql: string, values: readonly number[], first: number): readonly Uint8Array[] {
    const statement = this.#database.prepare(sql)
    // Rows as arrays cost half of what objects do, which counts in verification.
    statement.setReturnArrays(true)
    const rows = statement.all(...values) as unknown as [number, Uint8Array][]
    const gap = rows.findIndex(([place], offset) => place !== first + offset)
    return (gap === -1 ? rows : rows.slice(0, gap)).map(([, blob]) => blob)
  }

  async payload(hash: string): Promise<Payload | null> {
    const sealed = await this.#vault.read(hash)
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

  async erase(session: string, hashes: readonly string[]): Promise<number> {
    return this.#vault.erase(session, hashes)
  }

  async openCalls(): Promise<readonly OpenCall[]> {
    return this.#database.prepare('SELECT id, session, instance FROM calls WHERE open = 1').all() as unknown as OpenCall[]
  }

  async claimCall(call: OpenCall, instance: string): Promise<boolean> {
    return this.#database.transact(
      () =>
        this.#database.prepare('UPDATE calls SET instance = ? WHERE id = ? AND instance = ?').run(instance, call.id, call.instance)
          .changes === 1,
    )
  }

  async saveHead(size: number, note: string, since: number): Promise<boolean> {
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
    yield* this.#database.rows('SELECT subject, seq FROM entry_index') as Iterable<[string, number]>
  }

  *sessionHeads(): Generator<readonly [string, Uint8Array]> {
    yield* this.#database.rows('SELECT session, leaf FROM session_heads') as Iterable<[string, Uint8Array]>
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

  #index(seq: number, entry: PendingEntry): void {
    const insert = this.#database.prepare('INSERT INTO entry_index (subject, seq) VALUES (?, ?)')
    for (const subject of entry.subjects) insert.run(subject, seq)
    if (entry.call === null) return
    if (entry.call.open)
      this.#database
        .prepare('INSERT INTO calls (id, session, instance, open) VALUES (?, ?, ?, 1)')
        .run(entry.call.id, entry.call.session, entry.call.instance)
    else this.#database.prepare('DELETE FROM calls WHERE id = ?').run(entry.call.id)
  }
}

function keyOf({ name, keyId }: NoteSignature): string {
  return `${name}+${keyId}`
}
