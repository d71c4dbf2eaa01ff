import type { PriorDiscovery } from '@modelcontextprotocol/client'
import type { ServerContext } from '@modelcontextprotocol/server'
import { secretSources } from '../../model/check-credentials.ts'
import type { Credential } from '../../model/session.ts'
import type { Effect } from '../../model/vocabulary.ts'
import type { Tool, Toolbox } from '../../model/ruleset.ts'
import type { GovernedSession } from '../governed-session.ts'
import type { SessionContract } from '../session-contract.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { Sanitiser } from '../redact/sanitiser.ts'
import type { Exchange } from './exchange.ts'
import { deniedRequest } from './governed-read.ts'
import { ParkedExchanges } from './parked-exchanges.ts'
import { ToolboxConnection } from './toolbox-connection.ts'
import type { LoggedMessage, StandIn, ToolboxListener } from './toolbox-connection.ts'

/** What a client's connection wants to be told about. */
export interface Watcher {
  changed(kind: ListKind): void
  resourceUpdated(uri: string): void
}

export interface SessionGatewayOptions {
  readonly governed: GovernedSession
  /** How calls come in, as receipts name it: `mcp/stdio` or `mcp/http`. */
  readonly point: string
  /** What says who makes the request with this context. */
  readonly credential: (context: Pick<ServerContext, 'http'>) => Promise<Credential>
  /** The gateway's own environment, from which secrets are read. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly eras: Map<string, PriorDiscovery>
  /** What toolboxes are connected to instead of their servers; absent in production. */
  readonly stand?: StandIn
}

type ListKind = 'tools' | 'prompts' | 'resources'

/** How often clients are told at most that one and the same list changed, in milliseconds. */
const changeInterval = 250
/** How many messages about one call a toolbox may send to the agent. */
const mostMessages = 1000
/** How many refused requests of one toolbox are recorded one by one. */
const mostRefusals = 100

/** Why a toolbox may not ask the agent's side anything during a call. */
export const wordless = 'it asked for something while a call is sanitised by a path, which cannot be done to a question'

/** One session's side of the gateway: its own connections to the toolboxes that its contract names, shared with no other session. */
export class SessionGateway {
  readonly governed: GovernedSession
  readonly point: string
  readonly credential: SessionGatewayOptions['credential']
  readonly parked: ParkedExchanges = new ParkedExchanges()
  readonly #options: SessionGatewayOptions
  readonly #toolboxes = new Map<string, ToolboxConnection>()
  readonly #exchanges = new Map<string | null, Set<Exchange<unknown>>>()
  readonly #watchers = new Set<Watcher>()
  readonly #withheld = new Map<string, string>()
  readonly #changes = new Map<ListKind, 'told' | 'again'>()
  readonly #sanitisers = new WeakMap<object, Sanitiser>()
  readonly #messages = new WeakMap<object, number>()
  readonly #refusals = new Map<string, number>()
  readonly #unfollow: () => void
  #closed = false

