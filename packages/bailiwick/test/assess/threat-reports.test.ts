import { expect, test } from 'vitest'
import { graphsSvg } from '../../src/assess/threats/graph-svg.ts'
import type { ThreatGraph } from '../../src/assess/threats/graph.ts'
import type { ThreatModel } from '../../src/assess/threats/threat-model.ts'
import { threatsSarif } from '../../src/assess/threats/threats-sarif.ts'
import { modelFor, trifecta } from './threat-rules.ts'

interface Sarif {
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } }
      readonly results: readonly {
        readonly ruleId: string
        readonly ruleIndex: number
        readonly level: string
        readonly message: { readonly text: string }
        readonly locations: readonly [
          {
            readonly physicalLocation: {
              readonly artifactLocation: { readonly uri: string }
              readonly region: { readonly startLine: number }
            }
          },
        ]
      }[]
    },
  ]
}

const sarif = (model: ThreatModel): Sarif['runs'][0] => (JSON.parse(JSON.stringify(threatsSarif(model))) as Sarif).runs[0]
const evil = '</text><script>alert(1)</script>" onload="x\u202e\u0000]('

test('SARIF names the rule of each attack and the line of the contract that allows it, and leaves out what is cut.', () => {
  const model = modelFor({
    ...trifecta,
    policies: {
      'no.cedar': '@id("no") forbid(principal, action == Action::"mail.send", resource) when { context.labels.contains("pii") };',
    },
  })
  const shown = sarif(modelFor(trifecta))
  expect(shown.results.length).toBeGreaterThan(0)
  for (const result of shown.results) expect(shown.tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId)
  expect(shown.results.find(({ ruleId }) => ruleId === 'trifecta')).toMatchObject({
    level: 'error',
    locations: [{ physicalLocation: { artifactLocation: { uri: 'bailiwick.yaml' }, region: { startLine: 17 } } }],
  })
  expect(sarif(model).results.map(({ ruleId }) => ruleId)).not.toContain('trifecta')
})

test('Names that are markup, links or control characters stay text in SARIF.', () => {
  const model = modelFor(trifecta)
  const hostile = { ...model, threats: model.threats.map((threat) => ({ ...threat, agent: evil, place: { file: 'a b#?.yaml', line: 1 } })) }
  for (const { message, locations } of sarif(hostile).results) {
    expect(message.text).not.toMatch(/[\u202e\0]|(^|[^\\])\]\(/)
    expect(locations[0].physicalLocation.artifactLocation.uri).toBe('a%20b%23%3F.yaml')
  }
})

test('Names that are markup stay text in the picture.', () => {
  const graph: ThreatGraph = {
    agent: evil,
    nodes: [
      { id: evil, kind: 'tool', roles: ['source'], labels: [evil], goals: [evil], place: null },
      { id: 'b', kind: 'tool', roles: ['outside'], labels: [], goals: [], place: null },
    ],
    edges: [{ from: evil, to: 'b', within: 'session', goal: evil, verdict: 'open' }],
  }
  const picture = graphsSvg([graph])
  expect(picture).not.toMatch(/<script|[\u202e\0]|onload="/)
  expect(picture.match(/<\/?[a-z]+/g)?.filter((tag) => !/^<\/?(svg|g|rect|text|path|title)$/.test(tag))).toEqual([])
})

test('The graph has every tool of the contracts, the flows between them with their verdicts, and the people who are asked.', () => {
  const [graph] = modelFor({ ...trifecta, manifest: `${trifecta.manifest}    confirm: [mail.send]\n` }).graphs
  expect(graph?.nodes.map(({ id }) => id)).toEqual(['inbox.read', 'crm.customer', 'mail.send', 'people'])
  expect(graph?.edges.map(({ from, to, verdict }) => `${from} ${to} ${verdict}`)).toEqual([
    'inbox.read mail.send ask',
    'crm.customer mail.send ask',
    'mail.send people ask',
  ])
})
