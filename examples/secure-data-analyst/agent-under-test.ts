import { fileURLToPath } from 'node:url'
import type { AgentTask } from 'bailiwick/evals'
import type { Agent, CallResult } from './agent.ts'
import { runHonestAgent } from './honest-agent.ts'

const reportPath = fileURLToPath(new URL('.work/data/report.md', import.meta.url))

/** The honest agent as suites let it run. Resolves to what it says when it is done; to nothing when a call was refused. */
export default async function agentUnderTest(task: AgentTask): Promise<string | undefined> {
  const week = String(task.params['week'])
  const steps = await runHonestAgent(agentOf(task), { week, reportPath, managers: 'managers@corp.example' })
  return steps.length === 4 && steps.every(({ result }) => result.ok) ? `The report of ${week} is on its way.` : undefined
}

function agentOf({ tools, call }: AgentTask): Agent {
  return {
    tools: async () => tools.map(({ name }) => name),
    call: async (tool, args): Promise<CallResult> => {
      const start = performance.now()
      const { content, structuredContent, isError } = await call(tool, args)
      const text = content.map((block) => (typeof block['text'] === 'string' ? block['text'] : '')).join('\n')
      return { ok: isError !== true, end: 'result', text, structured: structuredContent, ms: performance.now() - start }
    },
    toolListChanges: () => 0,
    stderr: () => '',
    close: async () => {},
  }
}
