import type { RiskAssessment } from '../risk/assess-agent.ts'
import { rubric } from '../risk/rubric.ts'
import { riskDimensions } from '../../model/vocabulary.ts'

export interface RadarPoint {
  readonly x: number
  readonly y: number
}

export interface RadarAxis {
  readonly title: string
  readonly score: number
  /** Unit vector of the axis; y grows downwards. */
  readonly direction: RadarPoint
}

/** The six axes of an agent's radar, clockwise from the top. */
export function radarAxes({ dimensions }: Pick<RiskAssessment, 'dimensions'>): readonly RadarAxis[] {
  return riskDimensions.map((dimension, index) => {
    const angle = (index / riskDimensions.length) * 2 * Math.PI - Math.PI / 2
    return { title: rubric[dimension].title, score: dimensions[dimension].score, direction: { x: Math.cos(angle), y: Math.sin(angle) } }
  })
}
