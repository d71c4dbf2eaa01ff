import type { RiskAssessment } from '../risk/assess-agent.ts'
import { escaped, shortened } from '../../model/markup-text.ts'
import { radarAxes } from './radar-geometry.ts'
import type { RadarPoint } from './radar-geometry.ts'

const size = 420
const radius = 130
const ink = '#1f2933'

/** An agent's radar as a stand-alone SVG of fixed size, with a title for readers that do not see. */
export function radarSvg(assessment: Pick<RiskAssessment, 'agent' | 'dimensions'>): string {
  const axes = radarAxes(assessment)
  const at = (direction: RadarPoint, score: number): string =>
    [direction.x, direction.y].map((part) => (size / 2 + (part * score * radius) / 5).toFixed(1)).join(',')
  const ring = (score: number): string =>
    `<polygon points="${axes.map(({ direction }) => at(direction, score)).join(' ')}" fill="none" stroke="#cbd2d9"/>`
  const labels = axes.map(({ direction, title, score }) => {
    const [x, y] = at(direction, 5.7).split(',')
    const anchor = direction.x < -0.1 ? 'end' : direction.x > 0.1 ? 'start' : 'middle'
    return `<text x="${x}" y="${y}" text-anchor="${anchor}" dominant-baseline="middle">${escaped(title)} ${score}</text>`
  })
  const name = escaped(shortened(assessment.agent, 48))
  const told = axes.map(({ title, score }) => `${title} ${score}`).join(', ')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${size} ${size}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="${ink}">`,
    `<title>${name}: ${escaped(told)}</title>`,
    `<rect width="${size}" height="${size}" fill="#ffffff"/>`,
    `<text x="${size / 2}" y="24" text-anchor="middle" font-weight="bold" font-size="15">${name}</text>`,
    ...[1, 2, 3, 4, 5].map(ring),
    `<polygon points="${axes.map(({ direction, score }) => at(direction, score)).join(' ')}" fill="#c23b22" fill-opacity="0.25" stroke="#c23b22" stroke-width="2"/>`,
    ...labels,
    '</svg>',
    '',
  ].join('\n')
}
