import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

export interface Message {
  readonly id?: number | string
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
}

export interface RawServer {
  readonly capabilities: Readonly<Record<string, unknown>>
  /** Asked for on each `tools/list`: the result, or the message of an error. */
  readonly tools: () => { readonly tools?: unknown; readonly error?: string }
  /** Anything but the handshake and `tools/list`. */
  readonly other: (message: Message) => void
}

/** Writes one message, or any text at all, to the client. */
export function send(message: unknown): void {
  process.stdout.write(typeof message === 'string' ? message : `${JSON.stringify(message)}\n`)
}

export function answer(id: Message['id'], result: unknown): void {
  send({ jsonrpc: '2.0', id, result })
}

export function refuse(id: Message['id'], code: number, message: string, data?: unknown): void {
  send({ jsonrpc: '2.0', id, error: { code, message, data } })
}

/** Writes down what reached this server, where the tests find it. */
export function note(entry: unknown): void {
  appendFileSync(process.env['TOOL_LOG'] as string, `${JSON.stringify(entry)}\n`)
}

function listTools(id: Message['id'], listed: ReturnType<RawServer['tools']>): void {
  if (listed.error === undefined) answer(id, listed)
  else refuse(id, -32_000, listed.error)
}

/**
 * A server of MCP 2025-06-18 on standard input and output, without the SDK, so that it can break every rule of the
 * protocol. It ends with its standard input, unless it has made
 * itself deaf to SIGTERM.
 */
export function serveRaw(server: RawServer): void {
  note({ method: 'started', params: { pid: process.pid } })
  const lines = createInterface(process.stdin)
  lines.on('close', () => {
    if (process.listenerCount('SIGTERM') === 0) process.exit(0)
  })
  lines.on('line', (line) => {
    const message = JSON.parse(line) as Message
    if (message.method === 'initialize')
      answer(message.id, {
        protocolVersion: '2025-06-18',
        capabilities: { tools: { listChanged: true }, ...server.capabilities },
        serverInfo: { name: 'hostile', version: '1.0.0' },
      })
    else if (message.method === 'tools/list') listTools(message.id, server.tools())
    else if (message.method === 'server/discover') refuse(message.id, -32_601, 'Method not found')
    else if (message.method === 'ping') answer(message.id, {})
    else if (message.method !== 'notifications/initialized') server.other(message)
  })
}
