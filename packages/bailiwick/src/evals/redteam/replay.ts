import { failureIn } from '../case/check-case.ts'
import type { CaseFailure } from '../case/check-case.ts'
import type { EvalCase } from '../case/eval-case.ts'
import type { PlacedCase } from '../case/read-cases.ts'
import type { Lab } from '../lab/lab.ts'
import type { Finding } from './finding.ts'
import type { Places } from './place-of-rule.ts'
import { whereToLook } from './where-to-look.ts'

/** What came of cases that were played again. */
export interface ReplayReport {
  readonly played: number
  readonly findings: readonly Finding[]
  /** True when the time ended before all were played. */
  readonly cutShort: boolean
}

/** Plays cases that were kept, and finds those that are no longer answered as expected, with where in the rules to look. */
export function replay(lab: Lab, cases: readonly PlacedCase[], places: Places, overtime: () => boolean): ReplayReport {
  const findings: Finding[] = []
  const all = cases.map((placed) => placed.case)
  for (const [index, placed] of cases.entries()) {
    if (overtime()) return { played: index, findings, cutShort: true }
    const failure = failureIn(lab, placed.case)
    if (failure !== null) findings.push(findingOf(placed, failure, lab, places, all))
  }
  return { played: cases.length, findings, cutShort: false }
}

function findingOf(
  { case: evalCase, place: kept }: PlacedCase,
  failure: CaseFailure,
  { ruleset }: Lab,
  places: Places,
  all: readonly EvalCase[],
): Finding {
  const { answer, expected, message } = failure
  const { place, hint } = whereToLook(evalCase, failure, ruleset, places, all)
  const { missing } = failure
  const key = missing.length === 0 ? 'expect' : missing.some((text) => answer.redacts.includes(text)) ? 'removes' : 'redacts'
  const answeredBy = expected.rule === undefined || missing.length > 0 ? '' : `; it was \`${expected.rule}\` that answered`
  return {
    rule: evalCase.kind === 'attack' || failure.milder ? 'expected' : 'honest',
    kind: null,
    severity: evalCase.severity,
    trick: evalCase.name,
    message: `${message}${hint === '' ? '' : `; ${hint}`} (case ${kept.file}:${kept.line})`,
    mend: `take the change of the rules back, or correct \`${key}\` in ${kept.file}:${kept.line}${answeredBy}`,
    case: evalCase,
    answer: { response: answer.response, tier: answer.tier, rule: answer.rule },
    place,
    count: 1,
  }
}
