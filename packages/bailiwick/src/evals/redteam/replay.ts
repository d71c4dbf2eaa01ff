import { canonicalJson } from '../../model/json.ts'
import { failureOf } from '../case/check-case.ts'
import type { CaseFailure } from '../case/check-case.ts'
import type { CaseStep, EvalCase } from '../case/eval-case.ts'
import type { PlacedCase } from '../case/read-cases.ts'
import { honestArguments } from '../generate/honest-task.ts'
import type { Lab } from '../lab/lab.ts'
import type { Finding } from './finding.ts'
import type { Place, Places } from './place-of-rule.ts'

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
  for (const [index, placed] of cases.entries()) {
    if (overtime()) return { played: index, findings, cutShort: true }
    const failure = failureOf(placed.case, lab.play(placed.case))
    if (failure !== null) findings.push(findingOf(placed, failure, lab, places))
  }
  return { played: cases.length, findings, cutShort: false }
}

function findingOf({ case: evalCase, place: kept }: PlacedCase, failure: CaseFailure, lab: Lab, places: Places): Finding {
  const { answer, expected, message } = failure
  const { place, hint } = whereToLook(evalCase, failure, lab, places)
  return {
    rule: evalCase.kind === 'attack' || failure.milder ? 'expected' : 'honest',
    kind: null,
    severity: evalCase.severity,
    trick: evalCase.name,
    message: `${message}${hint === '' ? '' : `; ${hint}`} (case ${kept.file}:${kept.line})`,
    mend: `take the change of the rules back, or correct \`expect\` in ${kept.file}:${kept.line}${expected.rule === undefined ? '' : `; it was \`${expected.rule}\` that answered`}`,
    case: evalCase,
    answer: { response: answer.response, tier: answer.tier, rule: answer.rule },
    place,
    count: 1,
  }
}

/** The line that should have given the answer, or the one that gave another. */
function whereToLook(
  evalCase: EvalCase,
  { answer, expected, milder }: CaseFailure,
  lab: Lab,
  places: Places,
): { readonly place: Place; readonly hint: string } {
  const { goal } = evalCase
  const { call, rule = '' } = expected
  if (!milder) {
    const place = places.ofPolicy(answer.rule)
    return place === null
      ? { place: places.ofTool(goal, call), hint: `it is \`${answer.rule}\` that says so` }
      : { place, hint: `it is the policy \`${answer.rule}\` that says so` }
  }
  const policy = places.ofPolicy(rule)
  if (policy !== null) return { place: policy, hint: `the policy \`${rule}\` no longer says so` }
  const at = ['goals', goal, 'tools', call]
  switch (rule) {
    case 'T3.confirm':
      return { place: places.ofTool(goal, call), hint: `\`${call}\` is no longer in \`confirm\` of the goal \`${goal}\`` }
    case 'T1.contract':
      return { place: places.ofTool(goal, call), hint: `the contract of \`${goal}\` names \`${call}\` now` }
    case 'T1.frame': {
      const argument = unusualArgument(evalCase, expected, lab)
      return argument === null
        ? { place: places.ofTool(goal, call), hint: `a frame of \`${call}\` no longer holds it back` }
        : { place: places.inManifest([...at, argument]), hint: `the frame of \`${argument}\` no longer holds it back` }
    }
    case 'T4.calls':
    case 'T4.minutes':
    case 'T4.resultBytes':
    case 'T4.loop':
    case 'T4.rate':
      return {
        place: places.inManifest(['goals', goal, 'limits', ...limitPath(rule, call)]),
        hint: `the limits of \`${goal}\` no longer hold it back`,
      }
    default:
      return rule === '' || /^T\d\./.test(rule)
        ? { place: places.ofTool(goal, call), hint: '' }
        : { place: places.ofTool(goal, call), hint: `the policy \`${rule}\` is gone` }
  }
}

/** The argument that is not as an honest call has it; null when all are. */
function unusualArgument({ goal, params }: EvalCase, { call, with: args }: CaseStep, { ruleset }: Lab): string | null {
  const tool = ruleset.tools.get(call)
  const honest = tool === undefined ? undefined : honestArguments(ruleset, goal, tool, params)
  if (honest === undefined) return null
  return Object.keys(args).find((name) => canonicalJson(args[name]) !== canonicalJson(honest[name] ?? null)) ?? null
}

function limitPath(rule: string, call: string): string[] {
  if (rule === 'T4.loop') return ['repeats']
  return rule === 'T4.rate' ? ['rates', call] : [rule.slice('T4.'.length)]
}
