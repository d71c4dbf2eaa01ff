import { expect, test } from 'vitest'
import { Lab } from '../../src/evals/lab/lab.ts'
import { canaries } from '../../src/evals/lab/sample-result.ts'
import type { Target } from '../../src/evals/attacks/attack.ts'
import type { Finding } from '../../src/evals/redteam/finding.ts'
import { honestCase, redTeam } from '../../src/evals/redteam/red-team.ts'
import type { RedTeamReport } from '../../src/evals/redteam/red-team.ts'
import { SeededRandom } from '../../src/evals/generate/seeded-random.ts'
import type { RulesetText } from '../decide/ruleset-for.ts'
import { bank } from './bank.ts'
import { rulesFrom } from './rules.ts'

function attacked(text: RulesetText, walks = 300): RedTeamReport {
  const { ruleset, sources } = rulesFrom(text)
  return redTeam(new Lab(ruleset), sources.yaml, { seed: 1, walks, goals: [], overtime: () => false })
}

function lineOf({ manifest }: RulesetText, text: string): number {
  return manifest.slice(0, manifest.indexOf(text)).split('\n').length
}

function brief({ rule, severity, place }: Finding): string {
  return `${rule} ${severity} ${place.line}`
}

test('Rules that hold stop every attack, and every tier has its share; the honest task goes through.', () => {
  const { findings, goals, attempts } = attacked(bank())
  expect(findings.map((finding) => finding.message)).toEqual([])
  const [{ attacks, honest } = { attacks: {}, honest: null }] = goals
  const tallies = Object.values(attacks)
  const stopped = (tier: 'T0' | 'T1' | 'T2' | 'T3' | 'T4'): number => tallies.reduce((sum, tally) => sum + tally.stopped[tier], 0)
  expect(attempts).toBeGreaterThan(2000)
  expect(['T0', 'T1', 'T4'].map((tier) => stopped(tier as 'T0') > 10)).toEqual([true, true, true])
  expect(tallies.reduce((sum, tally) => sum + tally.asked, 0)).toBeGreaterThan(10)
  expect(tallies.every((tally) => tally.passed === 0 && tally.tried > 0)).toBe(true)
  expect(honest).toMatchObject({ calls: 3, unaided: 2, asked: 1, denied: [], underivable: [] })
  for (const kind of [
    'outside-contract',
    'look-alike-name',
    'argument',
    'encoding',
    'extra-argument',
    'missing-argument',
    'sink',
    'exfiltration',
    'poisoned-result',
    'tool-poisoning',
    'identity',
    'limit',
    'unconfirmed',
    'sequence',
  ])
    expect(attacks, kind).toHaveProperty(kind)
})

test('The same seed tries and finds the same; another seed walks otherwise.', () => {
  const weak = bank({ fetch: '{}' })
  expect(attacked(weak)).toEqual(attacked(weak))
  const [one, two] = [new SeededRandom(1), new SeededRandom(2)]
  expect(Array.from({ length: 5 }, () => one.below(100))).not.toEqual(Array.from({ length: 5 }, () => two.below(100)))
})

test('A link that no frame holds is where data leaves, and the finding leads to the line of the contract.', () => {
  const weak = bank({ fetch: '{}' })
  const { findings } = attacked(weak)
  expect(findings.map(brief)).toEqual([`attackers-place blocking ${lineOf(weak, 'web.fetch: {}')}`])
  const [finding] = findings as [Finding]
  expect(finding.message).toContain('`url` (url) can be what an attacker chooses')
  expect(finding.case.tags).toContain('ASI02')
  // The shortest that shows it with data at hand: something read, then the link.
  expect(finding.case.steps).toHaveLength(2)
  expect(finding.case.steps.at(-1)).toMatchObject({ call: 'web.fetch', expect: 'ask' })
})

test('An account that anybody can choose is a finding only while no person is asked.', () => {
  const asked = bank({ transfer: '{ amount: { range: [1, 100] } }' })
  const unasked = bank({ transfer: '{ amount: { range: [1, 100] } }', confirm: '[]' })
  expect(attacked(asked).findings).toEqual([])
  expect(attacked(unasked).findings.map(brief)).toContain(`attackers-place blocking ${lineOf(unasked, 'bank.transfer: { amount')}`)
})

test('That text of strangers can lead to an act outside, and what was read can go out with it, is told as advice.', () => {
  const { findings } = attacked(bank({ confirm: '[]' }))
  expect(findings.map(({ rule, severity }) => `${rule} ${severity}`)).toEqual(['carried-out advisory', 'obeyed-injection advisory'])
})

test('A declared invariant is held against the engine, and its line is named.', () => {
  const text = bank({
    confirm: '[]',
    more: `invariants:
  small-when-read: { never: bank.transfer, when: { labels: [finance] }, unless: { input.amount: { range: [0, 50] } } }
  never-unseen: { never: { effect: [external] }, unless: { approved: true }, severity: advisory }
`,
  })
  const { findings } = attacked(text)
  expect(findings.map(brief).sort()).toEqual(
    [`invariant blocking ${lineOf(text, 'small-when-read')}`, `invariant advisory ${lineOf(text, 'never-unseen')}`].sort(),
  )
  const [broken] = findings as [Finding]
  expect(broken.case.steps.map((step) => step.call)).toEqual(['bank.statement', 'bank.transfer'])
  expect(Number(broken.case.steps[1]?.with['amount'])).toBeGreaterThan(50)
  const forbidden = {
    'amount.cedar':
      '@id("small") forbid (principal, action == Action::"bank.transfer", resource) when { context.labels.contains("finance") && context.input.amount.greaterThan(decimal("50.0")) };',
  }
  const mended = attacked({ ...text, policies: forbidden })
  expect(mended.findings.map(brief)).toEqual([`invariant advisory ${lineOf(text, 'never-unseen')}`])
})

test('What an agent that is only observed is let do is advice, not a reason to stop the work.', () => {
  const { findings } = attacked(bank({ agent: ', mode: observe' }))
  expect(findings.length).toBeGreaterThan(3)
  expect(new Set(findings.map(({ severity }) => severity))).toEqual(new Set(['advisory']))
  expect(findings[0]?.message).toContain('only observed')
})

test('The canaries that a policy takes out of a result are gone from what the agent is given; without the policy they are there.', () => {
  const policies = {
    'pii.cedar':
      '@response("sanitize") @redact("output:pii, output:secret") forbid (principal, action == Action::"bank.statement", resource);',
  }
  const shown = [policies, {}].map((files) => {
    const { ruleset, targets } = rulesFrom(bank({}, files))
    const [target] = targets as [Target]
    const [answer] = new Lab(ruleset).play({ ...honestCase(target), steps: honestCase(target).steps.slice(0, 1) })
    return JSON.stringify(answer?.result)
  })
  for (const canary of Object.values(canaries))
    expect([canary, ...shown.map((text) => text.includes(canary))]).toEqual([canary, false, true])
  expect(attacked(bank({}, policies)).findings).toEqual([])
})

test('When the time is over it ends, and it is said: in the walks, or before all that is planned was tried, which shows nothing.', () => {
  const { ruleset, sources } = rulesFrom(bank())
  const within = (calls: number): RedTeamReport => {
    let left = calls
    return redTeam(new Lab(ruleset), sources.yaml, { seed: 1, walks: 1_000_000, goals: [], overtime: () => (left -= 1) < 0 })
  }
  expect(within(5)).toMatchObject({ unfinished: true, findings: [] })
  expect(within(20_000)).toMatchObject({ unfinished: false, cutShort: true, findings: [] })
})
