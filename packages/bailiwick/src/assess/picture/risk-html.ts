import type { RiskAssessment } from '../risk/assess-agent.ts'
import { rubric } from '../risk/rubric.ts'
import { riskDimensions } from '../../model/vocabulary.ts'
import { htmlPage } from '../../model/html-page.ts'
import { escaped } from '../../model/markup-text.ts'
import { matricesOf } from './matrices.ts'
import { matrixSvg } from './matrix-svg.ts'
import { radarSvg } from './radar-svg.ts'

/**
 * A report of several assessments as one HTML file that needs no server, no script and nothing from elsewhere; its policy forbids
 * both. `title` and `digest` say what was assessed.
 */
export function riskHtml(assessments: readonly RiskAssessment[], of: { readonly title: string; readonly digest: string }): string {
  return htmlPage(of.title, [
    `<p>Rules <code>${escaped(of.digest)}</code></p>`,
    `<div class="row">${matricesOf(assessments).map(matrixSvg).join('')}</div>`,
    ...assessments.map(agentSection),
  ])
}

function agentSection(assessment: RiskAssessment): string {
  const { agent, dimensions, quadrants, value, vulnerability, obligations, basis } = assessment
  const rows = riskDimensions.map((dimension) => {
    const { score, evidence } = dimensions[dimension]
    const items = evidence.map((one) => `<li>${escaped(one)}</li>`).join('')
    return `<tr><th>${escaped(rubric[dimension].title)}</th><td>${score}</td><td><ul>${items}</ul></td></tr>`
  })
  const obliged = obligations.map(
    ({ obligation, met, how }) =>
      `<tr><td class="${met ? 'yes' : 'no'}">${met ? 'met' : 'not met'}</td><td>${escaped(obligation)}</td><td>${escaped(how)}</td></tr>`,
  )
  return [
    `<section><h2>${escaped(agent)}</h2>`,
    `<p><strong>${escaped(quadrants.strategic)}</strong> (value ${value.score}${value.declared ? '' : ', not declared'}, vulnerability ${vulnerability}) and `,
    `<strong>${escaped(quadrants.operational)}</strong>. It rests on ${escaped(basis)}.${value.rationale === null ? '' : ` Value: ${escaped(value.rationale)}.`}</p>`,
    radarSvg(assessment),
    `<table><thead><tr><th>dimension</th><th>score</th><th>evidence</th></tr></thead><tbody>${rows.join('')}</tbody></table>`,
    `<table><thead><tr><th></th><th>its quadrants oblige to</th><th>because</th></tr></thead><tbody>${obliged.join('')}</tbody></table>`,
    '</section>',
  ].join('\n')
}
