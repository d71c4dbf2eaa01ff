import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { assessAgent, withRisk } from '../../src/assess/risk/assess-agent.ts'
import { controlSays } from '../../src/assess/risk/controls.ts'
import { isAtLeast, operationalQuadrant, quadrantNamed, strategicQuadrant } from '../../src/assess/risk/quadrants.ts'
import { rubric, rubricTable } from '../../src/assess/risk/rubric.ts'
import { decide } from '../../src/decide/decide.ts'
import { loadRuleset } from '../../src/model/load-ruleset.ts'
import { riskDimensions } from '../../src/model/vocabulary.ts'
import { inputFor } from '../decide/ruleset-for.ts'
import { ops } from './ops.ts'
import { assessed, compiledTexts } from './texts.ts'
import type { RiskAssessment } from '../../src/assess/risk/assess-agent.ts'

const example = (name: string): string => fileURLToPath(new URL(`../../../../examples/${name}/bailiwick.yaml`, import.meta.url))
const scores = ({ dimensions }: RiskAssessment): number[] => riskDimensions.map((dimension) => dimensions[dimension].score)

function onlyAgentOf(path: string): RiskAssessment {
  const ruleset = loadRuleset(path)
  const [agent] = [...ruleset.agents.values()]
  if (agent === undefined) throw new Error('no agent')
  return assessAgent(ruleset, agent)
}

test('The CI/CD coding assistant comes out of its manifest as the mission describes it.', () => {
  const assessment = onlyAgentOf(example('ci-coding-assistant'))
  expect(scores(assessment)).toEqual([5, 4, 4, 1, 3, 2])
  expect(assessment.quadrants).toEqual({ strategic: 'strategic risk', operational: 'critical risk' })
  expect(assessment.basis).toBe('configuration')
  expect(riskDimensions.every((dimension) => assessment.dimensions[dimension].override === null)).toBe(true)
})

test('The secure data analyst is little exposed, and managed.', () => {
  const assessment = onlyAgentOf(example('secure-data-analyst'))
  expect(assessment.quadrants.operational).toBe('managed risk')
  expect(assessment.vulnerability).toBeLessThan(3)
})

test('The guide has the rubric and the controls as the code has them.', () => {
  const guide = readFileSync(fileURLToPath(new URL('../../../../docs/guides/risk.md', import.meta.url)), 'utf8')
  expect(guide).toContain(rubricTable())
  for (const [control, says] of Object.entries(controlSays)) expect(guide).toContain(`| \`${control}\` | ${says} |`)
})

test('Each criterion of the rubric can be reached.', () => {
  const everything = [
    ops(),
    ops({ agent: 'mode: observe' }),
    ops({ limits: '{ calls: 5 }' }),
    ops({ contract: { 'in.mail': '{}', 'out.send': "{ to: { in: ['a@corp.example'] } }" } }),
    ops({ contract: { 'in.vault': '{}' }, confirm: ['in.vault'] }),
  ].map(assessed)
  const evidence = everything.flatMap(({ dimensions }) => riskDimensions.flatMap((dimension) => dimensions[dimension].evidence))
  for (const said of [
    'data labelled `secret`, unshielded',
    'data labelled `secret`, shielded',
    'data labelled `pii`',
    'any command',
    'any path, query or address',
    'destructive, without an undo',
    'destructive, with an undo',
    'on targets that the contract leaves free',
    'limits neither calls nor minutes',
    'only observed',
  ])
    expect(
      evidence.some((one) => one.includes(said)),
      said,
    ).toBe(true)
  for (const { counting, criteria } of Object.values(rubric))
    for (const { score } of Object.values(criteria))
      expect(counting === 'sum' ? score >= -4 && score <= 4 : score >= 1 && score <= 5).toBe(true)
})

test('An agent that nothing bounds scores worst, and one that reads what nobody wrote scores best.', () => {
  expect(scores(assessed(ops()))).toEqual([5, 5, 5, 1, 1, 2])
  const modest = ops({
    contract: { 'in.page': '{ url: { domain: docs.corp.example } }' },
    confirm: ['in.page'],
    limits: '{ calls: 5, minutes: 5, repeats: 2 }',
  })
  expect(scores(assessed(modest)).slice(0, 3)).toEqual([2, 1, 1])
  expect(assessed(modest).quadrants.operational).toBe('minimal risk')
})

