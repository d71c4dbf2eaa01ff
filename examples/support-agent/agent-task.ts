/** What an agent is given: what to do, and the tools to do it with. */
export interface AgentTask {
  readonly request: string
  readonly goal: string
  readonly params: Readonly<Record<string, unknown>>
  readonly tools: readonly { readonly name: string }[]
  /** Calls a tool by the name it is shown under (`toolbox__tool`); a denied call comes back with `isError`. */
  readonly call: (tool: string, args: Record<string, unknown>) => Promise<CallAnswer>
}

/** What a call came to. */
export interface CallAnswer {
  readonly content: readonly unknown[]
  readonly structuredContent?: Record<string, unknown>
  readonly isError?: boolean
}
