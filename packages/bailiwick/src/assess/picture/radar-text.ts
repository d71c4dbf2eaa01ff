import type { RiskAssessment } from '../risk/assess-agent.ts'
import { radarAxes } from './radar-geometry.ts'
import type { RadarPoint } from './radar-geometry.ts'

const across = 4
const down = 2
const width = 72
const height = 5 * down * 2 + 3

/** An agent's radar in plain characters: the axes dotted, the shape of its scores starred. */
export function radarText(assessment: Pick<RiskAssessment, 'dimensions'>): string {
  const grid = Array.from({ length: height }, () => Array.from({ length: width }, () => ' '))
  const middle = { x: Math.floor(width / 2), y: Math.floor(height / 2) }
  const at = (direction: RadarPoint, score: number): RadarPoint => ({
    x: Math.round(middle.x + direction.x * score * across),
    y: Math.round(middle.y + direction.y * score * down),
  })
  const put = ({ x, y }: RadarPoint, text: string): void => {
    for (const [offset, character] of [...text].entries()) {
      const row = grid[y]
      if (row !== undefined && x + offset >= 0 && x + offset < width) row[x + offset] = character
    }
  }
  const axes = radarAxes(assessment)
  for (const { direction } of axes) for (let score = 0; score <= 5; score += 1) put(at(direction, score), '·')
  const corners = axes.map(({ direction, score }) => at(direction, score))
  for (const [index, corner] of corners.entries())
    line(corner, corners[(index + 1) % corners.length] as RadarPoint, (point) => put(point, '*'))
  for (const corner of corners) put(corner, '●')
  for (const { direction, title, score } of axes) {
    const end = at(direction, 5.5)
    const text = `${title} ${score}`
    const left = direction.x < -0.1 ? text.length : direction.x > 0.1 ? 0 : Math.floor(text.length / 2)
    put({ x: end.x - left, y: end.y }, text)
  }
  return grid.map((row) => row.join('').trimEnd()).join('\n')
}

function line(from: RadarPoint, to: RadarPoint, put: (point: RadarPoint) => void): void {
  const steps = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y), 1)
  for (let step = 0; step <= steps; step += 1)
    put({ x: Math.round(from.x + ((to.x - from.x) * step) / steps), y: Math.round(from.y + ((to.y - from.y) * step) / steps) })
}
