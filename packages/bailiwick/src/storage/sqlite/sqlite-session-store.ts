import type { SessionStore } from '../../authority/session-store.ts'
import type { Session, SessionState } from '../../model/session.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

interface Row {
  readonly body: string
  readonly state: SessionState
}

export class SqliteSessionStore implements SessionStore {
  readonly #database: SqliteDatabase

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  async save(session: Session): Promise<boolean> {
    return this.#database.transact(
      () =>
        this.#database
          .prepare('INSERT INTO sessions (id, opened, state, body) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING')
          .run(session.id, session.opened, session.state, JSON.stringify(session)).changes === 1,
    )
  }

  async find(id: string): Promise<Session | null> {
    const row = this.#database.prepare('SELECT body, state FROM sessions WHERE id = ?').get(id) as Row | undefined
    return row === undefined ? null : toSession(row)
  }

  async list(limit: number): Promise<readonly Session[]> {
    return (this.#database.prepare('SELECT body, state FROM sessions ORDER BY opened DESC LIMIT ?').all(limit) as unknown as Row[]).map(
      toSession,
    )
  }

  async descendants(id: string): Promise<readonly { id: string; parent: string }[]> {
    const rows = this.#database
      .prepare(
        `WITH RECURSIVE family (id, parent, depth) AS (
           SELECT id, json_extract(body, '$.delegation.parent'), 1 FROM sessions WHERE json_extract(body, '$.delegation.parent') = ?
           UNION
           SELECT sessions.id, json_extract(sessions.body, '$.delegation.parent'), depth + 1
           FROM family JOIN sessions ON json_extract(sessions.body, '$.delegation.parent') = family.id WHERE depth < 32
         ) SELECT id, parent FROM family ORDER BY depth`,
      )
      .all(id)
    return rows as { id: string; parent: string }[]
  }

  async change(id: string, from: readonly SessionState[], to: SessionState): Promise<boolean> {
    return this.#database.transact(
      () =>
        this.#database
          .prepare('UPDATE sessions SET state = ? WHERE id = ? AND state IN (SELECT value FROM json_each(?))')
          .run(to, id, JSON.stringify(from)).changes === 1,
    )
  }

  async forgetRequest(id: string): Promise<void> {
    this.#database.transact(() =>
      this.#database.prepare("UPDATE sessions SET body = json_set(body, '$.request', NULL) WHERE id = ?").run(id),
    )
  }

  async state(id: string): Promise<SessionState | null> {
    return (this.#database.prepare('SELECT state FROM sessions WHERE id = ?').get(id) as { state: SessionState } | undefined)?.state ?? null
  }
}

function toSession(row: Row): Session {
  return { ...(JSON.parse(row.body) as Session), state: row.state }
}
