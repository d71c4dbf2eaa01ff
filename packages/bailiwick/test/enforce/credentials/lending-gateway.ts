import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Client, InMemoryTransport } from '@modelcontextprotocol/client'
import { onTestFinished } from 'vitest'
import { Credentials } from '../../../src/authority/credentials/credentials.ts'
import type { PersonTokens } from '../../../src/authority/credentials/person-tokens.ts'
import { openInstallation } from '../../../src/cli/installation.ts'
import type { Installation } from '../../../src/cli/installation.ts'
import { renewedCredential } from '../../../src/cli/renewed-credential.ts'
import { GovernedSession } from '../../../src/enforce/governed-session.ts'
import { SessionGateway } from '../../../src/enforce/mcp/session-gateway.ts'
import { sessionServer } from '../../../src/enforce/mcp/session-server.ts'
import type { LedgerEntry, OutcomeEntry } from '../../../src/ledger/entry.ts'
import { formProblem } from '../../../src/ledger/form/form-problem.ts'
import { formatLock } from '../../../src/model/lock.ts'
import { pinOf } from '../../../src/model/pin.ts'
import { crmTools } from './crm-tools.ts'
import { keptPayload } from '../../ledger/kept-payload.ts'

export interface LendingPlan {
  /** `mcp` of the toolbox `crm`. */
  readonly mcp: Readonly<Record<string, unknown>>
  readonly credential?: Readonly<Record<string, unknown>>
  readonly environment?: Readonly<Record<string, string>>
  readonly persons?: PersonTokens
  /** Milliseconds that an authorisation server may take. */
  readonly timeout?: number
  readonly clock?: () => number
  readonly files?: Readonly<Record<string, string>>
  readonly trust?: Readonly<Record<string, unknown>>
  /** What the argument `text` of each tool means. */
  readonly sink?: 'path'
}

const effects = { look: 'read', change: 'write', drop: 'destructive' } as const

/** The manifest's folder, with files that their owner alone can read. */
export function lendingFolder({ mcp, credential, sink, trust, files = {} }: LendingPlan): string {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-lending-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const tools = Object.fromEntries(
    crmTools.map((tool) => [
      tool.name,
      { effect: effects[tool.name as 'look'], pin: pinOf(tool), ...(sink === undefined ? {} : { sinks: { text: sink } }) },
    ]),
  )
  const manifest = {
    trustDomain: 'corp.example',
    agents: { clerk: { owner: 'tests@corp.example', goals: ['serve'] } },
    toolboxes: { crm: { mcp, names: 'plain', tools, ...(credential === undefined ? {} : { credential }) } },
    goals: {
      serve: { allow: ['logging'], tools: Object.fromEntries(crmTools.map(({ name }) => [`crm.${name}`, {}])), limits: { repeats: 20 } },
    },
    http: { port: 0 },
    ...(trust === undefined ? {} : { trust }),
  }
  writeFileSync(join(folder, 'bailiwick.yaml'), JSON.stringify(manifest))
  writeFileSync(
    join(folder, 'bailiwick.lock.json'),
    formatLock({ version: 1, toolboxes: { crm: Object.fromEntries(crmTools.map((tool) => [tool.name, tool])) } }),
  )
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), 0o600)
  }
  return folder
}

/** A gateway in this process whose one toolbox is lent credentials: real store, real HTTP or processes towards the toolbox. */
export class LendingGateway {
  readonly folder: string
  /** What the operator was told. */
  readonly lines: readonly string[]
  readonly #plan: LendingPlan
  readonly #installation: Installation
  readonly #credentials: Credentials

  private constructor(plan: LendingPlan, folder: string, lines: string[], installation: Installation) {
    const { clock = Date.now, persons, timeout } = plan
    this.#plan = plan
    this.folder = folder
    this.lines = lines
    this.#installation = installation
    this.#credentials = new Credentials({
      clock,
      ...(persons === undefined ? {} : { persons }),
      ...(timeout === undefined ? {} : { timeout }),
    })
  }

  static async open(plan: LendingPlan): Promise<LendingGateway> {
    const folder = lendingFolder(plan)
    const lines: string[] = []
    const installation = await openInstallation({ manifest: join(folder, 'bailiwick.yaml'), state: null }, (line) => lines.push(line))
    onTestFinished(() => installation.close())
    return new LendingGateway(plan, folder, lines, installation)
  }

  /** Everything that agents were told: answers, progress and log messages. */
  readonly told: string[] = []

  /** A session and what calls its tools: what the agent gets for a call, as JSON. */
  async session(person: string | null = null): Promise<(tool: string, text?: string) => Promise<string>> {
    const { sessions, runtime } = this.#installation
    const session = await sessions.open(runtime.rules.current, { agent: 'clerk', goal: 'serve', params: {}, person, request: null })
    const credentials = this.#credentials
    const gateway = new SessionGateway({
      governed: await GovernedSession.open({ ...runtime, credentials }, session),
      point: 'mcp/stdio',
      credential: renewedCredential(this.#installation, session),
      environment: this.#plan.environment ?? {},
      eras: new Map(),
    })
    const [near, far] = InMemoryTransport.createLinkedPair()
    const client = new Client({ name: 'tests', version: '1.0.0' })
    client.setNotificationHandler('notifications/message', (notification) => void this.told.push(JSON.stringify(notification)))
    await Promise.all([sessionServer(gateway).connect(far), client.connect(near)])
    onTestFinished(async () => {
      await client.close()
      await gateway.close()
    })
    return async (tool, text = 'hello') => {
      const onprogress = (progress: unknown): void => void this.told.push(JSON.stringify(progress))
      const answer = await client.callTool({ name: tool, arguments: { text } }, { timeout: 30_000, onprogress }).then(
        (result) => JSON.stringify(result),
        (error: unknown) => JSON.stringify({ error: String(error), data: (error as { data?: unknown }).data }),
      )
      this.told.push(answer)
      return answer
    }
  }

  entries(): LedgerEntry[] {
    const database = new DatabaseSync(join(this.folder, '.bailiwick', 'bailiwick.db'), { readOnly: true })
    try {
      const rows = database.prepare('SELECT body FROM entries ORDER BY seq').all() as { body: Uint8Array }[]
      const entries = rows.map(({ body }) => JSON.parse(Buffer.from(body).toString('utf8')) as LedgerEntry)
      for (const entry of entries) if (formProblem(entry) !== null) throw new Error(formProblem(entry) ?? '')
      return entries
    } finally {
      database.close()
    }
  }

  /** All that can be found out afterwards: the files of the store as they are, every payload of the vault opened, and what the operator was told. */
  async remains(): Promise<string> {
    const { ledgerStore } = this.#installation
    const entries = this.entries()
    const hashes = [...JSON.stringify(entries).matchAll(/sha256:[0-9a-f]{64}/g)].map(([hash]) => hash)
    const payloads = await Promise.all(hashes.map((hash) => keptPayload(ledgerStore, hash)))
    const files = ['bailiwick.db', 'bailiwick.db-wal'].map((name) => join(this.folder, '.bailiwick', name)).filter(existsSync)
    return [...files.map((file) => readFileSync(file, 'latin1')), JSON.stringify(entries), JSON.stringify(payloads), ...this.lines].join(
      '\n',
    )
  }

  /** The outcomes so far, once there are so many. */
  async outcomes(count: number): Promise<OutcomeEntry[]> {
    for (let tries = 0; ; tries += 1) {
      const found = this.entries().filter((entry) => entry.type === 'outcome')
      if (found.length >= count || tries > 100) return found
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
