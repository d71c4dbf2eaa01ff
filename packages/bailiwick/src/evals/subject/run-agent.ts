import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { UnderTest } from '../suite/suite.ts'
import { faultText, overtime } from './agent-end.ts'
import type { AgentEnd } from './agent-end.ts'
import { runCommand } from './command-agent.ts'
import { connectTask } from './connect-task.ts'
import type { TaskAbout } from './connect-task.ts'
import { runModule } from './module-agent.ts'
import { runUrl } from './url-agent.ts'

/** Lets an agent run until it ends or the signal is aborted. Whatever it does wrong is a fault of its own, and never thrown. */
export async function runAgent(underTest: UnderTest, about: TaskAbout, shownName: (tool: string) => string): Promise<AgentEnd> {
  switch (underTest.kind) {
    case 'command':
      return runCommand(underTest, about)
    case 'url':
      return runUrl(underTest, about)
    case 'module':
      return runModule(underTest, about)
    case 'session':
      throw new BailiwickError('SESSION_UNKNOWN', `the session \`${underTest.session}\` was not looked up`)
    case 'script':
      return runFunction(about, async (task) => {
        for (const { call, with: args } of underTest.steps) await task.call(shownName(call), { ...args })
        return underTest.answer ?? undefined
      })
    case 'function':
      return runFunction(about, underTest.run)
  }
}

async function runFunction(about: TaskAbout, run: Extract<UnderTest, { kind: 'function' }>['run']): Promise<AgentEnd> {
  try {
    const { task, close } = await connectTask(about)
    try {
      const answer = await Promise.race([run(task), aborted(about.signal)])
      return { answer: answer ?? null, fault: null }
    } finally {
      await close()
    }
  } catch (error) {
    return { answer: null, fault: about.signal.aborted ? overtime : `the agent failed: ${faultText(error)}` }
  }
}

/** Rejects when the signal is aborted, and else never settles. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(new Error(overtime))
    signal.addEventListener('abort', () => reject(new Error(overtime)), { once: true })
  })
}
