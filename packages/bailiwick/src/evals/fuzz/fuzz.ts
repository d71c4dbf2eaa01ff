import type { RulesetSources } from '../../model/compile-ruleset.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { Attack, Target } from '../attacks/attack.ts'
import { invariantAttacks } from '../attacks/invariant-attacks.ts'
import { randomWalks, weightOf } from '../attacks/random-walks.ts'
import type { EvalCase } from '../case/eval-case.ts'
import { SeededRandom } from '../generate/seeded-random.ts'
import { Lab } from '../lab/lab.ts'
import { FindingBook } from '../redteam/finding-book.ts'
import type { Finding } from '../redteam/finding.ts'
import { Places } from '../redteam/place-of-rule.ts'
import { caseFor } from '../redteam/red-team.ts'
import { shrink } from '../redteam/shrink.ts'
import { difference, relationsFor } from './metamorphic.ts'
import type { Relation } from './metamorphic.ts'

export interface FuzzOptions {
  readonly seed: number
  /** Random cases in all, besides those around the invariants, shared out among agents and goals by what there is to lose. */
  readonly runs: number
  readonly overtime: () => boolean
}

export interface FuzzReport {
  readonly seed: number
  /** Calls decided. */
  readonly attempts: number
  readonly invariants: number
  readonly relations: readonly string[]
  readonly findings: readonly Finding[]
  readonly cutShort: boolean
}

/** Searches for calls that break a declared invariant, and for answers that ought to be equal and are not. */
export function fuzz(sources: RulesetSources, ruleset: Ruleset, targets: readonly Target[], options: FuzzOptions): FuzzReport {
  const lab = new Lab(ruleset)
  const relations = relationsFor(sources, ruleset)
  const places = new Places(sources.yaml, ruleset)
  const book = new FindingBook(lab, places)
  const weight = (target: Target): number => target.tools.reduce((sum, tool) => sum + weightOf(tool), 1)
  const total = targets.reduce((sum, target) => sum + weight(target), 0)
  let cutShort = false
  for (const target of targets) {
    const runs = Math.ceil((options.runs * weight(target)) / total)
    for (const [done, attack] of fuzzCases(target, options.seed, runs)) {
      if (options.overtime()) cutShort = true
      if (cutShort) break
      const evalCase = caseFor(target, attack)
      book.attempt(evalCase, attack)
      // Each case is seen in one other dress in turn: over many cases, all come to all.
      const relation = relations[done % relations.length] as Relation
      const found = difference(lab, relation, evalCase)
      if (found !== null) book.add(unequal(lab, relation, evalCase, places))
    }
  }
  const attempts = lab.decided + relations.reduce((sum, { lab: other }) => sum + (other?.decided ?? 0), 0)
  return {
    seed: options.seed,
    attempts,
    invariants: Object.keys(sources.manifest.invariants ?? {}).length,
    relations: relations.map(({ name }) => name),
    findings: book.found(),
    cutShort,
  }
}

/** All that is planned around the invariants, then random cases, each with its number. */
function* fuzzCases(target: Target, seed: number, runs: number): Generator<readonly [number: number, attack: Attack]> {
  let number = 0
  for (const attack of invariantAttacks(target)) yield [(number += 1), attack]
  const planned = number
  for (const attack of randomWalks(target, new SeededRandom(seed))) {
    if (number === planned + runs) return
    yield [(number += 1), attack]
  }
}

function unequal(lab: Lab, relation: Relation, evalCase: EvalCase, places: Places): Finding {
  const steps = shrink(evalCase.steps, (fewer) => difference(lab, relation, { ...evalCase, steps: fewer }) !== null)
  const smallest = { ...evalCase, steps }
  const found = difference(lab, relation, smallest)
  const call = steps[found?.step ?? 0]?.call ?? ''
  const answer = found?.before
  return {
    rule: 'expected',
    kind: null,
    severity: 'blocking',
    trick: relation.name,
    message: `\`${call}\` is answered \`${answer?.response}\` (${answer?.rule}), and with ${relation.name} \`${found?.after.response}\` (${found?.after.rule})`,
    mend: 'the two ought to be answered alike: keep the case and report it, it is a defect of Bailiwick unless a policy reads the difference',
    case: { ...smallest, why: relation.name },
    answer: { response: answer?.response ?? 'deny', tier: answer?.tier ?? 'T2', rule: answer?.rule ?? '' },
    place: places.ofTool(evalCase.goal, call),
    count: 1,
  }
}
