import type { LedgerStore } from '../../ledger/ledger-store.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { JsonObject } from '../../model/json.ts'
import type { TracedCall } from '../expect/run-trace.ts'
import type { AgentCase, ToolMock } from '../suite/suite.ts'
import { readTrace } from './read-trace.ts'

/**
 * The case with a recorded session in the place of its agent: the same calls in the same order, and tools that answer as they did then,
 * unless the case says how they answer.
 * @throws BailiwickError `SESSION_UNKNOWN` when the ledger knows nothing of it
 */
export async function withRecordedSession(agentCase: AgentCase, store: LedgerStore): Promise<AgentCase> {
  const { underTest, tools } = agentCase
  if (underTest.kind !== 'session') return agentCase
  const { calls } = await readTrace(store, underTest.session)
  if (calls.length === 0)
    throw new BailiwickError('SESSION_UNKNOWN', `the ledger holds no calls of the session \`${underTest.session}\``, {
      mend: '`bailiwick sessions list` names those that it knows',
    })
  const steps = calls.map(({ tool, arguments: args }) => ({ call: tool, with: args }))
  return { ...agentCase, underTest: { kind: 'script', steps, answer: null }, tools: { ...recordedMocks(calls), ...tools } }
}

/** What each tool gave back in a session, in the order of its calls. */
export function recordedMocks(calls: readonly TracedCall[]): Readonly<Record<string, readonly ToolMock[]>> {
  const answered = calls.filter((call) => call.result !== null)
  return Object.fromEntries(
    [...Map.groupBy(answered, (call) => call.tool)].map(([tool, ofTool]) => [
      tool,
      ofTool.map(({ result }) => ({ result: result as JsonObject })),
    ]),
  )
}
