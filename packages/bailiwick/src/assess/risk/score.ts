import type { RiskDimension } from '../../model/vocabulary.ts'
import { rubric } from './rubric.ts'

/** What was found about one criterion of a dimension. */
export interface Finding {
  /** Its name in the rubric. */
  readonly criterion: string
  readonly holds: boolean
  /** What makes it hold, or fail. */
  readonly evidence: string
}

export interface Score {
  /** From 1 to 5. */
  readonly score: number
  readonly evidence: readonly string[]
}

/** Counts what was found by the rubric. What does not hold is evidence only where it would have added to the score. */
export function scored(dimension: RiskDimension, findings: readonly Finding[]): Score {
  const { counting, criteria } = rubric[dimension]
  const points = ({ criterion }: Finding): number => {
    const known = criteria[criterion]
    if (known === undefined) throw new Error(`the rubric of ${dimension} has no criterion ${criterion}`)
    return known.score
  }
  const held = findings.filter(({ holds }) => holds)
  if (counting === 'highest') {
    const score = Math.max(1, ...held.map(points))
    return { score, evidence: [...held].sort((a, b) => points(b) - points(a)).map((one) => `${points(one)}: ${one.evidence}`) }
  }
  const sum = held.reduce((total, one) => total + points(one), 1)
  const told = findings.filter((one) => one.holds || points(one) > 0)
  return {
    score: Math.min(5, Math.max(1, sum)),
    evidence: told.map((one) => `${one.holds ? signed(points(one)) : '+0'}: ${one.evidence}`),
  }
}

function signed(points: number): string {
  return points < 0 ? `−${-points}` : `+${points}`
}

/** A few names for a sentence, and how many more there are. */
export function named(names: Iterable<string>, most = 6): string {
  const all = [...new Set(names)]
  const shown = all.slice(0, most).map((name) => `\`${name}\``)
  return `${shown.join(', ')}${all.length > most ? ` and ${all.length - most} more` : ''}`
}
