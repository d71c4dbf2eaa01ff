import type { EndedSignIns, SignedInPerson } from '../../authority/ended-sign-ins.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

export class SqliteEndedSignIns implements EndedSignIns {
  readonly #database: SqliteDatabase

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  async end({ issuer, person }: SignedInPerson, until: number): Promise<void> {
    const insert = `INSERT INTO ended_sign_ins (issuer, person, until) VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET until = excluded.until WHERE excluded.until > until`
    this.#database.transact(() => void this.#database.prepare(insert).run(issuer, person, Math.ceil(until)))
  }

  async endedUntil({ issuer, person }: SignedInPerson): Promise<number | null> {
    return this.#database.guard('read', () => {
      const select = this.#database.prepare('SELECT until FROM ended_sign_ins WHERE issuer = ? AND person = ?')
      return (select.get(issuer, person) as { readonly until: number } | undefined)?.until ?? null
    })
  }
}
