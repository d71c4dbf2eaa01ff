import type { RevocationStore } from '../../authority/revocation-store.ts'
import type { Link } from '../../model/lineage.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

export class SqliteRevocationStore implements RevocationStore {
  readonly #database: SqliteDatabase

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  async cut({ kind, id }: Link, at: number): Promise<boolean> {
    return this.#database.transact(
      () =>
        this.#database.prepare('INSERT INTO revocations (kind, id, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING').run(kind, id, at)
          .changes === 1,
    )
  }

  async lift({ kind, id }: Link): Promise<boolean> {
    return this.#database.transact(
      () => this.#database.prepare('DELETE FROM revocations WHERE kind = ? AND id = ?').run(kind, id).changes === 1,
    )
  }

  async firstCut(lineage: readonly Link[]): Promise<Link | null> {
    return this.#database.guard('read', () => {
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
