import type { AgentTask as WholeTask } from 'bailiwick/evals'

/** Of what an agent is given, what this one needs: what to do, and the tools to do it with. */
export type AgentTask = Pick<WholeTask, 'request' | 'goal' | 'params' | 'call'>
