import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { XMLValidator } from 'fast-xml-parser'
import { expect, test } from 'vitest'
import { matricesOf } from '../../src/assess/picture/matrices.ts'
import { matrixSvg } from '../../src/assess/picture/matrix-svg.ts'
import { matrixText } from '../../src/assess/picture/matrix-text.ts'
import { radarSvg } from '../../src/assess/picture/radar-svg.ts'
import { radarText } from '../../src/assess/picture/radar-text.ts'
import { riskHtml } from '../../src/assess/picture/risk-html.ts'
import type { RiskAssessment } from '../../src/assess/risk/assess-agent.ts'
import { safe } from '../../src/cli/output.ts'
import { folderWith, runCli } from '../cli/run-cli.ts'
import { installationFiles } from '../cli/written-manifest.ts'
import { ops } from './ops.ts'
import { assessed } from './texts.ts'

const attacks = [
  '</title><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onload='alert(1)",
  ']]><svg onload=alert(1)>',
  '<!--',
  '&lt;script&gt;',
  '\u202Egnp.exe\u0000\u001B[2J\uFFFF\uD800',
  '<style>*{display:none}</style>',
]

/** An assessment in which everything that others wrote is an attack. */
function hostile(text: string): RiskAssessment {
  const assessment = assessed(ops())
  const dimensions = Object.fromEntries(
    Object.entries(assessment.dimensions).map(([name, dimension]) => [name, { ...dimension, evidence: [text] }]),
  ) as unknown as RiskAssessment['dimensions']
  return {
    ...assessment,
    agent: text,
    dimensions,
    value: { score: 1, declared: true, rationale: text },
    obligations: [{ obligation: text, met: false, how: text }],
  }
}

const known = new Set([
  '!doctype',
  'html',
  'head',
  'meta',
  'title',
  'style',
  'body',
  'h1',
  'h2',
  'p',
  'code',
  'div',
  'section',
  'strong',
  'table',
  'thead',
  'tbody',
  'tr',
  'th',
  'td',
  'ul',
  'li',
  'svg',
  'rect',
  'text',
  'polygon',
])

test('Whatever agents are called and whatever they say of themselves, pictures and report have our markup and no other.', () => {
  const benign = hostile('plain')
  const tags = (text: string): string[] => [...text.matchAll(/<\/?([^\s>/]+)/g)].map((match) => (match[1] as string).toLowerCase())
  const wanted = tags(riskHtml([benign], { title: 'plain', digest: 'plain' }))
  expect(wanted.every((tag) => known.has(tag))).toBe(true)
  fc.assert(
    fc.property(fc.oneof(fc.constantFrom(...attacks), fc.string({ unit: 'binary', maxLength: 60 })), (text) => {
      const assessment = hostile(text)
      const html = riskHtml([assessment], { title: text, digest: text })
      expect(tags(html)).toEqual(wanted)
      expect(html).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u202A-\u202E]/)
      for (const svg of [radarSvg(assessment), ...matricesOf([assessment]).map(matrixSvg)]) {
        expect(XMLValidator.validate(svg)).toBe(true)
        expect(tags(svg).every((tag) => known.has(tag))).toBe(true)
        // Between the brackets of a tag, where an attribute would have to stand.
        for (const [tag] of svg.matchAll(/<[^>]*>/g)) expect(tag).not.toMatch(/\son\w+\s*=|javascript:|href|\bsrc\b/i)
      }
      for (const matrix of matricesOf([assessment]))
        expect(matrixText(matrix, safe)).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u202A-\u202E]/)
    }),
    { numRuns: 100 },
  )
})

test('The report needs nothing from elsewhere and forbids it.', () => {
  const html = riskHtml([assessed(ops())], { title: 'Risk', digest: 'sha256:0' })
  expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
  expect(html.replaceAll('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/<script|<link|<img|<iframe|https?:|url\(|@import/i)
})

test('Each agent stands in its own quadrant of both matrices, in text and in SVG.', () => {
  const bad = assessed(ops())
  const good = { ...bad, agent: 'calm', quadrants: { strategic: 'safe optimisation', operational: 'minimal risk' } as const }
  const [strategic, operational] = matricesOf([bad, good])
  const text = matrixText(strategic, safe).split('\n')
  const line = (name: string): string => text.find((one) => one.includes(name)) ?? ''
  expect(line('calm').indexOf('calm')).toBeLessThan(37)
  expect(line('ops').indexOf('ops')).toBeGreaterThan(37)
  expect(text.findIndex((one) => one.includes('calm'))).toBeLessThan(text.findIndex((one) => one.includes('ops')))
  expect(operational.agents.map(({ quadrant }) => quadrant)).toEqual(['critical risk', 'minimal risk'])
  expect(matrixSvg(operational)).toContain('● calm')
  expect(new Set(text.slice(1).map((one) => one.length)).size).toBe(1)
})

test('The radar names all six dimensions with their scores and stays within 80 columns.', () => {
  const radar = radarText(assessed(ops()))
  for (const label of ['Access 5', 'Action 5', 'Autonomy 5', 'Oversight 1', 'Goal stability 1', 'Monitoring 2'])
    expect(radar).toContain(label)
  expect(radar.match(/●/g)).toHaveLength(6)
  expect(Math.max(...radar.split('\n').map((one) => one.length))).toBeLessThanOrEqual(80)
})

test('`bailiwick risk` gates, advises, supposes and writes its pictures; what cannot be carried out is exit code 2.', async () => {
  const cwd = folderWith(installationFiles)
  const run = (words: string): ReturnType<typeof runCli> => runCli(['risk', ...words.split(' ').filter(Boolean)], { cwd })
  const plain = await run('--json')
  expect(plain.code).toBe(0)
  expect(JSON.parse(plain.stdout)).toMatchObject([
    {
      agent: 'clerk',
      quadrants: { strategic: 'high exposure', operational: 'critical risk' },
      basis: 'configuration',
      dimensions: { access: { score: 2 }, autonomy: { score: 5 } },
    },
  ])
  expect((await run('--gate managed')).code).toBe(1)
  expect((await run('--gate critical')).code).toBe(0)
  const advised = await run('clerk --advise minimal --what-if escalation --json')
  expect(advised.code).toBe(0)
  expect(JSON.parse(advised.stdout)).toMatchObject([
    {
      whatIf: { controls: ['escalation'] },
      advice: { wanted: 'minimal risk', diff: expect.stringContaining('+    confirm: [mail.send]') as string },
    },
  ])
  expect((await run('--svg pictures --html risk.html')).code).toBe(0)
  expect(readdirSync(join(cwd, 'pictures')).sort()).toEqual(['operational.svg', 'radar-clerk.svg', 'strategic.svg'])
  expect(readFileSync(join(cwd, 'risk.html'), 'utf8')).toContain('high exposure')
  for (const words of ['nobody', '--gate nowhere', '--what-if hope', '--html nowhere/risk.html'])
    expect((await run(words)).code, words).toBe(2)
})
