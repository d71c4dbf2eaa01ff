import { parsePolicies } from '@bailiwick/cedar'
import { compileRuleset } from '../../model/compile-ruleset.ts'
import type { RulesetSources } from '../../model/compile-ruleset.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { EvalCase } from '../case/eval-case.ts'
import { Lab } from '../lab/lab.ts'
import type { StepAnswer } from '../lab/lab-session.ts'

/** A case in another dress, or rules in another dress, under which every answer ought to be the same. */
export interface Relation {
  readonly name: string
  /** The rules in that dress; null where only the case changes. */
  readonly lab: Lab | null
  readonly dress: (evalCase: EvalCase) => EvalCase | null
  /** What is compared of an answer. */
  readonly sees: (answer: StepAnswer) => string
}

const answerText = ({ response, redacts, tier }: StepAnswer): string => `${response} ${tier} ${redacts.join(' ')}`

/** The relations that must hold under any rules. */
export function relationsFor(sources: RulesetSources, ruleset: Ruleset): Relation[] {
  const same = (name: string, dress: Relation['dress'], lab: Lab | null = null): Relation => ({ name, dress, lab, sees: answerText })
  return [
    same('arguments in another order', withArguments(reordered)),
    same('numbers spelled otherwise', withArguments(respelled)),
    same('another session of the same kind', (one) => ({
      ...one,
      steps: one.steps.map((step) => ({ ...step, session: (step.session ?? 0) + 7 })),
    })),
    same('a label that nothing speaks of', (one) =>
      one.steps.length === 1 ? { ...one, steps: one.steps.map((step) => ({ ...step, at: 'T2', labels: ['of-no-concern'] })) } : null,
    ),
    same('policies in another order', (one) => one, new Lab(compiledAs(ruleset, reversedPolicies(sources)))),
    ...Object.keys(sources.manifest.goals).flatMap((goal) => narrowed(sources, ruleset, goal)),
    {
      name: 'observed instead of enforced',
      lab: new Lab(compiledAs(ruleset, withModes(sources, 'observe'))),
      // What an observed agent is let do changes what comes after; the first answer must be the same in the record.
      dress: (one) => (one.steps.length === 1 ? one : null),
      sees: ({ response, observed, tier }) => `${observed ?? response} ${tier}`,
    },
  ]
}

/** Plays a case in both dresses. Null when the answers are the same, or the relation says nothing about the case. */
export function difference(
  lab: Lab,
  relation: Relation,
  evalCase: EvalCase,
): { readonly step: number; readonly before: StepAnswer; readonly after: StepAnswer } | null {
  const dressed = relation.dress(evalCase)
  if (dressed === null) return null
  const plain =
    relation.name === 'a label that nothing speaks of'
      ? { ...evalCase, steps: evalCase.steps.map((step) => ({ ...step, at: 'T2' as const })) }
      : evalCase
  const before = lab.play(plain)
  const after = (relation.lab ?? lab).play(dressed)
  for (const [step, answer] of before.entries()) {
    const other = after[step] as StepAnswer
    if (relation.sees(answer) !== relation.sees(other)) return { step, before: answer, after: other }
  }
  return null
}

function withArguments(change: (args: JsonObject) => JsonObject): Relation['dress'] {
  return (one) => ({ ...one, steps: one.steps.map((step) => ({ ...step, with: change(step.with) })) })
}

function reordered(args: JsonObject): JsonObject {
  return reversed(args) as JsonObject
}

function reversed(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value as JsonObject)
      .reverse()
      .map(([name, inner]) => [name, reversed(inner)]),
  )
}

/** The same JSON with its numbers in exponential form, read anew. */
function respelled(args: JsonObject): JsonObject {
  return JSON.parse(spelling(args)) as JsonObject
}

function spelling(value: Json): string {
  if (typeof value === 'number') return value.toExponential()
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(spelling).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value as JsonObject)
    .map(([name, inner]) => `${JSON.stringify(name)}:${spelling(inner)}`)
    .join(',')}}`
}

/** The files, and the policies in each, the other way round. Names of files stay with their texts. */
function reversedPolicies(sources: RulesetSources): RulesetSources {
  const policies = sources.policies.map((file) => ({
    ...file,
    text: parsePolicies(file.text)
      .map(({ text }) => text)
      .reverse()
      .join('\n'),
  }))
  return { ...sources, policies: policies.reverse() }
}

function withModes(sources: RulesetSources, mode: 'observe' | 'enforce'): RulesetSources {
  const agents = Object.fromEntries(Object.entries(sources.manifest.agents).map(([name, agent]) => [name, { ...agent, mode }]))
  return { ...sources, manifest: { ...sources.manifest, agents } }
}

/** A contract with one tool less must answer as before wherever that tool does not come in. */
function narrowed(sources: RulesetSources, ruleset: Ruleset, name: string): Relation[] {
  const goal = sources.manifest.goals[name]
  if (goal === undefined || Object.keys(goal.tools).length < 2) return []
  return Object.keys(goal.tools).map((tool) => {
    const { [tool]: _, ...tools } = goal.tools
    const { [tool]: __, ...rates } = goal.limits.rates
    const less = { ...goal, tools, confirm: goal.confirm.filter((one) => one !== tool), limits: { ...goal.limits, rates } }
    const manifest = { ...sources.manifest, goals: { ...sources.manifest.goals, [name]: less } }
    return {
      name: `a contract without \`${tool}\``,
      lab: new Lab(compiledAs(ruleset, { ...sources, manifest })),
      dress: (one: EvalCase) => (one.goal !== name || one.steps.some((step) => step.call === tool || step.at === 'T2') ? null : one),
      sees: answerText,
    }
  })
}

/** A dress that the rules do not fit any more says nothing: the rules as they are stand in for it. */
function compiledAs(ruleset: Ruleset, sources: RulesetSources): Ruleset {
  const compiled = compileRuleset(sources).ruleset
  const { own, risk } = ruleset
  return compiled === null ? ruleset : { ...compiled, own, ...(risk === undefined ? {} : { risk }) }
}
