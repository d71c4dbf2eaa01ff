import type { Approval, ApprovalState } from '../../model/approval.ts'
import type { ApprovalStore } from '../../oversight/approval-store.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

interface Row {
  readonly body: string
  readonly state: ApprovalState
  readonly approver: string | null
  readonly signature: string | null
}

const columns = 'body, state, approver, signature'

export class SqliteApprovalStore implements ApprovalStore {
  readonly #database: SqliteDatabase

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  async save(approval: Approval): Promise<void> {
    this.#database.transact(() =>
      this.#database
        .prepare('INSERT INTO approvals (id, session, action, asked, state, body) VALUES (?, ?, ?, ?, ?, ?)')
        .run(approval.id, approval.session, approval.action, approval.asked, approval.state, JSON.stringify(approval)),
    )
  }

  async find(id: string): Promise<Approval | null> {
    return toApproval(this.#database.prepare(`SELECT ${columns} FROM approvals WHERE id = ?`).get(id) as Row | undefined)
  }

  async list(state: ApprovalState | null, limit: number): Promise<readonly Approval[]> {
    const rows = this.#database
      .prepare(`SELECT ${columns} FROM approvals WHERE ?1 IS NULL OR state = ?1 ORDER BY asked DESC LIMIT ?2`)
      .all(state, limit) as unknown as Row[]
    return rows.map((row) => toApproval(row) as Approval)
  }

  async forAction(session: string, action: string): Promise<Approval | null> {
    const row = this.#database
      .prepare(
        `SELECT ${columns} FROM approvals WHERE session = ? AND action = ? AND state IN ('pending', 'approved') ORDER BY asked DESC LIMIT 1`,
      )
      .get(session, action)
    return toApproval(row as Row | undefined)
  }

  async forgetSession(session: string): Promise<void> {
    this.#database.transact(() => this.#database.prepare('DELETE FROM approvals WHERE session = ?').run(session))
  }

  async change(
    id: string,
    from: ApprovalState,
    to: ApprovalState,
    answer?: { readonly approver: string; readonly signature: string },
  ): Promise<boolean> {
    return this.#database.transact(() => {
      const changed = this.#database
        .prepare(
          'UPDATE approvals SET state = ?, approver = coalesce(?, approver), signature = coalesce(?, signature) WHERE id = ? AND state = ?',
        )
        .run(to, answer?.approver ?? null, answer?.signature ?? null, id, from)
      return changed.changes === 1
    })
  }
}

function toApproval(row: Row | undefined): Approval | null {
  if (row === undefined) return null
  const { body, ...answer } = row
  return { ...(JSON.parse(body) as Approval), ...answer }
}
