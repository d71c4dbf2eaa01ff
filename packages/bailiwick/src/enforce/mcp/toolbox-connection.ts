import { randomUUID } from 'node:crypto'
import { Client, LOG_LEVEL_META_KEY, ProtocolError } from '@modelcontextprotocol/client'
import type { LoggingLevel, McpSubscription, PriorDiscovery, Progress, Transport } from '@modelcontextprotocol/client'
import type { Credentials } from '../../authority/credentials/credentials.ts'
import type { LentCredential } from '../../ledger/entry.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { CredentialDeclaration } from '../../model/credential.ts'
import type { McpServer } from '../../model/ruleset.ts'
import type { Session } from '../../model/session.ts'
import type { Allowance } from '../../model/vocabulary.ts'
import { IdleLimit } from './idle-limit.ts'
import { relayedError } from './relayed-value.ts'
import type { Relay } from './relayed-value.ts'
import { ToolboxCredentials } from './toolbox-credentials.ts'
import type { CalledTool } from './toolbox-credentials.ts'
import { toolListing } from './tool-listing.ts'
import type { ListedTool } from './tool-listing.ts'

export interface LoggedMessage {
  readonly level: LoggingLevel
  readonly data: unknown
  readonly logger?: string | undefined
}

/** What a toolbox's server wants from whoever it serves. */
export interface ToolboxListener {
  /** A list of the server changed: its tools, prompts or resources. */
  changed(kind: 'tools' | 'prompts' | 'resources'): void
  resourceUpdated(uri: string): void
  logged(params: LoggedMessage): void
  /** Asks the agent's side to answer a request of the server; rejects when it may not or does not. */
  asked(request: { readonly method: string; readonly params: Record<string, unknown> }): Promise<Record<string, unknown>>
  /** A request that the server has no business making. */
  refused(method: string): void
}

/** Gives a connection to what stands in for a toolbox's server. Called for each connection anew. */
export type StandIn = (toolbox: string) => Transport

export interface ToolboxOptions {
  readonly name: string
  readonly server: McpServer
  readonly credential: CredentialDeclaration | null
  readonly credentials: Credentials
  /** Whose calls are carried out; null when the server is only looked at. */
  readonly session: Session | null
  readonly base: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly allow: ReadonlySet<Allowance>
  readonly listener: ToolboxListener
  readonly report: (line: string) => void
  readonly clock: () => number
  /** A connection to another server in the place of the toolbox's own, which then needs none of its secrets; null for its own. */
  readonly stand: StandIn | null
  /** Which era each toolbox's server was found to speak, kept for the life of the gateway so that it is probed once. */
  readonly eras: Map<string, PriorDiscovery>
}

/** How much of a line on a server's standard error is passed on, in characters. */
const longestReport = 2000
const firstBackOff = 500
const longestBackOff = 30_000
/** How long a list of tools is relied on without asking again, in milliseconds. A server that says it changed is asked at once. */
const listingAge = 60_000

/** The longest that a timer of Node can wait, in milliseconds. */
const longestTimer = 2 ** 31 - 1

/** A server that did not answer in its time. */
class ToolboxTimeout extends Error {
  override readonly name = 'ToolboxTimeout'
}

/** The connection to one toolbox's server: made when first needed, made again after it broke, with growing pauses. */
export class ToolboxConnection {
  readonly #options: ToolboxOptions
  readonly #progress = new Map<string | number, (progress: Progress) => void>()
  readonly #limits = new Set<IdleLimit>()
  readonly #subscriptions = new Map<string, McpSubscription>()
  readonly #lending: ToolboxCredentials
  #client: Promise<Client> | null = null
  #renewing: Promise<void> | null = null
  #listing: { readonly tools: Promise<ReadonlyMap<string, ListedTool>>; readonly at: number } | null = null
  #failures = 0
  #notBefore = 0
  #closed = false

  constructor(options: ToolboxOptions) {
    this.#options = options
    this.#lending = new ToolboxCredentials(options)
  }

  get name(): string {
    return this.#options.name
  }

  get timeout(): number {
    return this.#options.server.timeout
  }

  /** Cleans what comes from this server of secrets, and of what claims to come from the gateway. */
  get relay(): Relay {
    return this.#lending.relay
  }

  /**
   * Makes sure that a call of a tool can be lent what it needs, and says what that is.
   * @throws BailiwickError `CREDENTIAL_REFUSED` or `SECRET_MISSING`, with nothing secret in it
   */
  lend(tool: CalledTool): Promise<readonly LentCredential[]> {
    return this.#options.stand === null ? this.#lending.lend(tool) : Promise.resolve([])
  }

