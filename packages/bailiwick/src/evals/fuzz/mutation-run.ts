import type { RulesetSources } from '../../model/compile-ruleset.ts'
import { compileRuleset } from '../../model/compile-ruleset.ts'
import { parseRedaction } from '../../model/redaction.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import { singleSteps } from '../case/eval-case.ts'
import type { CaseStep, EvalCase } from '../case/eval-case.ts'
import { takesOut } from '../case/removed-text.ts'
import { textsOf } from '../generate/pattern-alternatives.ts'
import { failureIn } from '../case/check-case.ts'
import { Lab } from '../lab/lab.ts'
import type { StepAnswer } from '../lab/lab-session.ts'
import { attempt } from '../redteam/attempt.ts'
import { manifestMutants } from './manifest-mutants.ts'
import type { Mutant } from './mutant.ts'
import { policyMutants } from './policy-mutants.ts'
import type { Probe } from './probes.ts'

export interface MutationReport {
  /** Mutants that tests could have noticed: all that `check` takes. */
  readonly tried: number
  readonly killed: number
  /** Mutants that `check` refuses: nobody can bring them into force. */
  readonly refused: number
  readonly survivors: readonly Mutant[]
  /** True when the time ended before all mutants were tried. */
  readonly cutShort: boolean
}

export interface MutationOptions {
  /** Goals whose contracts are weakened; all when empty. */
  readonly goals: readonly string[]
  /** Cases that people keep, with what they expect. */
  readonly cases: readonly EvalCase[]
  /** What the red team tries; what ought to come of it is what the rules as they are declare. */
  readonly probes: readonly Probe[]
  readonly overtime: () => boolean
  readonly onProgress: (done: number) => void
}

/** Changes the rules in small ways, one at a time, and finds out which changes the cases and the red team notice. */
export function mutate(sources: RulesetSources, ruleset: Ruleset, options: MutationOptions): MutationReport {
  const lab = new Lab(ruleset)
  const kept = options.cases.filter((one) => failureIn(lab, one) === null)
  const attacks = options.probes.filter(({ policy, case: one }) => policy === null && !one.steps.some(({ at }) => at === 'T2'))
  const sound = attacks.filter(({ case: one, obeying }) => attempt(lab, one, obeying).success === null)
  const survivors: Mutant[] = []
  let [tried, refused, cutShort] = [0, 0, false]
  for (const mutant of allMutants(sources, ruleset, options.goals)) {
    if (options.overtime()) {
      cutShort = true
      break
    }
    const changed = compiled(mutant, ruleset)
    if (changed === null) {
      refused += 1
      continue
    }
    tried += 1
    options.onProgress(tried)
    const mutated = new Lab(changed)
    const noticed =
      kept.some((one) => failureIn(mutated, one) !== null) ||
      sound.some(({ case: one, obeying }) => attempt(mutated, one, obeying, ruleset).success !== null)
    if (!noticed) survivors.push(mutant)
  }
  return { tried, killed: tried - survivors.length, refused, survivors, cutShort }
}

/**
 * Cases that, kept, notice every mutant that the probes can tell from the rules as they are: for each the shortest one, with what the rules say to
 * it today; and the honest task. A person should read them before they are kept.
 */
export function recordCases(
  sources: RulesetSources,
  ruleset: Ruleset,
  goals: readonly string[],
  probes: readonly Probe[],
  onProgress: (done: number) => void,
): EvalCase[] {
  const lab = new Lab(ruleset)
  const today = new Map<Probe, readonly StepAnswer[]>()
  const answersOf = (probe: Probe): readonly StepAnswer[] => {
    const known = today.get(probe) ?? lab.play(probe.case)
    today.set(probe, known)
    return known
  }
  const recorded = probes
    .filter(({ case: one }) => one.kind === 'honest')
    .map((probe) => expected(ruleset, probe.case, answersOf(probe), probe.case.name))
  let done = 0
  for (const mutant of allMutants(sources, ruleset, goals)) {
    const changed = compiled(mutant, ruleset)
    if (changed === null) continue
    onProgress((done += 1))
    const mutated = new Lab(changed)
    if (recorded.some((one) => failureIn(mutated, one) !== null)) continue
    for (const probe of probes) {
      if (!concerns(probe, mutant)) continue
      const kept = expected(ruleset, probe.case, answersOf(probe), `noticed when ${mutant.what}`)
      // An attack that is answered more strictly is no failure: another probe must tell the two apart.
      if (failureIn(mutated, kept) === null) continue
      recorded.push(kept)
      break
    }
  }
  return recorded.map((one, index) => ({ ...one, name: `${index + 1}. ${one.name}` }))
}

function concerns({ policy }: Probe, mutant: Mutant): boolean {
  return policy === null || policy === mutant.policy
}

/** The case with what was answered as what is expected. An answer is expected to stay exactly so where it lets something through. */
function expected(ruleset: Ruleset, evalCase: EvalCase, answers: readonly StepAnswer[], name: string): EvalCase {
  const honest = evalCase.kind === 'honest'
  const single = singleSteps(evalCase.steps)
  const last = answers.length - 1
  const steps = honest
    ? single.map((step, index) => told(ruleset, step, answers[index] as StepAnswer))
    : evalCase.steps.map((step, index) => (index === evalCase.steps.length - 1 ? told(ruleset, step, answers[last] as StepAnswer) : step))
  const through = answers[last]?.response === 'allow' || answers[last]?.response === 'sanitize'
  return { ...evalCase, name, kind: through ? 'honest' : evalCase.kind, tags: through || honest ? [] : evalCase.tags, steps }
}

function told<S extends CaseStep>(ruleset: Ruleset, step: S, { response, rule, redacts }: StepAnswer): S {
  const removes = removedTexts(ruleset, redacts)
  return {
    ...step,
    expect: response,
    ...(response === 'allow' ? {} : { rule }),
    ...(redacts.length === 0 ? {} : { redacts }),
    ...(Object.keys(removes).length === 0 ? {} : { removes }),
  }
}

/** For each redaction of an own pattern, texts made from the pattern that it takes out. */
function removedTexts({ manifest, patterns }: Ruleset, redacts: readonly string[]): Record<string, readonly string[]> {
  const found = redacts.map((redaction) => {
    const pattern = manifest.patterns?.[parseRedaction(redaction)?.kind ?? '']
    const texts = pattern === undefined ? [] : textsOf(pattern).filter((text) => takesOut(redaction, text, patterns))
    return [redaction, texts] as const
  })
  return Object.fromEntries(found.filter(([, texts]) => texts.length > 0))
}

function* allMutants(sources: RulesetSources, ruleset: Ruleset, goals: readonly string[]): Generator<Mutant> {
  yield* manifestMutants(sources, ruleset, goals)
  yield* policyMutants(sources)
}

/** Null for a mutant that `check` refuses. Files that govern the agent, and what policies see of its risk, are the same as before. */
function compiled(mutant: Mutant, { own, risk }: Ruleset): Ruleset | null {
  const { ruleset } = compileRuleset(mutant.sources)
  return ruleset === null ? null : { ...ruleset, own, ...(risk === undefined ? {} : { risk }) }
}
