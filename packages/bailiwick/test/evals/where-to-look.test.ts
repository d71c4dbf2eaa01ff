import { expect, test } from 'vitest'
import type { CaseStep, EvalCase } from '../../src/evals/case/eval-case.ts'
import { Lab } from '../../src/evals/lab/lab.ts'
import { Places } from '../../src/evals/redteam/place-of-rule.ts'
import { replay } from '../../src/evals/redteam/replay.ts'
import type { RulesetText } from '../decide/ruleset-for.ts'
import { rulesFrom } from './rules.ts'

const text = { type: 'string' }
const redactions = `@id("clean-mail")
@response("sanitize")
@redact("input.body:email, output:secret")
forbid (principal, action == Action::"desk.mail", resource);
@id("clean-notes")
@response("sanitize")
@redact("input.body:pii")
forbid (principal, action == Action::"desk.note", resource);
@id("asked")
@response("ask")
forbid (principal, action == Action::"desk.mail", resource) when { context.input.body like "*!" };
`

/** A desk with frames in the order of the tool's arguments, each of which can be written otherwise. */
function desk(frames: Partial<Record<'script' | 'options' | 'namespace', string>> = {}, policies = redactions): RulesetText {
  const { script = '{ in: [restart, collect] }', options = '{ in: [fast, slow] }', namespace = "{ pattern: '[a-z-]+' }" } = frames
  const object = (properties: Readonly<Record<string, typeof text | { type: string; items: typeof text }>>, required: string[]) => ({
    type: 'object',
    properties,
    required,
  })
  return {
    schemas: {
      'desk.run': object({ script: text, options: { type: 'array', items: text }, namespace: text }, ['script', 'options']),
      'desk.mail': object({ body: text }, ['body']),
      'desk.note': object({ body: text }, ['body']),
    },
    policies: { 'p.cedar': policies },
    manifest: `trustDomain: corp.example
agents:
  helper: { owner: a@corp.example, goals: [help] }
toolboxes:
  desk:
    mcp: { command: node }
    tools: { run: { effect: destructive, sinks: { script: command } }, mail: { effect: external }, note: { effect: write } }
goals:
  help:
    params: { topic: { type: string, enum: [kube, shop] } }
    tools:
      desk.mail: {}
      desk.note: {}
      desk.run:
        script: ${script}
        options: ${options}
        namespace: ${namespace}
`,
  }
}

function kept(steps: readonly CaseStep[], topic = 'shop'): EvalCase {
  const rest = { why: '', person: null, request: null, severity: 'blocking', tags: [] } as const
  return { name: 'kept', kind: 'attack', agent: 'helper', goal: 'help', params: { topic }, steps, ...rest }
}

