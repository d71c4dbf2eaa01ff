import { toolsInScope } from '../../model/policy-scope.ts'
import { parseRedaction, redactionText } from '../../model/redaction.ts'
import type { PolicyRule, Ruleset } from '../../model/ruleset.ts'
import type { CaseFailure } from '../case/check-case.ts'
import type { CaseStep, EvalCase } from '../case/eval-case.ts'
import type { Place, Places } from './place-of-rule.ts'
import { suspectArgument } from './suspect-argument.ts'

/** Where in the rules to look, and what is to be said of it. */
export interface Lead {
  readonly place: Place
  /** What is there, as a part of a sentence; empty where nothing more is known. */
  readonly hint: string
}

/** The line that should have given the answer that a kept case expects, or the one that gave another. */
export function whereToLook(
  evalCase: EvalCase,
  { answer, expected, milder, missing }: CaseFailure,
  ruleset: Ruleset,
  places: Places,
  kept: readonly EvalCase[],
): Lead {
  const { goal } = evalCase
  const { call, rule = '' } = expected
  const unseen = missing.find((text) => answer.redacts.includes(text))
  if (unseen !== undefined) {
    const kind = parseRedaction(unseen)?.kind ?? ''
    return { place: places.inManifest(['patterns', kind]), hint: `the pattern \`${kind}\` no longer finds it` }
  }
  if (missing.length > 0) return whereRedacted(goal, expected, missing, ruleset, places)
  if (!milder) {
    const place = places.ofPolicy(answer.rule)
    return place === null
      ? { place: places.ofTool(goal, call), hint: `it is \`${answer.rule}\` that says so` }
      : { place, hint: `it is the policy \`${answer.rule}\` that says so` }
  }
  const policy = places.ofPolicy(rule)
  if (policy !== null) return { place: policy, hint: `the policy \`${rule}\` no longer says so` }
  switch (rule) {
    case 'T3.confirm':
      return { place: places.ofTool(goal, call), hint: `\`${call}\` is no longer in \`confirm\` of the goal \`${goal}\`` }
    case 'T1.contract':
      return { place: places.ofTool(goal, call), hint: `the contract of \`${goal}\` names \`${call}\` now` }
    case 'T1.frame': {
      const argument = suspectArgument(evalCase, expected, ruleset, kept)
      if (argument === null) return { place: places.ofTool(goal, call), hint: `a frame of \`${call}\` no longer holds it back` }
      const framed = Object.hasOwn(ruleset.manifest.goals[goal]?.tools[call] ?? {}, argument)
      return {
        place: framed ? places.inManifest(['goals', goal, 'tools', call, argument]) : places.ofTool(goal, call),
        hint: `the frame of \`${argument}\` no longer holds it back`,
      }
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

function limitPath(rule: string, call: string): string[] {
  if (rule === 'T4.loop') return ['repeats']
  return rule === 'T4.rate' ? ['rates', call] : [rule.slice('T4.'.length)]
}

/** The policy that takes things out of a tool and no longer what is missing: the nearest to that, by what it does take out. */
function whereRedacted(
  goal: string,
  { call, rule = '' }: CaseStep,
  missing: readonly string[],
  { policyRules, tools }: Ruleset,
  places: Places,
): Lead {
  const ofTool = new Map([...tools].filter(([key]) => key === call))
  const redacting = [...policyRules.values()].filter(
    ({ redactions, json }) => redactions.length > 0 && json !== null && toolsInScope(json, ofTool).length > 0,
  )
  const nearness = (policy: PolicyRule): number => Math.max(...missing.map((text) => likeness(policy, text))) + (policy.id === rule ? 4 : 0)
  const [nearest] = redacting.sort((a, b) => nearness(b) - nearness(a))
  const place = nearest === undefined ? null : places.ofPolicy(nearest.id)
  return nearest === undefined || place === null
    ? { place: places.ofTool(goal, call), hint: `no policy takes anything out of \`${call}\` any more` }
    : {
        place,
        hint: `the policy \`${nearest.id}\` takes out ${nearest.redactions.map((one) => `\`${redactionText(one)}\``).join(', ')} only`,
      }
}

/** How much a policy takes out like what is missing: 3 at the same place, 2 in the same argument or member, 1 on the same side, 0 on the other. */
function likeness({ redactions }: PolicyRule, missing: string): number {
  const wanted = parseRedaction(missing)
  const degrees = redactions
    .filter(({ of }) => of === wanted?.of)
    .map(({ path }) => (path.join('.') === wanted?.path.join('.') ? 3 : path[0] === wanted?.path[0] ? 2 : 1))
  return Math.max(0, ...degrees)
}
