import { Client, ProtocolError, SdkError } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'

/** How to start the MCP server that an agent talks to. */
export interface AgentOptions {
  command: string
  args: readonly string[]
  /** Added to the few variables that are always handed on, such as `PATH`. */
  env?: Record<string, string>
  cwd?: string
  /** The client name that the server sees. */
  name: string
}

/** How a call ended: with a result, with a JSON-RPC error, or without any answer. */
type CallEnd = 'result' | 'protocol-error' | 'connection-error'

/** What came of one tool call. */
export interface CallResult {
  /** True for a result that is not marked as an error. A denial is a result that is. */
  ok: boolean
  end: CallEnd
  /** The result's text blocks, one after the other, or the error's message. */
  text: string
  structured?: unknown
  /** The gateway's decision, from `_meta['bailiwick/decision']`; absent when the server sent none. */
  decision?: unknown
  /** Milliseconds from the call to its end. */
  ms: number
}

/** One connected agent. */
export interface Agent {
  /** The names of the tools it is shown now. */
  tools(): Promise<string[]>
  /** Calls a tool and waits up to 10 minutes, since a call may be held for a person. Rejects on nothing but a defect. */
  call(tool: string, args: Record<string, unknown>): Promise<CallResult>
  /** How many times the server has said that its list of tools changed. */
  toolListChanges(): number
  /** Everything the server has written to its standard error. */
  stderr(): string
  close(): Promise<void>
}

const holdMs = 600_000

/** Starts the server and connects to it over stdio. Rejects when it cannot be started or does not speak MCP. */
export async function connectAgent(options: AgentOptions): Promise<Agent> {
  const transport = new StdioClientTransport({
    command: options.command,
    args: [...options.args],
    stderr: 'pipe',
    maxBufferSize: 64 * 1024 * 1024,
    ...(options.env && { env: options.env }),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  })
  let stderr = ''
  transport.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8')
  })
  const client = new Client({ name: options.name, version: '1.0.0' })
  let changes = 0
  client.setNotificationHandler('notifications/tools/list_changed', () => {
    changes += 1
  })
  await client.connect(transport)

  return {
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (tool, args) => {
      const start = performance.now()
      const answer = await callOnce(client, tool, args)
      return { ...answer, ms: performance.now() - start }
    },
    toolListChanges: () => changes,
    stderr: () => stderr,
    close: () => client.close(),
  }
}

async function callOnce(client: Client, tool: string, args: Record<string, unknown>): Promise<Omit<CallResult, 'ms'>> {
  try {
    const result = await client.callTool({ name: tool, arguments: args }, { timeout: holdMs })
    const text = result.content.map((block) => (block.type === 'text' ? block.text : `[${block.type}]`)).join('\n')
    const decision = result._meta?.['bailiwick/decision']
    return {
      ok: result.isError !== true,
      end: 'result',
      text,
      ...(result.structuredContent !== undefined && { structured: result.structuredContent }),
      ...(decision !== undefined && { decision }),
    }
  } catch (error) {
    if (error instanceof ProtocolError) return { ok: false, end: 'protocol-error', text: error.message }
    if (error instanceof SdkError) return { ok: false, end: 'connection-error', text: error.message }
    throw error
  }
}
