import { expect, test } from 'vitest'
import { failureOf } from '../../src/evals/case/check-case.ts'
import { mutate, recordCases } from '../../src/evals/fuzz/mutation-run.ts'
import type { MutationReport } from '../../src/evals/fuzz/mutation-run.ts'
import { manifestMutants } from '../../src/evals/fuzz/manifest-mutants.ts'
import { policyMutants } from '../../src/evals/fuzz/policy-mutants.ts'
import { probesOf } from '../../src/evals/fuzz/probes.ts'
import type { EvalCase } from '../../src/evals/case/eval-case.ts'
import { Lab } from '../../src/evals/lab/lab.ts'
import { bank } from './bank.ts'
import { rulesFrom } from './rules.ts'
import type { TestRules } from './rules.ts'

const policies = {
  'money.cedar': `@id("small-amounts")
forbid (principal, action == Action::"bank.transfer", resource)
when { context.input.amount.greaterThan(decimal("40.0")) && context.labels.contains("untrusted") };

@id("asked-outside")
@response("ask")
forbid (principal, action in Action::"external", resource)
when { context.labels.contains("finance") || context.facts.fetched >= 3 };

@id("hidden")
@response("sanitize")
@redact("output:pii, output:secret")
forbid (principal, action == Action::"bank.statement", resource);
`,
}
const facts = `facts:
  fetched: { count: web.fetch, within: 1h }
`

function notCut(): boolean {
  return false
}

function mutated({ sources, ruleset, targets }: TestRules, cases: readonly EvalCase[]): MutationReport {
  return mutate(sources, ruleset, { goals: [], cases, probes: probesOf(targets, [], 1), overtime: notCut, onProgress: () => {} })
}

const rules = rulesFrom(bank({ more: facts }, policies))
const recorded = recordCases(rules.sources, rules.ruleset, [], probesOf(rules.targets, rules.sources.policies, 1), () => {})

test('Cases that were recorded pass under the rules that they were recorded from.', () => {
  expect(recorded.length).toBeGreaterThan(20)
  for (const one of recorded) expect(failureOf(one, new Lab(rules.ruleset).play(one)), one.name).toBeNull()
})

test('With recorded cases more than 95 of 100 small weakenings are noticed; with none, far fewer of those of policies.', () => {
  const report = mutated(rules, recorded)
  const survived = report.survivors.map(({ what }) => what)
  expect(report.tried).toBeGreaterThan(40)
  expect(report.killed / report.tried, survived.join('\n')).toBeGreaterThan(0.95)
  const without = mutated(rules, [])
  expect(without.tried).toBe(report.tried)
  expect(without.survivors.filter(({ policy }) => policy !== null).length).toBeGreaterThan(10)
  // What the red team holds by itself, with nothing recorded: the contract.
  for (const what of [
    'the contract names `shop.pay` too',
    '`account` of `bank.transfer` has no frame',
    '`bank.transfer` is no longer confirmed by a person',
    'the limit `calls` is 13 instead of 12',
  ])
    expect(without.survivors.map((one) => one.what)).not.toContain(what)
})

test('A survivor is named with file, line and what was changed.', () => {
  const kept = recorded.filter((one) => !JSON.stringify(one).includes('redacts'))
  const { survivors } = mutated(rules, kept)
  const hidden = survivors.filter(({ policy }) => policy === 'hidden')
  expect(hidden.map(({ what, place }) => `${place.file}:${place.line} ${what}`)).toContain(
    'policies/money.cedar:10 in `hidden`: it no longer takes out `output:pii`',
  )
})

test('A mutant differs from the rules, each from each; what Cedar reads as the same is none.', () => {
  const own = [...policyMutants(rules.sources)]
  expect(new Set(own.map(({ sources: changed }) => JSON.stringify(changed.policies))).size).toBe(own.length)
  expect(own.every(({ sources: changed }) => JSON.stringify(changed.policies) !== JSON.stringify(rules.sources.policies))).toBe(true)
  const wanted = [
    'the forbid is taken out',
    'the `when` says the opposite',
    '`>=` is `>`',
    '`||` is `&&`',
    'it asks a person instead of denying',
    'it takes out `output:email` instead of `output:pii`',
    '40.0 is 41.0000',
  ]
  for (const what of wanted) expect(own.map((one) => one.what).join('\n')).toContain(what)
})

test('A widening that the schema of the tool takes back is no mutant, since it changes no decision.', () => {
  const names = [...manifestMutants(rules.sources, rules.ruleset)].map(({ what }) => what)
  // The schema requires both arguments, and `amount` at least 0; the frame says 1.
  expect(names.filter((what) => what.includes('may be left out'))).toEqual([])
  expect(names).toContain('`amount` of `bank.transfer` may be 0')
  expect(names).toContain('`amount` of `bank.transfer` may be 101')
  const narrow = rulesFrom(bank({ transfer: '{ account: { in: [DE01] }, amount: { range: [0, 100] } }' }))
  expect([...manifestMutants(narrow.sources, narrow.ruleset)].map(({ what }) => what)).not.toContain(
    '`amount` of `bank.transfer` may be -1',
  )
})

test('When the time is over, it is said, and what was not tried counts for nothing.', () => {
  const report = mutate(rules.sources, rules.ruleset, {
    goals: [],
    cases: recorded,
    probes: [],
    overtime: () => true,
    onProgress: () => {},
  })
  expect(report).toMatchObject({ tried: 0, killed: 0, cutShort: true })
})

test('A frame as far as the schema of the tool holds it, and labels that nothing looks at, are not weakened: no answer could change.', () => {
  const schema = {
    type: 'object',
    properties: { stage: { enum: ['test', 'live'] }, name: { type: 'string', pattern: '^[A-Z]+$' }, note: { type: 'string' } },
    required: ['stage', 'name', 'note'],
  }
  const deployed = (frames: string, forbids = {}): TestRules =>
    rulesFrom({
      schemas: { 'ops.deploy': schema },
      policies: forbids,
      manifest: `trustDomain: corp.example
agents: { ops: { owner: a@corp.example, goals: [ship] } }
toolboxes: { ops: { mcp: { command: node }, tools: { deploy: { effect: destructive, labels: [secret] } } } }
goals: { ship: { tools: { ops.deploy: ${frames} } } }
`,
    })
  const what = ({ sources, ruleset }: TestRules): string[] => [...manifestMutants(sources, ruleset)].map((mutant) => mutant.what)
  const argument = (name: string) => `\`${name}\` of \`ops.deploy\``
  expect(what(deployed('{ stage: { in: [test, live] }, name: { in: [KEY] } }')).filter((text) => /deploy/.test(text))).toEqual([
    `${argument('name')} has no frame`,
  ])
  expect(what(deployed('{ stage: { in: [test] }, note: { in: [x] } }'))).toEqual(
    expect.arrayContaining([`${argument('stage')} has no frame`, `${argument('note')} may be the attacker's address too`]),
  )
  const reading = { 'a.cedar': '@id("quiet") forbid (principal, action, resource) when { context.labels.contains("secret") };' }
  expect(what(deployed('{}', reading))).toContain('results of `ops.deploy` do not carry `secret`')
})
