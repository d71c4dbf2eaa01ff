import pc from 'picocolors'
import type { RiskAssessment } from '../../assess/risk/assess-agent.ts'
import { radarText } from '../../assess/picture/radar-text.ts'
import { rubric } from '../../assess/risk/rubric.ts'
import type { WhatIf } from '../../assess/risk/what-if.ts'
import { riskDimensions } from '../../model/vocabulary.ts'
import type { RiskDimension } from '../../model/vocabulary.ts'
import { safe } from '../output.ts'

/** An assessment as a person reads it. */
export function assessmentText(assessment: RiskAssessment): string {
  const { agent, dimensions, quadrants, value, vulnerability, obligations, basis } = assessment
  const scores = riskDimensions.flatMap((dimension) => {
    const { score, evidence, override } = dimensions[dimension]
    const head = `  ${rubric[dimension].title.padEnd(15)}${bar(dimension, score)}${override === null ? '' : pc.yellow(`  overridden, ${override.computed} was computed`)}`
    return [head, ...evidence.map((one) => pc.dim(`      ${safe(one)}`))]
  })
  const obliged = obligations.map(
    ({ obligation, met, how }) =>
      `  ${met ? pc.green('✓ met    ') : pc.red('✗ not met')} ${safe(obligation)}\n              ${pc.dim(safe(how))}`,
  )
  return [
    `${pc.bold(safe(agent))}  ${quadrants.strategic}, ${quadrants.operational}`,
    `  value ${value.score}${value.declared ? '' : ' (not declared)'}, vulnerability ${vulnerability}; rests on ${basis}`,
    ...(value.rationale === null ? [] : [pc.dim(`  ${safe(value.rationale)}`)]),
    '',
    ...scores,
    '',
    radarText(assessment),
    '',
    '  Its quadrants oblige to',
    ...obliged,
  ].join('\n')
}

/** What would change, and the change that does it. */
export function whatIfText(title: string, before: RiskAssessment, { assessment, diff }: WhatIf): string {
  const rows = riskDimensions.map((dimension) => {
    const [was, is] = [before.dimensions[dimension].score, assessment.dimensions[dimension].score]
    return `  ${rubric[dimension].title.padEnd(15)}${was === is ? String(was) : pc.bold(`${was} → ${is}`)}`
  })
  const quadrants = (one: RiskAssessment): string => `${one.quadrants.strategic}, ${one.quadrants.operational}`
  return [
    pc.bold(title),
    ...rows,
    `  vulnerability  ${before.vulnerability} → ${assessment.vulnerability}`,
    `  ${quadrants(before)} → ${quadrants(assessment)}`,
    '',
    diff === '' ? 'Nothing is to be changed: it is in place.' : diffText(diff),
  ].join('\n')
}

function diffText(diff: string): string {
  return safe(diff)
    .split('\n')
    .map((line) => (line.startsWith('+') ? pc.green(line) : line.startsWith('-') ? pc.red(line) : line))
    .join('\n')
}

function bar(dimension: RiskDimension, score: number): string {
  const bad = rubric[dimension].high === 'worse' ? score : 6 - score
  const colour = bad >= 4 ? pc.red : bad === 3 ? pc.yellow : pc.green
  return colour(`${'■'.repeat(score)}${'□'.repeat(5 - score)} ${score}`)
}
