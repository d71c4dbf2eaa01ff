import { randomUUID } from 'node:crypto'
import { SUPPORTED_PROTOCOL_VERSIONS, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server'
import type { AuthInfo, Server } from '@modelcontextprotocol/server'
import { SessionEventLog } from './session-event-log.ts'
import type { SessionGateway } from './session-gateway.ts'
import { serverWatcher, sessionServer } from './session-server.ts'

interface Connection {
  readonly server: Server
  readonly transport: WebStandardStreamableHTTPServerTransport
  readonly unwatch: () => void
  used: number
}

/** How long a client is told to wait before it takes up a broken stream, in milliseconds. */
const retryInterval = 500
const mostConnections = 64

/** The connections of 2025-era clients to one session over HTTP, each found by its `Mcp-Session-Id`. No id reaches another session. */
export class LegacyConnections {
  readonly #gateway: SessionGateway
  readonly #connections = new Map<string, Connection>()

  constructor(gateway: SessionGateway) {
    this.#gateway = gateway
  }

  async handle(request: Request, parsedBody: unknown, authInfo: AuthInfo): Promise<Response> {
    const options = { authInfo, ...(parsedBody === undefined ? {} : { parsedBody }) }
    const id = request.headers.get('mcp-session-id')
    if (id === null) return this.#open(request, options)
    const connection = this.#connections.get(id)
    if (connection === undefined)
      return Response.json({ jsonrpc: '2.0', error: { code: -32_001, message: 'Session not found' }, id: null }, { status: 404 })
    connection.used = performance.now()
    return connection.transport.handleRequest(withNegotiatedVersion(request, connection.server), options)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#connections.values()].map((connection) => connection.server.close()))
  }

  async #open(request: Request, options: { readonly authInfo: AuthInfo; readonly parsedBody?: unknown }): Promise<Response> {
    await this.#makeRoom()
    const server = sessionServer(this.#gateway)
    const unwatch = this.#gateway.watch(serverWatcher(server, this.#gateway))
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: new SessionEventLog(),
      retryInterval,
      onsessioninitialized: (id) => {
        this.#connections.set(id, { server, transport, unwatch, used: performance.now() })
      },
    })
    transport.onclose = () => {
      unwatch()
      if (transport.sessionId !== undefined) this.#connections.delete(transport.sessionId)
    }
    await server.connect(transport)
    const response = await transport.handleRequest(request, options)
    // Whatever it was, it opened nothing.
    if (transport.sessionId === undefined) await server.close()
    return response
  }

  /** Clients often go away without a word; the one unused for longest makes room. */
  async #makeRoom(): Promise<void> {
    if (this.#connections.size < mostConnections) return
    const [oldest] = [...this.#connections.values()].sort((a, b) => a.used - b.used)
    await oldest?.server.close()
  }
}

/**
 * The revision that a connection negotiated holds for all its requests. The SDK decides by the header of each request
 * whether a stream can be taken up again, so the header is made to say what was negotiated. One that names a revision
 * nobody knows is left for the transport to refuse.
 */
function withNegotiatedVersion(request: Request, server: Server): Request {
  const negotiated = server.getNegotiatedProtocolVersion()
  const claimed = request.headers.get('mcp-protocol-version')
  if (negotiated === undefined || (claimed !== null && !SUPPORTED_PROTOCOL_VERSIONS.includes(claimed))) return request
  const headers = new Headers(request.headers)
  headers.set('mcp-protocol-version', negotiated)
  return new Request(request.url, { method: request.method, headers, signal: request.signal })
}
