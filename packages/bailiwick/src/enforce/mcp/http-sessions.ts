import type { PriorDiscovery } from '@modelcontextprotocol/client'
import { createMcpHandler } from '@modelcontextprotocol/server'
import type { McpHttpHandler } from '@modelcontextprotocol/server'
import { GovernedSession } from '../governed-session.ts'
import type { Runtime } from '../runtime.ts'
import { LegacyConnections } from './legacy-connections.ts'
import { SessionGateway } from './session-gateway.ts'
import { sessionServer } from './session-server.ts'
import type { StandIn } from './toolbox-connection.ts'

/** How one session is served over HTTP, to clients of both eras. */
export interface HttpSession {
  readonly gateway: SessionGateway
  readonly modern: McpHttpHandler
  readonly legacy: LegacyConnections
}

/** The sessions that `bailiwick up` serves, each made when its first request comes. */
export class HttpSessions {
  readonly #runtime: Runtime
  readonly #environment: Readonly<Record<string, string | undefined>>
  readonly #sessions = new Map<string, Promise<HttpSession>>()
  /** Sessions that ended before the last sweep: requests that had begun by then have had their answers when the next one comes. */
  #ending: HttpSession[] = []
  readonly #eras = new Map<string, PriorDiscovery>()
  readonly #stand: StandIn | null

  constructor(runtime: Runtime, environment: Readonly<Record<string, string | undefined>>, stand: StandIn | null = null) {
    this.#runtime = runtime
    this.#environment = environment
    this.#stand = stand
  }

  /** The session that a token was issued for. @throws BailiwickError `SESSION_UNKNOWN` */
  get(id: string): Promise<HttpSession> {
    const known = this.#sessions.get(id)
    if (known !== undefined) return known
    const made = this.#make(id)
    this.#sessions.set(id, made)
    made.catch(() => this.#sessions.delete(id))
    return made
  }

  /** Shuts down the toolboxes of sessions that had ended by the sweep before; to be called again and again. */
  async sweep(): Promise<void> {
    const ended = this.#ending
    this.#ending = []
    for (const [id, making] of this.#sessions) {
      const state = await this.#runtime.sessionStore.state(id)
      if (state === 'active' || state === 'paused') continue
      this.#sessions.delete(id)
      this.#ending.push(await making)
    }
    await Promise.all(ended.map(closeSession))
  }

  async close(): Promise<void> {
    const open = await Promise.allSettled(this.#sessions.values())
    const ending = this.#ending
    this.#sessions.clear()
    this.#ending = []
    await Promise.all([...ending, ...open.filter((made) => made.status === 'fulfilled').map((made) => made.value)].map(closeSession))
  }

  async #make(id: string): Promise<HttpSession> {
    const runtime = this.#runtime
    const session = await runtime.sessions.find(id)
    const gateway = new SessionGateway({
      governed: await GovernedSession.open(runtime, session),
      point: 'mcp/http',
      credential: async (context) => {
        const token = context.http?.authInfo?.token
        return token === undefined ? { valid: false, reason: 'the request carries no token' } : runtime.authority.verify(token)
      },
      environment: this.#environment,
      eras: this.#eras,
      ...(this.#stand === null ? {} : { stand: this.#stand }),
    })
    const modern = createMcpHandler(() => sessionServer(gateway), {
      legacy: 'reject',
      onerror: (error) => runtime.report(`client: ${error.message}`),
    })
    gateway.watch({
      changed: (kind) => {
        if (kind === 'tools') modern.notify.toolsChanged()
        else if (kind === 'prompts') modern.notify.promptsChanged()
        else modern.notify.resourcesChanged()
      },
      resourceUpdated: (uri) => modern.notify.resourceUpdated(uri),
    })
    return { gateway, modern, legacy: new LegacyConnections(gateway) }
  }
}

async function closeSession({ gateway, modern, legacy }: HttpSession): Promise<void> {
  await modern.close()
  await legacy.close()
  await gateway.close()
}