/** Where the findings of kept cases lead: the line's text, and what is said. */
function leads(rules: RulesetText, cases: readonly EvalCase[]): string[] {
  const { ruleset, sources } = rulesFrom(rules)
  const placed = cases.map((one) => ({ case: one, place: { file: 'suites/redteam/x.yaml', line: 1, column: 1 } }))
  const { findings } = replay(new Lab(ruleset), placed, new Places(sources.yaml, ruleset), () => false)
  return findings.map(({ place, message }) => {
    const [, hint = ''] = /; (.*) \(case/.exec(message) ?? []
    const lines = (place.file === 'bailiwick.yaml' ? rules.manifest : (rules.policies?.['p.cedar'] ?? '')).split('\n')
    return `${lines[place.line - 1]?.trim()} | ${hint}`
  })
}

function run(script: string, options: string[], namespace: string): CaseStep {
  return { call: 'desk.run', with: { script, options, namespace }, expect: 'deny', rule: 'T1.frame' }
}

const passing: CaseStep = { call: 'desk.run', with: { script: 'collect', options: ['fast'], namespace: 'shop' }, expect: 'allow' }

test('Under the rules as they were, nothing is found.', () => {
  expect(leads(desk(), [kept([passing]), kept([run('collect', ['fast', '--all'], 'shop')])])).toEqual([])
})

test('A widened frame is the one that a finding leads to, whichever argument stands first and however unlike the honest call the others are.', () => {
  const hint = (argument: string): string => `the frame of \`${argument}\` no longer holds it back`
  const options = '{ in: [fast, slow, --all] }'
  expect(leads(desk({ options }), [kept([passing]), kept([run('collect', ['fast', '--all'], 'shop')])])).toEqual([
    `options: ${options} | ${hint('options')}`,
  ])
  const script = '{ in: [restart, collect, wipe] }'
  expect(leads(desk({ script }), [kept([passing]), kept([run('wipe', ['slow'], 'shop')])])).toEqual([
    `script: ${script} | ${hint('script')}`,
  ])
  const namespace = "{ pattern: '.*' }"
  expect(leads(desk({ namespace }), [kept([passing]), kept([run('collect', ['fast'], 'Kube-System')])])).toEqual([
    `namespace: ${namespace} | ${hint('namespace')}`,
  ])
})

test('A frame that is gone leads to the tool in the contract.', () => {
  const rules = desk()
  const gone = { ...rules, manifest: rules.manifest.replace(/\n *options: .*/, '') }
  expect(leads(gone, [kept([passing]), kept([run('collect', ['fast', '--all'], 'shop')])])).toEqual([
    'desk.run: | the frame of `options` no longer holds it back',
  ])
})

test('What is the attacker’s is what a frame should have held back, also when no other case says what passes.', () => {
  const options = '{ in: [fast, slow, collector@evil.example] }'
  expect(leads(desk({ options }), [kept([run('collect', ['collector@evil.example'], 'shop')])])).toEqual([
    expect.stringContaining('options: '),
  ])
})

test('A parameter’s value counts as passing by the name of the parameter, and the value of another session does not.', () => {
  const namespace = "{ pattern: '.*' }"
  const own = { ...passing, with: { ...passing.with, namespace: 'kube' } }
  const rules = desk({ script: '{ in: [restart, collect] }', namespace })
  expect(leads(rules, [kept([own], 'kube'), kept([run('collect', ['fast'], 'kube')], 'shop')])).toEqual([
    expect.stringContaining('namespace: '),
  ])
})

test('An argument that was left out is told of by its frame, when that is optional now.', () => {
  const namespace = "{ pattern: '[a-z-]+', optional: true }"
  const { namespace: _, ...rest } = passing.with
  const without: CaseStep = { call: 'desk.run', with: rest, expect: 'deny', rule: 'T1.frame' }
  expect(leads(desk({ namespace }), [kept([passing]), kept([without])])).toEqual([
    `namespace: ${namespace} | the frame of \`namespace\` no longer holds it back`,
  ])
})

const mailed: CaseStep = {
  call: 'desk.mail',
  with: { body: 'hello!' },
  expect: 'ask',
  rule: 'asked',
  redacts: ['input.body:pii', 'output:secret'],
}

test('A redaction that is missing leads to the policy that takes things out of the tool, not to the rule that answered.', () => {
  expect(leads(desk(), [kept([mailed])])).toEqual([
    '@id("clean-mail") | the policy `clean-mail` takes out `input.body:email`, `output:secret` only',
  ])
})

test('Of several policies it is the one that takes out what is nearest to that.', () => {
  const other = `@id("other")
@response("sanitize")
@redact("output:card")
forbid (principal, action in Action::"external", resource);
`
  expect(leads(desk({}, other + redactions), [kept([mailed])])).toEqual([expect.stringMatching(/^@id\("clean-mail"\)/)])
})

test('When no policy takes anything out of the tool any more, that is said.', () => {
  const gone = redactions.slice(redactions.indexOf('@id("clean-notes")'))
  expect(leads(desk({}, gone), [kept([mailed])])).toEqual(['desk.mail: {} | no policy takes anything out of `desk.mail` any more'])
})