test('An agent that is only observed has the whole inventory in reach, whatever its contract says, and no oversight.', () => {
  const bounded = { contract: { 'in.page': '{ url: { domain: docs.corp.example } }' }, limits: '{ calls: 5, minutes: 5 }' }
  expect(scores(assessed(ops(bounded)))[0]).toBe(2)
  const observed = assessed(ops({ ...bounded, agent: 'mode: observe' }))
  expect(scores(observed).slice(0, 2)).toEqual([5, 5])
  expect(observed.dimensions.oversight.score).toBe(1)
  expect(observed.dimensions.goalStability.score).toBe(1)
})

const guard = (head: string, rest: string, annotations = ''): Record<string, string> => ({
  'g.cedar': `@id("g") ${annotations} forbid (${head}) ${rest};`,
})
const everyCall = 'principal, action, resource'

test.each([
  ['has no condition', guard(everyCall, '', '@response("ask")'), true],
  ['is for this agent', guard('principal == Agent::"ops", action, resource', '', '@response("ask")'), true],
  ['is for another agent', guard('principal == Agent::"other", action, resource', '', '@response("ask")'), false],
  ['has a condition', guard(everyCall, 'when { context.session.calls > 3 }', '@response("ask")'), false],
  ['is for another toolbox', guard('principal, action, resource in Toolbox::"box"', '', '@response("ask")'), false],
])('A policy that asks counts as a person’s agreement to each call, or not, when it %s.', (_, policies, counts) => {
  const contract = { 'out.send': '{}' }
  expect(assessed(ops({ contract, policies })).dimensions.autonomy.score).toBe(counts ? 1 : 5)
})

test.each([
  ['contains the label', 'when { context.labels.contains("untrusted") }', true],
  ['contains it or another thing holds', 'when { context.session.calls > 3 || context.labels.containsAny(["untrusted", "x"]) }', true],
  ['holds without a condition', '', true],
  ['wants something else too', 'when { context.labels.contains("untrusted") && context.session.calls > 3 }', false],
  ['has an exception', 'when { context.labels.contains("untrusted") } unless { context.session.calls > 3 }', false],
  ['holds unless it contains the label', 'unless { context.labels.contains("untrusted") }', false],
  ['is about another label', 'when { context.labels.contains("trusted") }', false],
])('Whether untrusted data is guarded against is read from the policy: it %s.', (_, condition, counts) => {
  const contract = { 'in.mail': '{}', 'out.send': "{ to: { in: ['a@corp.example'] } }" }
  const of = (policies: Record<string, string>): boolean =>
    assessed(ops({ contract, policies })).dimensions.goalStability.evidence.some((one) => one.includes('cannot make it act outside alone'))
  expect(of({})).toBe(false)
  expect(of(guard(everyCall, condition, '@response("ask")'))).toBe(counts && condition !== '' ? true : counts)
})

test.each([
  ['when { context.session.denied >= 10 }', true],
  ['when { context.session.denied > 9 || context.session.calls > 100 }', true],
  ['when { context.session.denied > 10 }', false],
  ['when { context.session.denied <= 3 }', false],
  ['when { context.session.denied >= 3 && context.session.calls > 3 }', false],
  ['unless { context.session.denied >= 3 }', false],
])('Whether denied calls stop a session is read from the policy: %s.', (condition, counts) => {
  const { evidence } = assessed(ops({ policies: guard(everyCall, condition) })).dimensions.oversight
  expect(evidence.some((one) => one === '+1: denied calls end what a session may do')).toBe(counts)
})

test('A policy that denies a tool whatever the call is takes it out of reach.', () => {
  const contract = { 'in.page': '{}', 'out.burn': '{}' }
  expect(assessed(ops({ contract })).dimensions.action.score).toBe(5)
  const policies = guard('principal, action == Action::"out.burn", resource', '')
  expect(assessed(ops({ contract, policies })).dimensions.action.score).toBe(3)
})

test.each([
  [{ '.*': true, '.+': true, '^.*$': true, '[a-z]+': false }, 'pattern'],
  [{ '/': true, '/srv/data': false }, 'path'],
])('A frame that lets everything through bounds nothing: %j as a %s.', (frames, kind) => {
  for (const [frame, free] of Object.entries(frames)) {
    const contract = { 'box.save': `{ path: { ${kind}: '${frame}' } }` }
    const { framed } = { framed: assessed(ops({ contract })).dimensions.access.score }
    expect(framed, frame).toBe(free ? 4 : 1)
  }
})

