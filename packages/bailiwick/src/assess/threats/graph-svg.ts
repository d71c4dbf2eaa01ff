import { escaped, shortened } from '../../model/markup-text.ts'
import type { ThreatEdge, ThreatGraph, ThreatNode } from './graph.ts'
import type { Verdict } from './try-steps.ts'

const columns = ['content comes in', 'kept and read', 'acts', 'people'] as const
const colours: Readonly<Record<Verdict, string>> = { open: '#b91c1c', ask: '#b45309', untried: '#6b21a8', cut: '#94a3b8' }
const words: Readonly<Record<Verdict, string>> = { open: 'goes through', ask: 'a person is asked', untried: 'not known', cut: 'cut' }
const [columnWidth, boxWidth, rowHeight, boxHeight, top] = [290, 220, 64, 44, 70] as const
const longestName = 30

/** The graphs of agents, one below the other, as one SVG picture without script or style sheet. */
export function graphsSvg(graphs: readonly ThreatGraph[]): string {
  const parts: string[] = []
  let offset = 0
  for (const graph of graphs) {
    const { markup, height } = graphPart(graph)
    parts.push(`<g transform="translate(0 ${offset})">${markup}</g>`)
    offset += height
  }
  const width = columns.length * columnWidth + 20
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${offset}" viewBox="0 0 ${width} ${offset}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#ffffff"/>${parts.join('')}</svg>\n`
}

function graphPart({ agent, nodes, edges }: ThreatGraph): { readonly markup: string; readonly height: number } {
  const rows = columns.map(() => 0)
  const spots = new Map<string, { x: number; y: number }>()
  for (const node of nodes) {
    const column = columnOf(node)
    spots.set(node.id, { x: 20 + column * columnWidth, y: top + (rows[column] as number) * rowHeight })
    rows[column] = (rows[column] as number) + 1
  }
  const lines = edges.flatMap((edge) => {
    const [from, to] = [spots.get(edge.from), spots.get(edge.to)]
    return from === undefined || to === undefined ? [] : [line(edge, from, to)]
  })
  const heads = columns.map((title, column) => `<text x="${20 + column * columnWidth}" y="54" fill="#475569">${title}</text>`)
  const boxes = nodes.map((node) => box(node, spots.get(node.id) as { x: number; y: number }))
  const legend = Object.entries(words).map(
    ([verdict, word], index) => `<text x="${420 + index * 150}" y="26" fill="${colours[verdict as Verdict]}">— ${word}</text>`,
  )
  return {
    markup: `<text x="20" y="28" font-size="17" font-weight="bold">${escaped(shortened(agent, longestName))}</text>${legend.join('')}${heads.join('')}${lines.join('')}${boxes.join('')}`,
    height: top + Math.max(1, ...rows) * rowHeight + 20,
  }
}

function columnOf({ kind, roles }: ThreatNode): number {
  if (kind === 'people') return 3
  if (roles.some((role) => role === 'outside' || role === 'destroys' || role === 'commands' || role === 'address')) return 2
  return roles.includes('source') || roles.includes('sensitive') ? 0 : 1
}

function line({ from, to, within, goal, verdict }: ThreatEdge, a: { x: number; y: number }, b: { x: number; y: number }): string {
  const apart = from === to ? 12 : 0
  const [ax, ay, by] = [a.x + boxWidth, a.y + boxHeight / 2 - apart, b.y + boxHeight / 2 + apart]
  const bx = b.x > a.x ? b.x : b.x + boxWidth
  const bend = b.x > a.x ? (bx - ax) / 2 : 60
  const dashes = within === 'session' ? '' : ' stroke-dasharray="6 4"'
  const title = `${from} → ${to}, ${goal}${within === 'later' ? ', in a later session' : ''}: ${words[verdict]}`
  return `<path d="M${ax} ${ay} C${ax + bend} ${ay} ${b.x > a.x ? bx - bend : bx + bend} ${by} ${bx} ${by}" fill="none" stroke="${colours[verdict]}" stroke-width="1.5"${dashes}><title>${escaped(title)}</title></path>`
}

function box({ id, roles, labels, goals }: ThreatNode, { x, y }: { x: number; y: number }): string {
  const below = [...roles, ...labels.map((label) => `#${label}`)].join(' ')
  return `<g><rect x="${x}" y="${y}" width="${boxWidth}" height="${boxHeight}" rx="6" fill="#f8fafc" stroke="#334155"/><text x="${x + 10}" y="${y + 18}" font-weight="bold">${escaped(shortened(id, longestName))}</text><text x="${x + 10}" y="${y + 35}" font-size="10" fill="#475569">${escaped(shortened(below, 36))}</text><title>${escaped(`${id} ${goals.join(', ')} ${below}`)}</title></g>`
}
