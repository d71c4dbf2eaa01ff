/** How an agent ended. */
export interface AgentEnd {
  /** Null when it gave none. */
  readonly answer: string | null
  /** Why it ended badly; null when it ended well. */
  readonly fault: string | null
}

export const overtime = 'the agent did not end in its time'

/** What went wrong, in one line. */
export function faultText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