test('An override takes the place of a score, keeps the evidence, and says why.', () => {
  const { dimensions } = assessed(ops({ agent: 'risk: { access: { score: 2, rationale: "the vault is empty" } }' }))
  expect(dimensions.access).toMatchObject({ score: 2, override: { computed: 5, rationale: 'the vault is empty' } })
  expect(dimensions.access.evidence[0]).toBe('overridden in the manifest, 5 was computed: the vault is empty')
  expect(dimensions.access.evidence.length).toBeGreaterThan(1)
})

test.each([
  ['risk: { access: { score: 2 } }'],
  ['risk: { access: { score: 2, rationale: " " } }'],
  ['risk: { acess: { score: 2, rationale: "x" } }'],
  ['value: { score: 6, rationale: "x" }'],
  ['value: { score: 3 }'],
])('The manifest does not take %s.', (agent) => {
  expect(() => compiledTexts(ops({ agent }))).toThrow(/MANIFEST/)
})

test('A value that nobody declared counts as low, and the obligation to declare it is not met where value matters.', () => {
  expect(assessed(ops())).toMatchObject({ value: { score: 1, declared: false }, quadrants: { strategic: 'high exposure' } })
  const declared = assessed(ops({ agent: 'value: { score: 4, rationale: "much" }' }))
  expect(declared.quadrants.strategic).toBe('strategic risk')
  expect(declared.obligations.find(({ obligation }) => obligation.includes('value is declared'))?.met).toBe(true)
})

test('History lowers what people see and what can be relied on, and says so.', () => {
  const { ruleset, agent } = compiledTexts(ops({ contract: { 'in.page': '{}' }, limits: '{ calls: 5, minutes: 5, repeats: 2 }' }))
  const quiet = {
    calls: 20,
    beyond: 0,
    unknown: 0,
    questions: 0,
    expired: 0,
    approved: 0,
    hasty: 0,
    withheld: new Set<string>(),
    lastUse: new Map<string, number>(),
    first: 0,
    last: 0,
  }
  const before = assessAgent(ruleset, agent, quiet)
  expect(before.basis).toBe('configuration and history')
  expect(scores(before)).toEqual(scores(assessAgent(ruleset, agent)))
  const bad = { ...quiet, beyond: 5, unknown: 1, questions: 4, expired: 2, approved: 3, hasty: 3, withheld: new Set(['in.page']) }
  const after = assessAgent(ruleset, agent, bad)
  expect(scores(after).map((score, index) => score - (scores(before)[index] as number))).toEqual([0, 0, 0, -2, -2, -1])
  expect(after.dimensions.oversight.evidence).toContain('−1: 2 of 4 questions to people expired')
})

test('The middle of each scale falls on the worse side.', () => {
  expect([strategicQuadrant(3, 3), strategicQuadrant(2, 2.9), strategicQuadrant(3, 2.9), strategicQuadrant(2, 3)]).toEqual([
    'strategic risk',
    'low impact',
    'safe optimisation',
    'high exposure',
  ])
  expect([operationalQuadrant(3, 3), operationalQuadrant(3, 4), operationalQuadrant(2, 3), operationalQuadrant(2, 4)]).toEqual([
    'critical risk',
    'managed risk',
    'latent risk',
    'minimal risk',
  ])
})

test('Quadrants are known by the words that people use, and compared within their matrix.', () => {
  expect(['managed', 'Managed-Risk', 'safe_optimisation', 'critical risk', 'nowhere'].map(quadrantNamed)).toEqual([
    'managed risk',
    'managed risk',
    'safe optimisation',
    'critical risk',
    null,
  ])
  expect([
    isAtLeast('minimal risk', 'managed risk'),
    isAtLeast('managed risk', 'managed risk'),
    isAtLeast('latent risk', 'managed risk'),
  ]).toEqual([true, true, false])
})

test('Policies see an agent’s risk where the ruleset in force carries it.', () => {
  const policies = {
    'r.cedar':
      '@id("too-critical") forbid (principal, action, resource) when { principal has risk && principal.risk.operational == "critical risk" && principal.risk.access >= 5 && principal.risk.action >= 5 && principal.risk.strategic != "" };',
  }
  const { ruleset } = compiledTexts(ops({ policies }))
  const call = inputFor(withRisk(ruleset), 'out.restore', {})
  expect(decide(call)).toMatchObject({ response: 'deny', rule: 'too-critical' })
  expect(decide(inputFor(ruleset, 'out.restore', {})).response).toBe('allow')
  const { ruleset: modest } = compiledTexts(ops({ policies, contract: { 'out.restore': '{}' }, limits: '{ calls: 5, minutes: 5 }' }))
  expect(decide(inputFor(withRisk(modest), 'out.restore', {})).response).toBe('allow')
})
