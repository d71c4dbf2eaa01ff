import type { Runtime } from '../../enforce/runtime.ts'
import type { Approval } from '../../model/approval.ts'
import { fits } from '../expect/expect-calls.ts'
import type { FrameOracleScope } from '../oracle/frame-oracle.ts'
import type { ApprovalAnswer } from '../suite/suite.ts'

/**
 * Approvals with a person who answers at once, as the case says. What it says nothing of is refused: no run waits for somebody, and nothing
 * passes because nobody thought of it. `ignore` leaves a question open until the agent gives up or its time does.
 */
export function answeringApprovals(
  approvals: Runtime['approvals'],
  answers: readonly ApprovalAnswer[],
  scope: FrameOracleScope,
  give: (id: string, answer: 'approved' | 'denied') => Promise<void>,
): Runtime['approvals'] {
  return {
    given: (action) => approvals.given(action),
    find: (id) => approvals.find(id),
    use: (approval) => approvals.use(approval),
    ask: async (action, reason, lifetime): Promise<Approval> => {
      const asked = await approvals.ask(action, reason, lifetime)
      const answer =
        answers.find(({ tool, with: frames }) => tool === action.tool && fits(action.arguments, frames, scope))?.answer ?? 'refuse'
      if (asked.state === 'pending' && answer !== 'ignore') await give(asked.id, answer === 'approve' ? 'approved' : 'denied')
      return asked
    },
  }
}
