import type { AgentKey, AgentKeyStore } from '../../authority/agent-keys.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

const columns = 'agent, thumbprint, x, added, until'

export class SqliteAgentKeyStore implements AgentKeyStore {
  readonly #database: SqliteDatabase

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  async add({ agent, thumbprint, x, added, until }: AgentKey): Promise<boolean> {
    return this.#database.transact(
      () =>
        this.#database
          .prepare(`INSERT INTO agent_keys (${columns}) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`)
          .run(agent, thumbprint, x, added, until).changes === 1,
    )
  }

  async expire(thumbprint: string, until: number): Promise<void> {
    this.#database.transact(() => this.#database.prepare('UPDATE agent_keys SET until = ? WHERE thumbprint = ?').run(until, thumbprint))
  }

  async find(thumbprint: string): Promise<AgentKey | null> {
    const row = this.#database.prepare(`SELECT ${columns} FROM agent_keys WHERE thumbprint = ?`).get(thumbprint)
    return row === undefined ? null : { ...(row as unknown as AgentKey) }
  }

  async list(agent: string | null): Promise<readonly AgentKey[]> {
    const rows = this.#database.prepare(`SELECT ${columns} FROM agent_keys WHERE agent = coalesce(?, agent) ORDER BY added`).all(agent)
    return (rows as unknown as AgentKey[]).map((row) => ({ ...row }))
  }
}
