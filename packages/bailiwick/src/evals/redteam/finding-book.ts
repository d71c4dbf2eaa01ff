import type { Attack } from '../attacks/attack.ts'
import type { CaseStep, EvalCase } from '../case/eval-case.ts'
import type { Lab } from '../lab/lab.ts'
import type { StepAnswer } from '../lab/lab-session.ts'
import { attempt } from './attempt.ts'
import type { AttemptResult } from './attempt.ts'
import type { Finding } from './finding.ts'
import { mendOf } from './mend-of.ts'
import type { Places } from './place-of-rule.ts'
import { shrink, sizeOf } from './shrink.ts'

/** Tries cases and keeps what succeeded: each finding once, by the smallest case that shows it. */
export class FindingBook {
  readonly #lab: Lab
  readonly #places: Places
  readonly #findings = new Map<string, Finding>()

  constructor(lab: Lab, places: Places) {
    this.#lab = lab
    this.#places = places
  }

  /** The worst first. */
  found(): Finding[] {
    return [...this.#findings.values()].sort((a, b) => (a.severity === b.severity ? 0 : a.severity === 'blocking' ? -1 : 1))
  }

  attempt(evalCase: EvalCase, attack: Pick<Attack, 'kind' | 'trick' | 'obeying'>): AttemptResult {
    const result = attempt(this.#lab, evalCase, attack.obeying === true)
    if (result.success !== null) this.#note(evalCase, attack, result.success)
    return result
  }

  /** Adds what was found otherwise. */
  add(finding: Finding): void {
    const key = JSON.stringify([finding.rule, finding.trick, finding.place])
    const known = this.#findings.get(key)
    this.#findings.set(key, known === undefined ? finding : { ...known, count: known.count + 1 })
  }

  /** Notes that the last step of the honest task was denied. Advice, since what is honest was derived and not told. */
  denied(evalCase: EvalCase, { response, tier, rule, reason }: StepAnswer): void {
    const tool = evalCase.steps.at(-1)?.call ?? ''
    this.add({
      rule: 'honest',
      kind: null,
      severity: 'advisory',
      trick: `the honest use of \`${tool}\` by \`${evalCase.agent}\``,
      message: `the honest use of \`${tool}\` is denied by \`${rule}\`: ${reason}`,
      mend: 'let it through, or keep a case of kind `honest` that says how the tool is meant to be used',
      case: { ...evalCase, kind: 'honest' },
      answer: { response, tier, rule },
      place: this.#places.ofPolicy(rule) ?? this.#places.ofTool(evalCase.goal, tool),
      count: 1,
    })
  }

  #note(
    evalCase: EvalCase,
    attack: Pick<Attack, 'kind' | 'trick' | 'obeying'>,
    { step, ought, answer }: NonNullable<AttemptResult['success']>,
  ): void {
    const tool = evalCase.steps[step]?.call ?? evalCase.steps.at(-1)?.call ?? ''
    const key = JSON.stringify([evalCase.agent, evalCase.goal, ought.rule, ought.path, tool])
    const known = this.#findings.get(key)
    const observed = answer.observed !== null
    const severity = observed ? 'advisory' : ought.severity
    const worse = known?.severity === 'advisory' && severity === 'blocking'
    const milder = known?.severity === 'blocking' && severity === 'advisory'
    if (known !== undefined && !worse && (milder || sizeOf(known.case.steps) <= 200 + sizeOf(evalCase.steps))) {
      this.#findings.set(key, { ...known, count: known.count + 1 })
      return
    }
    const shows = (steps: readonly CaseStep[]): boolean => {
      const { success } = attempt(this.#lab, { ...evalCase, steps }, attack.obeying === true)
      return (
        success?.ought.rule === ought.rule &&
        success.ought.severity === ought.severity &&
        JSON.stringify(success.ought.path) === JSON.stringify(ought.path)
      )
    }
    const smallest = shrink(evalCase.steps, shows)
    const expect = ought.response === 'stop' ? 'deny' : 'ask'
    this.#findings.set(key, {
      rule: ought.rule,
      kind: attack.kind,
      severity,
      trick: attack.trick,
      message: `\`${tool}\` is ${answer.response === 'ask' && !answer.through ? 'put before a person' : 'let through'}: ${ought.why}${observed ? ` (the agent \`${evalCase.agent}\` is only observed)` : ''}`,
      mend: observed ? 'set `mode: enforce` when you have seen enough' : mendOf(ought, tool),
      case: {
        ...evalCase,
        why: ought.why,
        severity: ought.severity,
        steps: smallest.map((one, index) => (index === smallest.length - 1 ? { ...one, expect } : one)),
      },
      answer: { response: answer.response, tier: answer.tier, rule: answer.rule },
      place: this.#places.inManifest(ought.path),
      count: (known?.count ?? 0) + 1,
    })
  }
}
