import type { Instance, InstanceStore } from '../../ledger/instance-store.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

export class SqliteInstanceStore implements InstanceStore {
  readonly #database: SqliteDatabase

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  async save(instance: Instance): Promise<void> {
    this.#database.transact(() =>
      this.#database.prepare('INSERT INTO instances (id, pid, started) VALUES (?, ?, ?)').run(instance.id, instance.pid, instance.started),
    )
  }

  async list(): Promise<readonly Instance[]> {
    return this.#database.prepare('SELECT id, pid, started FROM instances').all() as unknown as Instance[]
  }

  async remove(id: string): Promise<void> {
    this.#database.transact(() => this.#database.prepare('DELETE FROM instances WHERE id = ?').run(id))
  }
}
