import { shortened } from '../../model/markup-text.ts'
import type { Matrix } from './matrices.ts'

const cell = 36

/** A matrix in plain characters. Agents' names are put through `shown` before anything of them is printed. */
export function matrixText(matrix: Matrix, shown: (text: string) => string): string {
  const [topLeft, topRight, bottomLeft, bottomRight] = matrix.quadrants.map((quadrant) => [
    quadrant.toUpperCase(),
    ...matrix.agents
      .filter((agent) => agent.quadrant === quadrant)
      .map(({ name, x, y }) => `● ${shortened(shown(name).replaceAll('\n', ' '), cell - 14)} (${x}, ${y})`),
  ]) as [string[], string[], string[], string[]]
  const rule = `+${'-'.repeat(cell)}+${'-'.repeat(cell)}+`
  const rows = (left: readonly string[], right: readonly string[]): string[] =>
    Array.from({ length: Math.max(3, left.length, right.length) }, (_, index) => `|${pad(left[index])}|${pad(right[index])}|`)
  return [
    `${matrix.title} (${matrix.across} to the right, ${matrix.up} upwards)`,
    rule,
    ...rows(topLeft, topRight),
    rule,
    ...rows(bottomLeft, bottomRight),
    rule,
  ].join('\n')
}

function pad(text = ''): string {
  return ` ${text}${' '.repeat(Math.max(0, cell - 1 - [...text].length))}`
}
