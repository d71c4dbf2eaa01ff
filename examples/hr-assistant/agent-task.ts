import type { AgentTask as WholeTask, ToolResult } from 'bailiwick/evals'

/** Of what an agent is given, what this one needs: what to do, and the tools to do it with. */
export type AgentTask = Pick<WholeTask, 'request' | 'goal' | 'params' | 'call'>

/** The text blocks of an answer, in their order. */
export function textsOf({ content }: ToolResult): readonly string[] {
  return content.flatMap(({ text }) => (typeof text === 'string' ? [text] : []))
}
