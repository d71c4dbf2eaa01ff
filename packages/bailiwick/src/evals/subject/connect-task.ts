import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { AgentTask, McpEndpoint, ToolResult } from './agent-task.ts'

export type TaskAbout = Omit<AgentTask, 'tools' | 'call'>

/** A task with its tools at hand: connected to the gateway as any agent is, over its MCP endpoint. */
export async function connectTask(about: TaskAbout): Promise<{ readonly task: AgentTask; readonly close: () => Promise<void> }> {
  const { signal } = about
  const client = await connect(about.mcp, signal)
  const { tools } = await client.listTools(undefined, { signal })
  const task: AgentTask = {
    ...about,
    tools: tools,
    call: async (tool, args) =>
      (await client.callTool({ name: tool, arguments: args }, { signal, timeout: longest })) as unknown as ToolResult,
  }
  return { task, close: () => client.close() }
}

/** A run's own time ends it; no single call does. Milliseconds, the longest that a timer can wait. */
const longest = 2 ** 31 - 1

async function connect({ url, token }: McpEndpoint, signal: AbortSignal): Promise<Client> {
  const client = new Client({ name: 'agent-under-test', version: '0.1.0' }, { versionNegotiation: { mode: 'auto' } })
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization: `Bearer ${token}` }, signal },
  })
  await client.connect(transport)
  return client
}
