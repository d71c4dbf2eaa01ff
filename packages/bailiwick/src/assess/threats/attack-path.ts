import type { RulesetSources } from '../../model/compile-ruleset.ts'
import type { Agent, Ruleset } from '../../model/ruleset.ts'
import { Plans, PlanScope } from './plan.ts'
import type { Plan } from './plan.ts'
import { planFlows } from './plan-flows.ts'
import { mostQuestions, planMisuse } from './plan-misuse.ts'
import { placesIn } from './place.ts'
import type { Place } from './place.ts'
import { isAttackers } from './sample-calls.ts'
import { threatKinds } from './threat-kinds.ts'
import type { Severity, ThreatKindName } from './threat-kinds.ts'
import { trySequences } from './try-steps.ts'
import type { Tried, TriedStep, Verdict } from './try-steps.ts'

/** What stopped an attack. */
interface Cut {
  /** Counts from 1. */
  readonly step: number
  readonly tier: TriedStep['tier']
  readonly rule: string
  readonly reason: string
  /** Where the rule stands; null for one that no file states. */
  readonly place: Place | null
}

/** An attack, tried. */
export interface AttackPath {
  /** Of agent, kind and tools: the same in every version of the rules. */
  readonly id: string
  readonly agent: string
  readonly kind: ThreatKindName
  readonly title: string
  readonly severity: Severity
  readonly verdict: Verdict
  /** Those that the attack cannot do without. */
  readonly tools: readonly string[]
  readonly steps: readonly TriedStep[]
  /** False when there were more ways of going about it than were tried. */
  readonly whole: boolean
  readonly cut: Cut | null
  /** Where a contract allows the last of the steps that were tried. */
  readonly place: Place
}

/** Every attack on an agent that is looked for, by id, not tried yet. */
export function plansFor(ruleset: Ruleset, agent: Agent, compromised: boolean): ReadonlyMap<string, Plan> {
  const plans = new Plans(agent)
  const scope = new PlanScope(ruleset, agent, compromised)
  planFlows(scope, plans)
  planMisuse(scope, plans)
  return plans.all()
}

/** Tries an attack; null when there is no way of going about it. */
export function tryPlan(ruleset: Ruleset, sources: RulesetSources, agent: Agent, plan: Plan): AttackPath | null {
  const tried = plan.kind === 'approval-fatigue' ? tryFatigue(ruleset, agent, plan) : trySequences(ruleset, agent, plan.sequences())
  if (tried === null) return null
  const { id, kind, tools } = plan
  const { verdict, steps, whole } = tried
  const last = steps.at(-1) as TriedStep
  const places = placesIn(sources)
  return {
    id,
    agent: agent.name,
    kind,
    title: threatKinds[kind].title,
    severity: severityOf(kind, ruleset, last),
    verdict,
    tools,
    steps,
    whole,
    cut:
      verdict === 'cut' || verdict === 'untried'
        ? { step: steps.length, tier: last.tier, rule: last.rule, reason: last.reason, place: places.rule(ruleset, last) }
        : null,
    place: places.contract(last.goal, last.tool),
  }
}

/** Being asked is what this attack is after: it goes through when a person can be asked so often. */
function tryFatigue(ruleset: Ruleset, agent: Agent, plan: Plan): Tried | null {
  let best: Tried | null = null
  for (const steps of plan.sequences()) {
    const tried = trySequences(ruleset, agent, [steps])
    const questions = tried?.steps.filter(({ response, tool }) => response === 'ask' && tool === plan.tools[0]).length ?? 0
    if (tried === null || questions === 0) continue
    if (questions > mostQuestions) return { ...tried, verdict: 'open' }
    if (tried.verdict === 'cut') best ??= tried
  }
  return best
}

const destinations: ReadonlySet<string> = new Set(['recipient', 'url', 'account', 'command', 'path'])

/** Milder where the contract, and not the attacker, chooses where it goes. */
function severityOf(kind: ThreatKindName, ruleset: Ruleset, last: TriedStep): Severity {
  const { severity, bounded } = threatKinds[kind]
  const sinks = Object.entries(ruleset.tools.get(last.tool)?.declaration.sinks ?? {}).filter(([, sink]) => destinations.has(sink))
  if (kind === 'address-leak' && sinks.length === 0) return bounded
  return sinks.length === 0 || sinks.some(([name]) => isAttackers(last.arguments[name])) ? severity : bounded
}
