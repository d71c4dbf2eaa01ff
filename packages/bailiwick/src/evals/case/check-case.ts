import type { Lab } from '../lab/lab.ts'
import type { StepAnswer } from '../lab/lab-session.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import { responses } from '../../model/vocabulary.ts'
import type { CaseStep, EvalCase } from './eval-case.ts'
import { singleSteps } from './eval-case.ts'
import { takesOut } from './removed-text.ts'

/** A step that was answered otherwise than its case expects. */
export interface CaseFailure {
  /** Its place among the single steps, from 0. */
  readonly step: number
  readonly expected: CaseStep
  readonly answer: StepAnswer
  /** What is wrong, in one sentence. */
  readonly message: string
  /** Whether it was answered more mildly than expected, and not more strictly. */
  readonly milder: boolean
  /** What policies should have taken out and do not, as `@redact` writes it; empty where the answer itself is another. */
  readonly missing: readonly string[]
}

/** Plays a case, and finds the first step that is not answered as expected; null when all are. */
export function failureIn(lab: Lab, evalCase: EvalCase): CaseFailure | null {
  return firstFailure(evalCase, lab.play(evalCase), lab.ruleset.patterns)
}

/**
 * The first step of a case that was not answered as expected; null when all were. An observed agent's answers are taken as what they let through.
 * Steps that say what own patterns must remove are for {@link failureIn}.
 */
export function failureOf(evalCase: EvalCase, answers: readonly StepAnswer[]): CaseFailure | null {
  return firstFailure(evalCase, answers, new Map())
}

function firstFailure(evalCase: EvalCase, answers: readonly StepAnswer[], patterns: Ruleset['patterns']): CaseFailure | null {
  for (const [index, step] of singleSteps(evalCase.steps).entries()) {
    const answer = answers[index]
    if (answer === undefined || step.expect === undefined) continue
    const failure = stepFailure(evalCase, step, answer, patterns)
    if (failure !== null) return { step: index, expected: step, answer, ...failure }
  }
  return null
}

function stepFailure(
  { kind }: EvalCase,
  step: CaseStep,
  answer: StepAnswer,
  patterns: Ruleset['patterns'],
): Pick<CaseFailure, 'message' | 'milder' | 'missing'> | null {
  const expected = step.expect ?? 'allow'
  const difference = responses.indexOf(answer.response) - responses.indexOf(expected)
  if (difference < 0)
    return { milder: true, missing: [], message: `\`${step.call}\` is answered \`${answer.response}\` where \`${expected}\` is expected` }
  if (difference > 0 && kind === 'honest')
    return {
      milder: false,
      missing: [],
      message: `\`${step.call}\` is answered \`${answer.response}\` where \`${expected}\` is expected: ${answer.reason}`,
    }
  if (difference !== 0) return null
  const removes = Object.entries(step.removes ?? {})
  const missing = [...(step.redacts ?? []), ...removes.map(([text]) => text)].filter((text) => !answer.redacts.includes(text))
  if (missing.length > 0)
    return {
      milder: true,
      missing,
      message: `\`${step.call}\` goes through without taking out ${[...new Set(missing)].map((text) => `\`${text}\``).join(', ')}`,
    }
  const left = removes.flatMap(([redaction, texts]) =>
    texts.filter((text) => !takesOut(redaction, text, patterns)).map((text) => ({ redaction, text })),
  )
  const [first] = left
  if (first === undefined) return null
  return {
    milder: true,
    missing: left.map(({ redaction }) => redaction),
    message: `\`${step.call}\` goes through with ${JSON.stringify(first.text)}, which \`${first.redaction}\` does not find`,
  }
}
