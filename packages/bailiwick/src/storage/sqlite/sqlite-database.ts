import { chmodSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { StatementSync } from 'node:sqlite'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { migrations } from './migrations.ts'

/**
 * One SQLite file in WAL mode with `synchronous=FULL`: a commit that returned is on disk. Several processes may use it;
 * one that finds it locked waits up to ten seconds.
 */
export class SqliteDatabase {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  readonly #path: string

  /** Opens the file, making and migrating it as needed. @throws BailiwickError `STORE_FAILED` */
  constructor(path: string) {
    this.#path = path
    this.#database = this.guard('opened', () => {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      const database = new DatabaseSync(path, { timeout: 10_000 })
      if (process.platform !== 'win32') chmodSync(path, 0o600)
      database.exec(
        'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 8000; PRAGMA secure_delete = ON;',
      )
      return database
    })
    this.#migrate()
  }

  /** A statement, prepared once. */
  prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }

  /** Rows as arrays of their columns, which cost half of what objects do. */
  arrays<T extends readonly unknown[]>(sql: string, ...values: readonly (string | number)[]): T[] {
    const statement = this.prepare(sql)
    statement.setReturnArrays(true)
    return statement.all(...values) as unknown as T[]
  }

  /** The blobs of rows that begin with their place, from `first` on to where one is missing. */
  blobsFrom(first: number, sql: string, ...values: readonly number[]): readonly Uint8Array[] {
    const rows = this.arrays<[number, Uint8Array]>(sql, ...values)
    const gap = rows.findIndex(([place], offset) => place !== first + offset)
    return (gap === -1 ? rows : rows.slice(0, gap)).map(([, blob]) => blob)
  }

  /** Runs `work` in a write transaction, which is on disk when this returns and undone when it throws. */
  transact<T>(work: () => T): T {
    return this.guard('written', () => {
      this.prepare('BEGIN IMMEDIATE').run()
      try {
        const result = work()
        this.prepare('COMMIT').run()
        return result
      } catch (error) {
        if (this.#database.isTransaction) this.prepare('ROLLBACK').run()
        throw error
      }
    })
  }

  /** As {@link transact}, except that it does not wait for the disk: for what can be told again from what was written before. */
  transactLazily<T>(work: () => T): T {
    this.prepare('PRAGMA synchronous = NORMAL').run()
    try {
      return this.transact(work)
    } finally {
      this.prepare('PRAGMA synchronous = FULL').run()
    }
  }

  /** Turns a fault of SQLite into ours. @throws BailiwickError `STORE_FAILED` */
  guard<T>(done: string, work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof Error) || (error as { code?: unknown }).code !== 'ERR_SQLITE_ERROR') throw error
      throw new BailiwickError('STORE_FAILED', `the store \`${this.#path}\` could not be ${done}: ${error.message}`, {
        cause: error,
        mend: 'check the disk, and that no other program holds the file',
      })
    }
  }

  /** Writes back the log and empties it, so that nothing that was deleted stands there any more. What others are reading just now stays until they have. */
  emptyLog(): void {
    this.guard('written', () => void this.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get())
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }

  #migrate(): void {
    this.transact(() => {
      const { user_version: version } = this.#database.prepare('PRAGMA user_version').get() as { user_version: number }
      if (version > migrations.length)
        throw new BailiwickError('STORE_FAILED', `the store \`${this.#path}\` was written by a newer version of Bailiwick`, {
          mend: 'use that version, or one after it',
        })
      for (const migration of migrations.slice(version)) this.#database.exec(migration)
      this.#database.exec(`PRAGMA user_version = ${migrations.length}`)
    })
  }
}
