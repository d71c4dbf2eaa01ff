import type { Payload } from '../../ledger/commitment.ts'
import { mostPayloads } from '../../ledger/ledger-store.ts'
import type { PayloadCipher, SealedPayload, VaultKey } from '../../ledger/vault/payload-cipher.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

/** Payloads, each encrypted under its session's key, in the order of the entries that commit to them; and the wrapped keys. */
export class SqliteVault {
  readonly #database: SqliteDatabase
  readonly #cipher: PayloadCipher

  constructor(database: SqliteDatabase, cipher: PayloadCipher) {
    this.#database = database
    this.#cipher = cipher
  }

  get cipher(): PayloadCipher {
    return this.#cipher
  }

  /** To be called in the same transaction as {@link save}. */
  saveKeys(keys: readonly VaultKey[]): void {
    const insert = this.#database.prepare('INSERT INTO vault_keys (id, session, wrapped, made) VALUES (?, ?, ?, ?)')
    for (const { id, session, wrapped, made } of keys) insert.run(id, session, wrapped, made)
  }

  /** To be called in the transaction that keeps the entry which commits to these payloads, with its index. */
  save(index: number, session: string | null, payloads: readonly Payload[]): void {
    if (payloads.length > mostPayloads) throw new RangeError(`an entry has ${payloads.length} payloads`)
    const insert = this.#database.prepare('INSERT INTO vault (place, hash, key, nonce, body) VALUES (?, ?, ?, ?, ?)')
    for (const [offset, payload] of payloads.entries()) {
      const sealed = this.#cipher.seal(session, payload)
      insert.run(index * mostPayloads + offset, bytesOf(sealed.hash), sealed.key, sealed.nonce, sealed.body)
    }
  }

  /** Null when there is none, or its key was destroyed. */
  async read(index: number, hash: string): Promise<Payload | null> {
    const row = this.#database
      .prepare('SELECT key, nonce, body FROM vault WHERE place >= ? AND place < ? AND hash = ?')
      .get(index * mostPayloads, (index + 1) * mostPayloads, bytesOf(hash)) as Omit<SealedPayload, 'hash'> | undefined
    if (row === undefined) return null
    const sealed = { ...row, hash }
    const key = this.#database.prepare('SELECT id, session, wrapped, made FROM vault_keys WHERE id = ?').get(sealed.key) as
      | VaultKey
      | undefined
    return key === undefined ? null : this.#cipher.open(sealed, key)
  }

  /** Whether the master key is the one that wrapped the keys that are there: the oldest and the newest are tried. */
  async isOfMaster(): Promise<boolean> {
    const rows = ['ASC', 'DESC'].flatMap((order) =>
      this.#database.prepare(`SELECT id, session, wrapped, made FROM vault_keys ORDER BY made ${order} LIMIT 1`).all(),
    ) as unknown as VaultKey[]
    for (const key of rows) if (await this.#cipher.isOfMaster(key)) return true
    return rows.length === 0
  }

  /** Sessions with keys that were made before, in milliseconds since 1970; oldest first. */
  sessionsBefore(time: number, limit: number): readonly string[] {
    const rows = this.#database
      .prepare(
        'SELECT session, min(made) AS first FROM vault_keys WHERE session IS NOT NULL AND made < ? GROUP BY session ORDER BY first LIMIT ?',
      )
      .all(time, limit) as { session: string }[]
    return rows.map((row) => row.session)
  }

  /** Destroys a session's keys and the payloads of its entries, and what earlier builds kept unsealed under the hashes. Returns how many payloads there were. */
  erase(session: string, entries: readonly number[], hashes: readonly string[]): number {
    return this.#database.transact(() => {
      const keys = this.#database.prepare('SELECT id, session FROM vault_keys WHERE session = ?').all(session) as unknown as VaultKey[]
      const drop = this.#database.prepare('DELETE FROM vault WHERE place >= ? AND place < ?')
      const payloads = entries.reduce((sum, index) => sum + Number(drop.run(index * mostPayloads, (index + 1) * mostPayloads).changes), 0)
      this.#database.prepare('DELETE FROM vault_keys WHERE session = ?').run(session)
      this.#cipher.forget(keys)
      const unsealed = this.#database
        .prepare('DELETE FROM payloads WHERE hash IN (SELECT value FROM json_each(?))')
        .run(JSON.stringify(hashes))
      return payloads + Number(unsealed.changes)
    })
  }
}

/** A hash as its bytes, which an index holds in less than half the room. */
function bytesOf(hash: string): Uint8Array {
  return Buffer.from(hash.slice(hash.indexOf(':') + 1), 'hex')
}
