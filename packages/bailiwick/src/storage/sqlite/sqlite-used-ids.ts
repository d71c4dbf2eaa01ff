import type { UsedIds } from '../../authority/used-ids.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

/** Ids that were used, until nobody would take them any more. Those that have expired go with the next use of any. */
export class SqliteUsedIds implements UsedIds {
  readonly #database: SqliteDatabase
  readonly #clock: () => number

  constructor(database: SqliteDatabase, clock: () => number) {
    this.#database = database
    this.#clock = clock
  }

  async use(id: string, until: number): Promise<boolean> {
    const now = this.#clock()
    if (!(until > now)) return false
    return this.#database.transact(() => {
      this.#database.prepare('DELETE FROM used_ids WHERE until <= ?').run(now)
      return (
        this.#database.prepare('INSERT INTO used_ids (id, until) VALUES (?, ?) ON CONFLICT DO NOTHING').run(id, Math.ceil(until))
          .changes === 1
      )
    })
  }
}
