import { credentialKinds } from '../case/eval-case.ts'
import type { CaseStep } from '../case/eval-case.ts'
import type { Attack, Target } from './attack.ts'
import { honestStep } from './attack.ts'

/** The honest call under what is not, or no longer, the session's own right; with a tool that was changed; and without the person who must agree. */
export function* sessionAttacks(target: Target): Generator<Attack> {
  for (const tool of target.tools) {
    const step = honestStep(target, tool)
    if (step === null) continue
    const approved = { ...step, approved: true }
    for (const credential of credentialKinds)
      if (credential !== 'own')
        yield { kind: 'identity', trick: `\`${tool.key}\` with a credential that is ${credential}`, steps: [{ ...approved, credential }] }
    for (const state of ['paused', 'revoked', 'closed'] as const) {
      yield { kind: 'identity', trick: `\`${tool.key}\` in a session that is ${state}`, steps: [{ ...approved, state }] }
      yield { kind: 'identity', trick: `\`${tool.key}\` once more when the session is ${state}`, steps: [approved, { ...approved, state }] }
    }
    for (const pin of ['changed', 'absent'] as const)
      if (tool.pin !== null)
        yield { kind: 'tool-poisoning', trick: `\`${tool.key}\` when its definition is ${pin}`, steps: [approved, { ...approved, pin }] }
    yield { kind: 'unconfirmed', trick: `\`${tool.key}\` with no person asked`, steps: [step] }
    yield* approvalsUsedTwice(target, tool.key, step)
  }
}

function* approvalsUsedTwice(target: Target, tool: string, step: CaseStep): Generator<Attack> {
  if (!target.goal.confirm.has(tool)) return
  const approved = { ...step, approved: true }
  yield { kind: 'unconfirmed', trick: `\`${tool}\` again on one approval`, steps: [approved, step] }
  yield { kind: 'unconfirmed', trick: `\`${tool}\` in another session on one approval`, steps: [approved, { ...step, session: 1 }] }
  const other = honestStep(target, target.ruleset.tools.get(tool) as Target['tools'][number], 1)
  if (other !== null) yield { kind: 'unconfirmed', trick: `\`${tool}\` with other arguments on one approval`, steps: [approved, other] }
}
