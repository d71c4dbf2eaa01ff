import type { SqliteDatabase } from './sqlite-database.ts'

/** The leaf hash of each session's newest entry, within one transaction. */
export class SessionHeads {
  readonly #database: SqliteDatabase
  readonly #moved = new Map<string, Uint8Array>()

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  /** Null when the session has no entry yet, or there is no session. */
  of(session: string | null): Uint8Array | null {
    if (session === null) return null
    const moved = this.#moved.get(session)
    if (moved !== undefined) return moved
    const row = this.#database.prepare('SELECT leaf FROM session_heads WHERE session = ?').get(session) as { leaf: Uint8Array } | undefined
    return row?.leaf ?? null
  }

  move(session: string | null, leaf: Uint8Array): void {
    if (session !== null) this.#moved.set(session, leaf)
  }

  save(): void {
    const write = this.#database.prepare(
      'INSERT INTO session_heads (session, leaf) VALUES (?, ?) ON CONFLICT (session) DO UPDATE SET leaf = excluded.leaf',
    )
    for (const [session, leaf] of this.#moved) write.run(session, leaf)
  }
}
