import { redactionKinds, personalKinds } from '../../model/redaction.ts'
import type { CaseStep, EvalCase } from '../case/eval-case.ts'
import { singleSteps } from '../case/eval-case.ts'
import { canaries } from '../lab/sample-result.ts'
import type { Lab } from '../lab/lab.ts'
import type { StepAnswer } from '../lab/lab-session.ts'
import type { Ought } from '../oracle/ought.ts'
import { Oracle } from '../oracle/oracle.ts'

/** What came of one attempt of the attacker. */
export interface AttemptResult {
  readonly answers: readonly StepAnswer[]
  /** The step that succeeded and ought not to have, the first of the worst; null when none did. */
  readonly success: { readonly step: number; readonly ought: Ought; readonly answer: StepAnswer } | null
  /** The answer to the last step that ought not to have succeeded and did not; null when no step was an attack. */
  readonly stopped: StepAnswer | null
}

/** Plays a case under a lab and judges it by the oracle of a ruleset, which is the lab's own unless that is a mutant of it. */
export function attempt(lab: Lab, evalCase: EvalCase, obeying: boolean, judgedBy: Lab['ruleset'] = lab.ruleset): AttemptResult {
  const steps = singleSteps(evalCase.steps)
  const answers = lab.play(evalCase)
  const oracle = new Oracle(judgedBy, evalCase)
  let stopped: StepAnswer | null = null
  let success: AttemptResult['success'] = null
  for (const [index, answer] of answers.entries()) {
    const step = steps[index] as CaseStep
    const leaked = leak(step, answer)
    const oughts = [...oracle.judge(step, answer, obeying && index === steps.length - 1), ...(leaked === null ? [] : [leaked])]
    const ought = oughts.find((one) => succeeded(one, answer))
    if (ought === undefined) stopped = oughts.length > 0 ? answer : stopped
    else if (success === null || (success.ought.severity === 'advisory' && ought.severity === 'blocking'))
      success = { step: index, ought, answer }
  }
  return { answers, success, stopped }
}

function succeeded({ response, rule }: Ought, answer: StepAnswer): boolean {
  if (rule === 'canary') return true
  if (response === 'ask' || rule === 'invariant') return answer.through && (rule === 'invariant' || !answer.approved)
  return answer.response !== 'deny'
}

/** A canary that policies say they take out, and that the agent is shown. */
function leak({ call }: CaseStep, { redacts, result }: StepAnswer): Ought | null {
  if (result === null || redacts.length === 0) return null
  const kinds = redacts.filter((text) => text.startsWith('output:')).map((text) => text.slice('output:'.length))
  const wanted = kinds.flatMap((kind) =>
    kind === 'pii' ? personalKinds : redactionKinds.includes(kind as (typeof redactionKinds)[number]) ? [kind] : [],
  )
  const text = JSON.stringify(result)
  const found = wanted.find((kind) => text.includes(canaries[kind] as string))
  if (found === undefined) return null
  return {
    response: 'stop',
    rule: 'canary',
    why: `the result of \`${call}\` still shows its canary of kind \`${found}\``,
    path: ['toolboxes'],
    severity: 'blocking',
  }
}
