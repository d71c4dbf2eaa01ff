import { expect, test } from 'vitest'
import { fuzz } from '../../src/evals/fuzz/fuzz.ts'
import type { FuzzReport } from '../../src/evals/fuzz/fuzz.ts'
import type { RulesetText } from '../decide/ruleset-for.ts'
import { bank } from './bank.ts'
import { rulesFrom } from './rules.ts'

function fuzzed(text: RulesetText): FuzzReport {
  const { sources, ruleset, targets } = rulesFrom(text)
  return fuzz(sources, ruleset, targets, { seed: 3, runs: 1500, overtime: () => false })
}

const policies = {
  'a.cedar':
    '@id("one") forbid (principal, action == Action::"bank.transfer", resource) when { context.labels.contains("finance") && context.input.amount.greaterThan(decimal("50.0")) };',
  'b.cedar':
    '@id("two") @response("ask") forbid (principal, action in Action::"external", resource) when { context.labels.contains("untrusted") };',
}

test('Answers that ought to be equal are: by order of arguments and policies, spelling of numbers, session, foreign labels, narrower contracts, observing.', () => {
  const report = fuzzed(bank({}, policies))
  expect(report.findings.map(({ message }) => message)).toEqual([])
  expect(report.relations).toEqual([
    'arguments in another order',
    'numbers spelled otherwise',
    'another session of the same kind',
    'a label that nothing speaks of',
    'policies in another order',
    'a contract without `bank.statement`',
    'a contract without `bank.transfer`',
    'a contract without `web.fetch`',
    'observed instead of enforced',
  ])
  expect(report.attempts).toBeGreaterThan(5000)
})

test('A policy that tells one session from another, or that a narrower contract makes milder, is found as a difference.', () => {
  const odd = { 'odd.cedar': 'forbid (principal, action == Action::"bank.statement", resource) when { context.session.id == "ses_0" };' }
  const { findings } = fuzzed(bank({}, odd))
  expect(findings.map(({ trick }) => trick)).toContain('another session of the same kind')
  expect(findings[0]).toMatchObject({ severity: 'blocking', place: { file: 'bailiwick.yaml' } })
})

test('A call that breaks an invariant is found, shrunk to the calls that it takes.', () => {
  const more =
    'invariants:\n  little: { never: bank.transfer, when: { labels: [finance] }, unless: { input.amount: { range: [0, 50] } } }\n'
  const broken = fuzzed(bank({ confirm: '[]', more })).findings.filter(({ rule }) => rule === 'invariant')
  expect(broken).toHaveLength(1)
  expect(broken[0]?.case.steps.map(({ call }) => call)).toEqual(['bank.statement', 'bank.transfer'])
  expect(fuzzed(bank({ confirm: '[]', more }, policies)).findings.filter(({ rule }) => rule === 'invariant')).toEqual([])
})