  constructor(options: SessionGatewayOptions) {
    this.#options = options
    this.governed = options.governed
    this.point = options.point
    this.credential = options.credential
    this.#unfollow = this.governed.runtime.rules.follow(() => {
      for (const kind of ['tools', 'prompts', 'resources'] as const) this.#changed(kind)
    })
  }

  /** The connection to a toolbox that a contract of the session names: made with what it allows then, and kept for as long as the session. */
  connection(toolbox: Toolbox, { goal, ruleset }: SessionContract): ToolboxConnection {
    const known = this.#toolboxes.get(toolbox.name)
    if (known !== undefined) return known
    const { report, clock, credentials } = this.governed.runtime
    const { environment, eras, stand = null } = this.#options
    // Those that were not needed yet as well: who can look into the gateway's own environment finds them all.
    for (const source of secretSources(ruleset.manifest)) if ('env' in source) credentials.secrets.remember(environment[source.env] ?? '')
    const made = new ToolboxConnection({
      name: toolbox.name,
      server: toolbox.server,
      credential: toolbox.credential,
      credentials,
      session: this.governed.session,
      base: ruleset.base,
      environment,
      stand,
      allow: goal?.allow ?? new Set(),
      listener: this.#listener(toolbox),
      report,
      clock,
      eras,
    })
    this.#toolboxes.set(toolbox.name, made)
    // What is under way while the gateway shuts down starts no server any more.
    if (this.#closed) void made.close()
    return made
  }

  /**
   * Keeps an exchange known while it lasts: to end it with the gateway, and, where it is a toolbox's turn, so that what that
   * says meanwhile finds its way to the client.
   */
  async during<T, R>(toolbox: string | null, exchange: Exchange<T>, work: () => Promise<R>): Promise<R> {
    const running = this.#exchanges.get(toolbox) ?? new Set()
    this.#exchanges.set(toolbox, running)
    running.add(exchange)
    try {
      return await work()
    } finally {
      running.delete(exchange)
    }
  }

  /** Has what a toolbox says during an exchange sanitised from now on. */
  sanitise(exchange: object, sanitiser: Sanitiser | null): void {
    if (sanitiser !== null) this.#sanitisers.set(exchange, sanitiser)
  }

  /**
   * What a toolbox says beside its results, as the agent may have it; null when it is to be withheld. Which call it speaks of
   * cannot be known, so that what is to be taken out of any that it works on is taken out.
   */
  sanitised<T extends Json>(toolbox: string, words: T): T | null {
    let left: T | null = words
    for (const exchange of this.#exchanges.get(toolbox) ?? []) {
      const sanitiser = this.#sanitisers.get(exchange)
      if (sanitiser !== undefined && left !== null) left = sanitiser.words(left)
    }
    return left
  }

  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /**
   * Lets a request that is not a call go on, which answers to T0 like any other, and gives the contract to serve it by.
   * @param effect of what it does, which a token with a scope must have; null where it is only told what there is
   * @throws ProtocolError with the reason, which is recorded
   */
  async admit(context: ServerContext, effect: Effect | null = null): Promise<SessionContract> {
    return this.admitAs(await this.credential(context), context.mcpReq.method, effect)
  }

  /** The same for a request that the SDK does not hand over. */
  async admitAs(credential: Credential, method: string, effect: Effect | null): Promise<SessionContract> {
    const contract = this.governed.contract()
    const verdict = await this.governed.identify(credential, contract.ruleset, effect)
    if (verdict.response === 'allow') return contract
    await this.governed.note('refused', method, verdict.reason)
    throw deniedRequest(verdict)
  }

  /** Records that a tool is withheld, once for each definition that it was found with. */
  async withhold(tool: Tool, found: string | null): Promise<void> {
    const was = found ?? 'not offered'
    if (this.#withheld.get(tool.key) === was) return
    this.#withheld.set(tool.key, was)
    this.governed.runtime.report(
      `${tool.key} is withheld: ${found === null ? 'its server does not offer it' : 'its definition is no longer the one that was pinned; see `bailiwick pin`'}`,
    )
    await this.governed.note(
      'withheld',
      tool.key,
      found === null ? 'the server does not offer it' : `pinned ${tool.pin ?? ''}, found ${found}`,
    )
  }

  /** Whether a toolbox may send the agent one more message about a call; what goes beyond {@link mostMessages} is dropped, and the operator told once. */
  mayTell(toolbox: string, exchange: object): boolean {
    const sent = this.#messages.get(exchange) ?? 0
    this.#messages.set(exchange, sent + 1)
    if (sent === mostMessages)
      this.governed.runtime.report(`[${toolbox}] it has sent ${mostMessages} messages about one call; further ones are dropped`)
    return sent < mostMessages
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#unfollow()
    this.parked.close()
    for (const exchange of this.#exchanges.get(null) ?? []) exchange.giveUp('the gateway is shutting down')
    await Promise.all([...this.#toolboxes.values()].map((toolbox) => toolbox.close()))
    await this.governed.close()
  }

  /** What the connection was made with may be allowed no longer, so that each thing a toolbox wants is held against the contract of now. */
  #listener(toolbox: Toolbox): ToolboxListener {
    const { name } = toolbox
    return {
      changed: (kind) => this.#changed(kind),
      resourceUpdated: (uri) => {
        const contract = this.governed.contract()
        if (!contract.allows('subscriptions') || !contract.mayRead(toolbox, uri)) return
        for (const watcher of this.#watchers) watcher.resourceUpdated(uri)
      },
      logged: (params) => {
        if (this.governed.contract().allows('logging')) this.#log(name, params)
      },
      asked: (request) => {
        if (!mayAsk(this.governed.contract(), request.method)) {
          this.#refused(name, request.method)
          return Promise.reject(new Error('the contract does not allow this any more'))
        }
        const exchange = this.#latest(name)
        if (exchange === null) return Promise.reject(new Error('nothing is under way that could be asked about'))
        const params = this.sanitised(name, request.params as JsonObject)
        return params === null ? Promise.reject(new Error(wordless)) : exchange.askOne({ ...request, params })
      },
      refused: (method) => this.#refused(name, method),
    }
  }

  /** Tells of the first change at once, and of all that follow soon after it together. */
  #changed(kind: ListKind): void {
    if (this.#changes.has(kind)) {
      this.#changes.set(kind, 'again')
      return
    }
    for (const watcher of this.#watchers) watcher.changed(kind)
    this.#changes.set(kind, 'told')
    setTimeout(() => {
      const again = this.#changes.get(kind) === 'again'
      this.#changes.delete(kind)
      if (again) this.#changed(kind)
    }, changeInterval).unref()
  }

  #refused(toolbox: string, method: string): void {
    const { runtime } = this.governed
    const before = this.#refusals.get(toolbox) ?? 0
    this.#refusals.set(toolbox, before + 1)
    if (before > mostRefusals) return
    const last = before === mostRefusals ? '; it has asked so often that further requests are refused without a record' : ''
    runtime.report(`[${toolbox}] its request \`${method}\` was refused: the contract does not allow it${last}`)
    this.governed
      .note('refused', `${toolbox} ${method}`, `the contract does not allow the toolbox to ask for this${last}`)
      .catch((error: unknown) => runtime.report(String(error)))
  }

  #log(toolbox: string, params: LoggedMessage): void {
    // A toolbox can only say something to the agent while it works for it.
    const exchange = this.#latest(toolbox)
    if (exchange === null || !this.mayTell(toolbox, exchange)) return
    const { data, logger } = this.sanitised(toolbox, { data: (params.data ?? null) as Json, logger: params.logger ?? toolbox }) ?? {
      data: '[redacted]',
      logger: toolbox,
    }
    exchange.context.mcpReq
      .log(params.level, data, logger)
      .catch((error: unknown) => this.governed.runtime.report(`[${toolbox}] a log message could not be passed on: ${String(error)}`))
  }

  #latest(toolbox: string): Exchange<unknown> | null {
    return [...(this.#exchanges.get(toolbox) ?? [])].at(-1) ?? null
  }
}

/** Whether a contract lets toolboxes make a request of the agent's side. */
export function mayAsk(contract: SessionContract, method: string): boolean {
  return (
    (method === 'sampling/createMessage' && contract.allows('sampling')) ||
    (method === 'elicitation/create' && contract.allows('elicitation'))
  )
}
