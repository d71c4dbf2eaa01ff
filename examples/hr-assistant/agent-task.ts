/** What a tool answered. A call that was denied is an answer with `isError` too, and its content says why. */
export interface ToolAnswer {
  readonly content: readonly unknown[]
  readonly structuredContent?: Record<string, unknown>
  readonly isError?: boolean
}

/** What an agent is given to do, and to do it with. */
export interface AgentTask {
  readonly request: string
  readonly goal: string
  readonly params: Readonly<Record<string, unknown>>
  readonly tools: readonly { readonly name: string }[]
  /** Calls a tool by the name it is shown under (`toolbox__tool`); a denied call comes back with `isError`. */
  readonly call: (tool: string, args: Record<string, unknown>) => Promise<ToolAnswer>
}

/** The text blocks of an answer, in their order. */
export function textsOf({ content }: ToolAnswer): readonly string[] {
  return content.flatMap((block) =>
    typeof block === 'object' && block !== null && 'text' in block && typeof block.text === 'string' ? [block.text] : [],
  )
}
