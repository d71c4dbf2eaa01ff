import type { RevocationStore, UnrecordedCut } from '../../authority/revocation-store.ts'
import type { Link } from '../../model/lineage.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

export class SqliteRevocationStore implements RevocationStore {
  readonly #database: SqliteDatabase

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  async cut({ link: { kind, id }, at, by, reason }: UnrecordedCut): Promise<boolean> {
    const insert = 'INSERT INTO revocations (kind, id, at, unrecorded) VALUES (?, ?, ?, json_array(?, ?)) ON CONFLICT DO NOTHING'
    return this.#database.transact(() => this.#database.prepare(insert).run(kind, id, at, by, reason).changes === 1)
  }

  async unrecorded(): Promise<readonly UnrecordedCut[]> {
    const select = `SELECT kind, id, at, unrecorded ->> 0 AS by, unrecorded ->> 1 AS reason
      FROM revocations WHERE unrecorded IS NOT NULL ORDER BY at`
    return this.#database.guard('read', () =>
      (this.#database.prepare(select).all() as unknown as (Link & Omit<UnrecordedCut, 'link'>)[]).map(({ kind, id, at, by, reason }) => ({
        link: { kind, id },
        at,
        by,
        reason,
      })),
    )
  }

  async recorded({ link: { kind, id }, at }: UnrecordedCut): Promise<void> {
    const update = 'UPDATE revocations SET unrecorded = NULL WHERE kind = ? AND id = ? AND at = ?'
    this.#database.transact(() => void this.#database.prepare(update).run(kind, id, at))
  }

  async lift({ kind, id }: Link): Promise<boolean> {
    return this.#database.transact(
      () => this.#database.prepare('DELETE FROM revocations WHERE kind = ? AND id = ?').run(kind, id).changes === 1,
    )
  }

  async firstCut(lineage: readonly Link[]): Promise<Link | null> {
    return this.#database.guard('read', () => {
      // Asked twice for each call, and mostly of nothing.
      if (this.#database.prepare('SELECT 1 FROM revocations LIMIT 1').get() === undefined) return null
      const select = this.#database.prepare('SELECT 1 FROM revocations WHERE kind = ? AND id = ?')
      return lineage.find(({ kind, id }) => select.get(kind, id) !== undefined) ?? null
    })
  }

  async list(): Promise<readonly { readonly link: Link; readonly at: number }[]> {
    const rows = this.#database.prepare('SELECT kind, id, at FROM revocations ORDER BY at DESC').all() as unknown as (Link & {
      at: number
    })[]
    return rows.map(({ kind, id, at }) => ({ link: { kind, id }, at }))
  }
}
