/** A tool as the gateway shows it to the agent. */
export interface ShownTool {
  /** `toolbox__tool`, unless the toolbox shows plain names. */
  readonly name: string
  readonly description?: string | undefined
  readonly inputSchema: Readonly<Record<string, unknown>>
}

/** What a tool gave back (MCP `CallToolResult`). A call that was denied comes back with `isError` and a text that says why. */
export interface ToolResult {
  readonly content: readonly Readonly<Record<string, unknown>>[]
  readonly structuredContent?: Readonly<Record<string, unknown>> | undefined
  readonly isError?: boolean | undefined
}

/** Where the gateway's MCP endpoint is (streamable HTTP), and the bearer token of this run. */
export interface McpEndpoint {
  readonly url: string
  readonly token: string
}

/** Base addresses of the model that the case provides, as the two SDKs want them, and a key that they can send along. */
export interface ModelEndpoints {
  readonly openai: string
  readonly anthropic: string
  readonly key: string
}

/** What an agent under test is given to do, and to do it with. */
export interface AgentTask {
  /** The person's own words; empty when the case has none. */
  readonly request: string
  readonly goal: string
  readonly params: Readonly<Record<string, string | number | boolean>>
  readonly tools: readonly ShownTool[]
  /** Calls a tool by the name that it is shown under. */
  readonly call: (tool: string, args: Record<string, unknown>) => Promise<ToolResult>
  readonly mcp: McpEndpoint
  /** Null when the case has no `model`. */
  readonly model: ModelEndpoints | null
  /** Aborted when the run's time is up. */
  readonly signal: AbortSignal
}

/** An agent as a function: resolves to its final answer, or to nothing. */
export type AgentUnderTest = (task: AgentTask) => Promise<string | void>
