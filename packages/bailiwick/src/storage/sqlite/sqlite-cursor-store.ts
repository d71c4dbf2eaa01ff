import type { CursorStore } from '../../ledger/export/cursor-store.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

export class SqliteCursorStore implements CursorStore {
  readonly #database: SqliteDatabase

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  async cursor(sink: string): Promise<number | null> {
    const row = this.#database.prepare('SELECT next FROM export_cursors WHERE sink = ?').get(sink)
    return (row as { next: number } | undefined)?.next ?? null
  }

  async advance(sink: string, next: number): Promise<void> {
    this.#database.transact(() =>
      this.#database
        .prepare('INSERT INTO export_cursors (sink, next) VALUES (?, ?) ON CONFLICT (sink) DO UPDATE SET next = max(next, excluded.next)')
        .run(sink, next),
    )
  }
}
