import type { RiskAssessment } from '../risk/assess-agent.ts'
import type { Quadrant } from '../risk/quadrants.ts'

/** One of the two matrices with its agents in it. The four quadrants stand as they are drawn: top left, top right, bottom left, bottom right. */
export interface Matrix {
  readonly title: string
  readonly across: string
  readonly up: string
  readonly quadrants: readonly [Quadrant, Quadrant, Quadrant, Quadrant]
  readonly agents: readonly { readonly name: string; readonly quadrant: Quadrant; readonly x: number; readonly y: number }[]
}

/** Both matrices: value over vulnerability, autonomy over oversight. */
export function matricesOf(assessments: readonly RiskAssessment[]): readonly [Matrix, Matrix] {
  return [
    {
      title: 'Business value and vulnerability',
      across: 'vulnerability',
      up: 'value',
      quadrants: ['safe optimisation', 'strategic risk', 'low impact', 'high exposure'],
      agents: assessments.map(({ agent, quadrants, vulnerability, value }) => ({
        name: agent,
        quadrant: quadrants.strategic,
        x: vulnerability,
        y: value.score,
      })),
    },
    {
      title: 'Autonomy and oversight',
      across: 'oversight',
      up: 'autonomy',
      quadrants: ['critical risk', 'managed risk', 'latent risk', 'minimal risk'],
      agents: assessments.map(({ agent, quadrants, dimensions }) => ({
        name: agent,
        quadrant: quadrants.operational,
        x: dimensions.oversight.score,
        y: dimensions.autonomy.score,
      })),
    },
  ]
}
