import { randomUUID } from 'node:crypto'
import { SUPPORTED_PROTOCOL_VERSIONS, WebStandardStreamableHTTPServerTransport, type McpServer } from '@modelcontextprotocol/server'
import { SessionEventLog } from './session-event-log.ts'

interface Session {
  server: McpServer
  transport: WebStandardStreamableHTTPServerTransport
}

/** Milliseconds a client is told to wait before it resumes a closed stream. */
const retryInterval = 500

/** 2025 Streamable HTTP sessions: one server and one transport with an event log for each `Mcp-Session-Id`. */
export class LegacySessions {
  readonly #build: () => McpServer
  readonly #sessions = new Map<string, Session>()

  constructor(build: () => McpServer) {
    this.#build = build
  }

  /** A request with an unknown session id gets 404, one without an id and without `initialize` gets 400. */
  async handle(request: Request): Promise<Response> {
    const id = request.headers.get('mcp-session-id')
    if (id === null) return this.#open(request)
    const session = this.#sessions.get(id)
    if (session) return session.transport.handleRequest(withNegotiatedVersion(request, session.server))
    return Response.json({ jsonrpc: '2.0', error: { code: -32_001, message: 'Session not found' }, id: null }, { status: 404 })
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(({ server }) => server.close()))
  }

  async #open(request: Request): Promise<Response> {
    const server = this.#build()
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: new SessionEventLog(),
      retryInterval,
      onsessioninitialized: (id) => void this.#sessions.set(id, { server, transport }),
    })
    transport.onclose = () => {
      if (transport.sessionId !== undefined) this.#sessions.delete(transport.sessionId)
    }
    await server.connect(transport)
    const response = await transport.handleRequest(request)
    if (transport.sessionId === undefined) await server.close()
    return response
  }
}

/**
 * The version a session negotiated holds for all its requests, so it replaces the one in the header. This matters because
 * the SDK decides by that header whether a stream is resumable, and the conformance suite negotiates 2025-11-25 and then
 * sends 2025-03-26. A header with a version the SDK does not know is left for the transport to refuse.
 */
function withNegotiatedVersion(request: Request, { server }: McpServer): Request {
  const negotiated = server.getNegotiatedProtocolVersion()
  const claimed = request.headers.get('mcp-protocol-version')
  if (negotiated === undefined || (claimed !== null && !SUPPORTED_PROTOCOL_VERSIONS.includes(claimed))) return request
  const headers = new Headers(request.headers)
  headers.set('mcp-protocol-version', negotiated)
  return new Request(request, { headers })
}
