import { onTestFinished } from 'vitest'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import type { ServerType } from '@hono/node-server'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { installedRuleset, openInstallation } from '../../src/cli/installation.ts'
import type { Installation } from '../../src/cli/installation.ts'
import { rulesFilesState } from '../../src/cli/rules-files.ts'
import { RulesWatcher } from '../../src/cli/rules-watcher.ts'
import { httpGateway } from '../../src/enforce/mcp/http-gateway.ts'
import { HttpSessions } from '../../src/enforce/mcp/http-sessions.ts'
import type { LedgerEntry } from '../../src/ledger/entry.ts'
import type { Ruleset } from '../../src/model/ruleset.ts'
import { AttackInstallation } from '../attack/installation.ts'
import type { InstallationPlan, ManifestOnDisk } from '../attack/installation.ts'
import type { DecisionMeta } from '../attack/stdio-gateway-process.ts'

/** What a client got for a call, and what it was told of the decision. */
export interface Called {
  readonly text: string
  readonly decision: DecisionMeta
}

/** `bailiwick up` in this process: real files, store, servers and HTTP. Its files are looked at when a test says so, and not by the clock. */
export class LiveGateway {
  readonly files: AttackInstallation
  readonly lines: string[] = []
  installation!: Installation
  watcher!: RulesWatcher
  /** Reads the rules; a test may put itself in between. */
  load: () => Ruleset = () => installedRuleset(this.#locations)
  readonly #clients: Client[] = []
  #sessions!: HttpSessions
  #server!: ServerType
  #origin = ''

  private constructor(plan: InstallationPlan) {
    this.files = new AttackInstallation(plan)
  }

  static async open(plan: InstallationPlan = {}, policies: Readonly<Record<string, string>> = {}): Promise<LiveGateway> {
    const gateway = new LiveGateway(plan)
    for (const [name, text] of Object.entries(policies)) await gateway.policy(name, text)
    await gateway.#start()
    return gateway
  }

  get #locations(): { readonly manifest: string; readonly state: null } {
    return { manifest: this.manifest, state: null }
  }

  get manifest(): string {
    return this.path('bailiwick.yaml')
  }

  /** `http://127.0.0.1:<port>` */
  get origin(): string {
    return this.#origin
  }

  get digest(): string {
    return this.installation.runtime.rules.current.digest
  }

  /** What the ledger says of the configuration, after the ruleset of the start. */
  get reloads(): Extract<LedgerEntry, { type: 'configuration' }>[] {
    return this.files.entriesOf('configuration').slice(1)
  }

  path(name: string): string {
    return join(this.files.folder, name)
  }

  async write(name: string, text: string): Promise<void> {
    await mkdir(dirname(this.path(name)), { recursive: true })
    await writeFile(this.path(name), text)
  }

  policy(name: string, text: string): Promise<void> {
    return this.write(`policies/${name}`, text)
  }

  remove(name: string): Promise<void> {
    return rm(this.path(name), { recursive: true })
  }

  edit(change: (manifest: ManifestOnDisk) => unknown): void {
    this.files.edit(change)
  }

  /** Two looks, after which what has settled is in force or refused. */
  async reload(): Promise<void> {
    await this.watcher.poll()
    await this.watcher.poll()
  }

  /** A session of its own and its client, of the newest revision or of 2025. */
  async connect(options: { readonly legacy?: boolean; readonly onToolsChanged?: () => void } = {}): Promise<LiveClient> {
    const { sessions, runtime, token } = this.installation
    const session = await sessions.open(runtime.rules.current, { agent: 'agent', goal: 'goal', params: {}, person: null, request: null })
    const client = new Client(
      { name: 'tests', version: '1.0.0' },
      { versionNegotiation: { mode: options.legacy === true ? 'legacy' : 'auto' } },
    )
    const { onToolsChanged } = options
    if (onToolsChanged !== undefined) client.setNotificationHandler('notifications/tools/list_changed', onToolsChanged)
    const headers = { authorization: `Bearer ${await token(session, 3_600_000)}` }
    await client.connect(new StreamableHTTPClientTransport(new URL(`${this.#origin}/mcp`), { requestInit: { headers } }))
    this.#clients.push(client)
    return new LiveClient(client, session.id)
  }

  async close(): Promise<void> {
    await this.#stop()
    this.files.remove()
  }

  /** Ends it and starts it anew on the same files; where it listens changes. */
  async restart(): Promise<void> {
    await this.#stop()
    await this.#start()
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.close()))
    await this.watcher.stop()
    const closed = new Promise((resolve) => this.#server.close(resolve))
    await this.#sessions.close()
    if ('closeAllConnections' in this.#server) this.#server.closeAllConnections()
    await closed
    await this.installation.close()
  }

  async #start(): Promise<void> {
    const read = rulesFilesState(this.manifest)
    const report = (line: string): void => void this.lines.push(line)
    this.installation = await openInstallation(this.#locations, report)
    const { runtime, witnesses } = this.installation
    const { rules, ledger } = runtime
    this.watcher = new RulesWatcher({ manifest: this.manifest, load: () => this.load(), read, rules, ledger, witnesses, report })
    this.#sessions = new HttpSessions(runtime, { ATTACK_SECRET: this.files.secret })
    const app = httpGateway({ runtime, sessions: this.#sessions, origin: () => this.#origin, ...this.installation.server })
    this.#server = createAdaptorServer({ fetch: app.fetch })
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.#origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    this.installation.address.origin = this.#origin
  }
}

export class LiveClient {
  readonly client: Client
  readonly session: string

  constructor(client: Client, session: string) {
    this.client = client
    this.session = session
  }

  async call(name: string, args: Readonly<Record<string, unknown>>): Promise<Called> {
    const result = await this.client.callTool({ name, arguments: { ...args } }, { timeout: 20_000 })
    const [block] = result.content
    return { text: block?.type === 'text' ? block.text : '', decision: result._meta?.['bailiwick/decision'] as DecisionMeta }
  }

  async tools(): Promise<string[]> {
    return (await this.client.listTools(undefined, { cacheMode: 'refresh' })).tools.map((tool) => tool.name)
  }
}

/** A gateway that is closed when the test is over. */
export async function openGateway(plan: InstallationPlan = {}, policies: Readonly<Record<string, string>> = {}): Promise<LiveGateway> {
  const gateway = await LiveGateway.open(plan, policies)
  onTestFinished(() => gateway.close())
  return gateway
}

/** A policy that forbids a tool of the box, and one that asks a person first. */
export const forbid = (tool: string): string => `@id("no-${tool}")\nforbid (principal, action == Action::"box.${tool}", resource);\n`
export const asks = (tool: string): string => `@response("ask")\n${forbid(tool)}`
