import type { JudgedScore } from '../../model/manifest.ts'
import type { Agent, AgentRisk, Ruleset } from '../../model/ruleset.ts'
import { riskDimensions } from '../../model/vocabulary.ts'
import type { RiskDimension } from '../../model/vocabulary.ts'
import type { AgentHistory } from '../history.ts'
import { obligationsIn } from './obligations.ts'
import type { Obligation } from './obligations.ts'
import { operationalQuadrant, strategicQuadrant } from './quadrants.ts'
import type { OperationalQuadrant, StrategicQuadrant } from './quadrants.ts'
import { reachOf } from './reach.ts'
import { rubric } from './rubric.ts'
import type { Score } from './score.ts'
import { scoreAccess, scoreAction, scoreAutonomy } from './score-exposure.ts'
import { scoreGoalStability, scoreMonitoring, scoreOversight } from './score-safeguards.ts'

interface DimensionScore extends Score {
  /** What was computed where the manifest puts another score in its place; null where it does not. */
  readonly override: { readonly computed: number; readonly rationale: string } | null
}

export interface RiskAssessment {
  readonly agent: string
  readonly dimensions: Readonly<Record<RiskDimension, DimensionScore>>
  readonly quadrants: { readonly strategic: StrategicQuadrant; readonly operational: OperationalQuadrant }
  /** Business value from 1 to 5. One that nobody declared is 1. */
  readonly value: { readonly score: number; readonly declared: boolean; readonly rationale: string | null }
  /** From 1 to 5 with one decimal: the mean of the dimensions, each turned so that 5 is worst. */
  readonly vulnerability: number
  readonly obligations: readonly Obligation[]
  readonly basis: 'configuration' | 'configuration and history'
}

/** Assesses one agent under a ruleset. Pure: the same ruleset and history give the same assessment. */
export function assessAgent(ruleset: Ruleset, agent: Agent, history: AgentHistory | null = null): RiskAssessment {
  const past = history !== null && history.calls > 0 ? history : null
  const reach = reachOf(ruleset, agent)
  const computed: Readonly<Record<RiskDimension, Score>> = {
    access: scoreAccess(reach),
    action: scoreAction(reach, ({ tool }) => tool.declaration.undo !== undefined && ruleset.tools.has(tool.declaration.undo)),
    autonomy: scoreAutonomy(reach),
    oversight: scoreOversight(reach, past),
    goalStability: scoreGoalStability(reach, past),
    monitoring: scoreMonitoring(reach, past),
  }
  const dimensions = byDimension((dimension) => overridden(computed[dimension], agent.risk?.[dimension]))
  const scores = byDimension((dimension) => dimensions[dimension].score)
  const vulnerability = vulnerabilityOf(scores)
  const value = { score: agent.value?.score ?? 1, declared: agent.value !== undefined, rationale: agent.value?.rationale ?? null }
  const quadrants = {
    strategic: strategicQuadrant(value.score, vulnerability),
    operational: operationalQuadrant(scores.autonomy, scores.oversight),
  }
  return {
    agent: agent.name,
    dimensions,
    quadrants,
    value,
    vulnerability,
    obligations: obligationsIn([quadrants.strategic, quadrants.operational], { reach, scores, valueDeclared: value.declared }),
    basis: past === null ? 'configuration' : 'configuration and history',
  }
}

/** The mean of the dimensions, each turned so that 5 is worst, to one decimal. */
function vulnerabilityOf(scores: Readonly<Record<RiskDimension, number>>): number {
  const worst = riskDimensions.map((dimension) => (rubric[dimension].high === 'worse' ? scores[dimension] : 6 - scores[dimension]))
  return Math.round((worst.reduce((sum, score) => sum + score, 0) / worst.length) * 10) / 10
}

/**
 * The ruleset with what policies see of each agent's risk: by configuration alone, so that the same files always decide alike.
 * Read from the text of manifest and policies, never from what they decide, so that a policy on risk is no circle.
 */
export function withRisk(ruleset: Ruleset): Ruleset {
  const risk = new Map<string, AgentRisk>(
    [...ruleset.agents.values()].map((agent) => {
      const { dimensions, quadrants } = assessAgent(ruleset, agent)
      return [agent.name, { ...byDimension((dimension) => dimensions[dimension].score), ...quadrants }]
    }),
  )
  return { ...ruleset, risk }
}

function byDimension<T>(of: (dimension: RiskDimension) => T): Readonly<Record<RiskDimension, T>> {
  return Object.fromEntries(riskDimensions.map((dimension) => [dimension, of(dimension)])) as Record<RiskDimension, T>
}

function overridden({ score, evidence }: Score, judged: JudgedScore | undefined): DimensionScore {
  if (judged === undefined) return { score, evidence, override: null }
  const says = `overridden in the manifest, ${score} was computed: ${judged.rationale}`
  return { score: judged.score, evidence: [says, ...evidence], override: { computed: score, rationale: judged.rationale } }
}
