import { escaped, shortened } from '../../model/markup-text.ts'
import type { Matrix } from './matrices.ts'

const side = 200
const left = 60
const top = 50
const colours: Readonly<Record<string, string>> = {
  'safe optimisation': '#e3f4e1',
  'low impact': '#eef2f5',
  'strategic risk': '#fde8c8',
  'high exposure': '#f8d7d3',
  'minimal risk': '#e3f4e1',
  'managed risk': '#eef2f5',
  'latent risk': '#fde8c8',
  'critical risk': '#f8d7d3',
}

/** A matrix as a stand-alone SVG of fixed size. Agents of one quadrant stand under each other in it; what does not fit is counted. */
export function matrixSvg(matrix: Matrix): string {
  const width = left + 2 * side + 20
  const height = top + 2 * side + 50
  const cells = matrix.quadrants.flatMap((quadrant, index) => {
    const x = left + (index % 2) * side
    const y = top + Math.floor(index / 2) * side
    const agents = matrix.agents.filter((agent) => agent.quadrant === quadrant)
    const most = 8
    const lines = agents.slice(0, most).map(({ name, x: across, y: up }) => `● ${shortened(name, 22)} (${across}, ${up})`)
    if (agents.length > most) lines.push(`and ${agents.length - most} more`)
    return [
      `<rect x="${x}" y="${y}" width="${side}" height="${side}" fill="${colours[quadrant]}" stroke="#9aa5b1"/>`,
      `<text x="${x + 10}" y="${y + 22}" font-weight="bold">${escaped(quadrant)}</text>`,
      ...lines.map((line, row) => `<text x="${x + 10}" y="${y + 44 + row * 17}" font-size="12">${escaped(line)}</text>`),
    ]
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="14" fill="#1f2933">`,
    `<title>${escaped(matrix.title)}: ${escaped(matrix.agents.map(({ name, quadrant }) => `${name} ${quadrant}`).join(', '))}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${left}" y="30" font-weight="bold" font-size="16">${escaped(matrix.title)}</text>`,
    ...cells,
    `<text x="${left + side}" y="${top + 2 * side + 30}" text-anchor="middle">${escaped(matrix.across)} →</text>`,
    `<text x="30" y="${top + side}" text-anchor="middle" transform="rotate(-90 30 ${top + side})">${escaped(matrix.up)} →</text>`,
    '</svg>',
    '',
  ].join('\n')
}