  /**
   * The connected client. A server that was started with secrets which were replaced meanwhile is started again once nothing is under way.
   * @throws BailiwickError `UPSTREAM_FAILED`, `CREDENTIAL_REFUSED` or `SECRET_MISSING`
   */
  async client(): Promise<Client> {
    await (this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null
    }))
    this.#client ??= this.#connect().catch((error: unknown) => {
      this.#client = null
      throw error
    })
    return this.#client
  }

  /** The tools that the server offers now. @throws BailiwickError as {@link client} does */
  async tools(): Promise<ReadonlyMap<string, ListedTool>> {
    const now = this.#options.clock()
    if (this.#listing === null || now - this.#listing.at > listingAge) {
      const listing = { tools: this.#list(), at: now }
      this.#listing = listing
      listing.tools.catch(() => {
        if (this.#listing === listing) this.#listing = null
      })
    }
    return this.#listing.tools
  }

  /**
   * Sends a request and waits for its answer for as long as the server's time allows. Each report of progress starts that time
   * anew, up to ten times as long in all (ten minutes at least); while the server waits for the agent's side, it does not run.
   * Progress is taken from the notification itself: the client's own `onprogress` loses a report that comes just before the result.
   * @throws what the client throws; {@link ToolboxTimeout} when the time is up
   */
  async request(
    method: string,
    params: Record<string, unknown>,
    options: { readonly signal: AbortSignal; readonly onProgress: ((progress: Progress) => void) | null; readonly tool: CalledTool },
  ): Promise<unknown> {
    const client = await this.client()
    const limit = new IdleLimit(this.timeout, Math.max(10 * this.timeout, 600_000))
    this.#limits.add(limit)
    const token = randomUUID()
    const { onProgress } = options
    if (onProgress !== null)
      this.#progress.set(token, (progress) => {
        limit.stir()
        onProgress(progress)
      })
    // A server of 2026-07-28 says only as much as each request asks for; older ones were told once, when they were connected.
    const logLevel = this.#options.allow.has('logging') && client.getProtocolEra() === 'modern' ? { [LOG_LEVEL_META_KEY]: 'debug' } : {}
    const meta = { _meta: { ...logLevel, ...(onProgress === null ? {} : { progressToken: token }) } }
    try {
      return await this.#lending.during(options.tool, () =>
        client.request({ method, params: { ...params, ...meta } } as never, {
          signal: AbortSignal.any([options.signal, limit.signal]),
          timeout: longestTimer,
          allowInputRequired: true,
        }),
      )
    } catch (error) {
      if (limit.signal.aborted) throw new ToolboxTimeout(`did not answer within ${this.timeout / 1000} s`)
      throw error
    } finally {
      limit.stop()
      this.#limits.delete(limit)
      this.#progress.delete(token)
    }
  }

  /**
   * Asks the server for something that is not a call, and cleans what it answers.
   * @throws ProtocolError with the server's own error, clean as well; BailiwickError as {@link client} does, or for any other fault
   */
  async ask<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = await this.client()
    try {
      return this.relay(await work(client))
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw this.#fault(error)
      const { code, message, data } = relayedError(this.relay, error)
      throw new ProtocolError(code, message, data)
    }
  }

  /** Asks the server to tell when a resource changes. @throws as {@link ask} does */
  subscribe(uri: string): Promise<void> {
    return this.ask(async (client) => {
      if (client.getProtocolEra() === 'legacy') await client.subscribeResource({ uri })
      else if (!this.#subscriptions.has(uri)) this.#subscriptions.set(uri, await client.listen({ resourceSubscriptions: [uri] }))
    })
  }

  /** Takes that back. @throws as {@link ask} does */
  unsubscribe(uri: string): Promise<void> {
    return this.ask(async (client) => {
      if (client.getProtocolEra() === 'legacy') await client.unsubscribeResource({ uri })
      await this.#subscriptions.get(uri)?.close()
      this.#subscriptions.delete(uri)
    })
  }

  /** Forgets the list of tools, so that the next look at it asks the server. */
  forgetTools(): void {
    this.#listing = null
  }

  /** Ends the connection and the server's process. */
  async close(): Promise<void> {
    this.#closed = true
    const client = this.#client
    this.#client = null
    // One that never came up has nothing to close; its failure was told to whoever asked for it.
    await client?.then(
      (connected) => connected.close(),
      () => {},
    )
  }

  async #list(): Promise<ReadonlyMap<string, ListedTool>> {
    const client = await this.client()
    if (client.getServerCapabilities()?.tools === undefined) return new Map()
    try {
      const { tools } = await client.listTools(undefined, { timeout: this.timeout, cacheMode: 'refresh' })
      // Before it is compared, and before `pin` writes it down: a definition is no place for a secret either.
      return toolListing(this.relay(tools))
    } catch (error) {
      throw this.#fault(error)
    }
  }

  /** A fault of the server in our own terms, clean. */
  #fault(cause: unknown): BailiwickError {
    return cause instanceof BailiwickError
      ? cause
      : upstreamFault(this.name, this.relay(cause instanceof Error ? cause.message : String(cause)))
  }

  async #connect(): Promise<Client> {
    const { name, stand, clock, report, eras } = this.#options
    if (this.#closed) throw new BailiwickError('UPSTREAM_FAILED', `the toolbox \`${name}\` is shut down`)
    const wait = this.#notBefore - clock()
    if (wait > 0)
      throw new BailiwickError(
        'UPSTREAM_FAILED',
        `the toolbox \`${name}\` has failed and is left alone for another ${Math.ceil(wait / 1000)} s`,
      )
    // Not a failure of the server, which is not asked then.
    await this.lend(null)
    const line = (text: string): void => report(`[${name}] ${this.relay(text).slice(0, longestReport)}`)
    const transport = stand === null ? await this.#lending.transport(line) : stand(name)
    const client = this.#newClient()
    try {
      const prior = eras.get(name)
      await client.connect(transport, { timeout: this.timeout, ...(prior === undefined ? {} : { prior }) })
    } catch (error) {
      eras.delete(name)
      this.#backOff()
      throw this.#fault(error)
    }
    this.#failures = 0
    const discover = client.getDiscoverResult()
    eras.set(name, discover === undefined ? { kind: 'legacy' } : { kind: 'modern', discover })
    client.onclose = () => this.#lost(client)
    if (this.#options.allow.has('logging') && client.getProtocolEra() === 'legacy' && client.getServerCapabilities()?.logging !== undefined)
      await client.setLoggingLevel('debug')
    if (client.getProtocolEra() === 'modern') await this.#listen(client)
    return client
  }

  #newClient(): Client {
    const { allow, listener } = this.#options
    const client = new Client(
      { name: 'bailiwick', version: '0.1.0' },
      {
        versionNegotiation: { mode: 'auto', probe: { timeoutMs: 5000 } },
        inputRequired: { autoFulfill: false },
        capabilities: {
          ...(allow.has('sampling') ? { sampling: {} } : {}),
          ...(allow.has('elicitation') ? { elicitation: { form: {}, url: {} } } : {}),
        },
      },
    )
    for (const kind of ['tools', 'prompts', 'resources'] as const)
      client.setNotificationHandler(`notifications/${kind}/list_changed`, () => {
        if (kind === 'tools') this.forgetTools()
        listener.changed(kind)
      })
    client.setNotificationHandler('notifications/resources/updated', (notification) =>
      listener.resourceUpdated(this.relay(notification.params.uri)),
    )
    client.setNotificationHandler('notifications/progress', (notification) => {
      const { progressToken, ...progress } = notification.params
      this.#progress.get(progressToken)?.(this.relay(progress))
    })
    if (allow.has('logging'))
      client.setNotificationHandler('notifications/message', (notification) => listener.logged(this.relay(notification.params)))
    const ask =
      (method: string) =>
      async (request: { params?: unknown }): Promise<never> => {
        // A person may take longer to answer than a server may.
        const releases = [...this.#limits].map((limit) => limit.hold())
        try {
          return (await listener.asked({ method, params: this.relay((request.params ?? {}) as Record<string, unknown>) })) as never
        } finally {
          for (const release of releases) release()
        }
      }
    if (allow.has('sampling')) client.setRequestHandler('sampling/createMessage', ask('sampling/createMessage'))
    if (allow.has('elicitation')) client.setRequestHandler('elicitation/create', ask('elicitation/create'))
    client.fallbackRequestHandler = (request) => {
      listener.refused(this.relay(request.method))
      return Promise.reject(new ProtocolError(-32_601, `\`${request.method}\` is not allowed by the contract`))
    }
    // Unsolicited or unreadable messages are dropped by the client; the operator may want to know.
    client.onerror = (error) => this.#options.report(`[${this.name}] ${this.relay(error.message)}`)
    return client
  }

  async #listen(client: Client): Promise<void> {
    const capabilities = client.getServerCapabilities()
    const wanted = {
      ...(capabilities?.tools?.listChanged === true ? { toolsListChanged: true } : {}),
      ...(capabilities?.prompts?.listChanged === true ? { promptsListChanged: true } : {}),
      ...(capabilities?.resources?.listChanged === true ? { resourcesListChanged: true } : {}),
    }
    if (Object.keys(wanted).length > 0) await client.listen(wanted)
  }

  /** Ends a server whose secrets are not those of now. */
  async #renew(): Promise<void> {
    const current = this.#client
    if (current === null || this.#limits.size > 0 || !(await this.#lending.stale()) || this.#client !== current || this.#limits.size > 0)
      return
    this.#client = null
    this.#listing = null
    this.#subscriptions.clear()
    const client = await current
    delete client.onclose
    this.#options.report(`[${this.name}] a secret that it was started with was replaced; it is started again`)
    await client.close()
  }

  #lost(client: Client): void {
    if (this.#closed) return
    this.#client = null
    this.#listing = null
    this.#subscriptions.clear()
    this.#backOff()
    void client.close()
    this.#options.report(`[${this.name}] the server has ended; it is started again when it is needed`)
  }

  #backOff(): void {
    this.#notBefore = this.#options.clock() + Math.min(longestBackOff, firstBackOff * 2 ** this.#failures)
    this.#failures += 1
  }
}

/** A fault of a toolbox in our own terms; one that is ours already stays. */
export function upstreamFault(toolbox: string, cause: unknown): BailiwickError {
  if (cause instanceof BailiwickError) return cause
  const reason =
    cause instanceof ToolboxTimeout ? cause.message : cause instanceof Error ? `failed: ${cause.message}` : `failed: ${String(cause)}`
  return new BailiwickError('UPSTREAM_FAILED', `the toolbox \`${toolbox}\` ${reason}`, { cause })
}
