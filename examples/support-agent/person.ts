import type { AgentTask } from './agent-task.ts'
import { bailiwick, openTask } from './gateway.ts'

/** An action that waits for a person, as `bailiwick approvals --json` prints it. */
export interface Waiting {
  readonly id: string
  readonly session: string
  readonly tool: string
  readonly arguments: Readonly<Record<string, unknown>>
}

/** What an agent said in the end, its session, and what a person was asked meanwhile, in order. */
export interface AttendedRun {
  readonly answer: string
  readonly session: string
  readonly asked: readonly Waiting[]
}

/** Lets an agent work on a ticket through the gateway, beside a person who agrees to what `agrees` says, and to nothing else. */
export async function runAttended(
  agent: (task: AgentTask) => Promise<string>,
  ticket: string,
  agrees: (waiting: Waiting) => boolean,
): Promise<AttendedRun> {
  const governed = await openTask(ticket)
  const { task, session } = governed
  const over = new AbortController()
  const asked: Waiting[] = []
  const answering = async (): Promise<void> => {
    while (!over.signal.aborted)
      for (const waiting of ((await bailiwick('approvals')) as Waiting[]).filter((one) => one.session === session)) {
        const [command, because] = agrees(waiting) ? ['approve', 'the monitoring says so too'] : ['deny', 'nothing is wrong with it']
        await bailiwick(command, waiting.id, '--as', 'lena@corp.example', '--because', because)
        asked.push(waiting)
      }
  }
  const working = agent(task).finally(() => over.abort())
  try {
    const [answer] = await Promise.all([working, answering()])
    return { answer, session, asked }
  } finally {
    await governed.close()
  }
}
