import { expect, test } from 'vitest'
import { breakingArguments } from '../../src/evals/attacks/breaking-arguments.ts'
import type { Target } from '../../src/evals/attacks/attack.ts'
import { fuzz } from '../../src/evals/fuzz/fuzz.ts'
import { Lab } from '../../src/evals/lab/lab.ts'
import type { Finding } from '../../src/evals/redteam/finding.ts'
import { redTeam } from '../../src/evals/redteam/red-team.ts'
import type { RulesetText } from '../decide/ruleset-for.ts'
import { rulesFrom } from './rules.ts'

/** A tool whose arguments the contract hardly frames, one that must be called before it for the same namespace, and one invariant. */
function desk(invariant: string, policy = 'permit (principal, action, resource);'): RulesetText {
  return {
    schemas: {
      'desk.look': { type: 'object', properties: { namespace: { type: 'string' } }, required: ['namespace'] },
      'desk.act': {
        type: 'object',
        properties: {
          verb: { type: 'string' },
          namespace: { type: 'string' },
          places: { type: 'array', items: { type: 'string' } },
          amount: { type: 'number' },
          to: { type: 'string' },
          file: { type: 'string' },
          extra: { type: 'object', properties: { kind: { type: 'string' }, level: { type: 'integer' } }, required: ['kind'] },
          items: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } },
        },
        required: ['verb', 'namespace', 'places', 'amount', 'to', 'file', 'extra', 'items'],
      },
    },
    policies: { 'p.cedar': policy },
    manifest: `trustDomain: corp.example
agents:
  helper: { owner: a@corp.example, goals: [help] }
toolboxes:
  desk: { mcp: { url: "https://desk.example/mcp" }, tools: { look: { effect: read }, act: { effect: write } } }
goals:
  help:
    tools:
      desk.look: {}
      desk.act: { verb: { in: [list, restart, wipe] } }
facts:
  looked: { formerly: desk.look, same: [input.namespace], within: 1h }
invariants:
  it: { never: desk.act, ${invariant} }
`,
  }
}

function found(text: RulesetText): { readonly byRedTeam: Finding | undefined; readonly byFuzzing: Finding | undefined } {
  const { ruleset, sources, targets } = rulesFrom(text)
  const overtime = (): boolean => false
  const ofInvariant = ({ findings }: { readonly findings: readonly Finding[] }): Finding | undefined =>
    findings.find(({ rule }) => rule === 'invariant')
  return {
    byRedTeam: ofInvariant(redTeam(new Lab(ruleset), sources.yaml, { seed: 1, walks: 20, goals: [], overtime })),
    byFuzzing: ofInvariant(fuzz(sources, ruleset, targets, { seed: 1, runs: 20, overtime })),
  }
}

const conditions = [
  'when: { input.namespace: { in: [kube-system, payments] } }',
  'when: { input.namespace: kube-system }',
  "when: { input.namespace: { pattern: 'kube-[a-z]{3,}' } }",
  "when: { input.namespace: { pattern: '(?i)kube-system' } }",
  'when: { input.amount: { range: [100, 200] } }',
  'when: { input.namespace: { prefix: kube- } }',
  'when: { input.to: { domain: rival.example } }',
  'when: { input.to: { domain: "*.rival.example" } }',
  'when: { input.file: { path: /srv/secret } }',
  'when: { input.extra: { fields: { kind: secret, level: { range: [7, 9] } } } }',
  'when: { input.extra.kind: secret }',
  'when: { input.items.name: { in: [secret] } }',
  'when: { input.places: { in: [vault] } }',
  'when: { input.verb: wipe, input.namespace: kube-system }',
  'when: { input.namespace: kube-system }, unless: { input.amount: { range: [1, 5] } }',
  'unless: { input.verb: { in: [list, restart] } }',
  'unless: { input.amount: { range: [0, 1] } }',
  "unless: { input.namespace: { pattern: '[a-z0-9 ]+' } }",
]

test.each(conditions)('An invariant with `%s`, which nothing holds, is broken by values that it names itself.', (condition) => {
  const { byRedTeam, byFuzzing } = found(desk(condition))
  expect([byRedTeam?.case.steps.at(-1)?.call, byFuzzing?.case.steps.at(-1)?.call]).toEqual(['desk.act', 'desk.act'])
})

test('A forbidden value is also tried after the calls that make it possible, with the same value in them.', () => {
  const policy = `@id("looked") forbid (principal, action == Action::"desk.act", resource) unless { context.facts.looked };
@id("wiping") forbid (principal, action == Action::"desk.act", resource) when { context.input.verb != "wipe" && context.input.namespace == "kube-system" };`
  const { byRedTeam, byFuzzing } = found(desk('when: { input.namespace: { in: [kube-system] } }', policy))
  for (const finding of [byRedTeam, byFuzzing])
    expect(finding?.case.steps.map(({ call, with: args }) => [call, args['verb'], args['namespace']])).toEqual([
      ['desk.look', undefined, 'kube-system'],
      ['desk.act', 'wipe', 'kube-system'],
    ])
})

test('An invariant that a policy holds is not found broken.', () => {
  const policy = '@id("no") forbid (principal, action == Action::"desk.act", resource) when { context.input.namespace == "kube-system" };'
  expect(found(desk('when: { input.namespace: { in: [kube-system] } }', policy))).toEqual({ byRedTeam: undefined, byFuzzing: undefined })
})

test('What is tried breaks the invariant, fits the schema, is tried once, and is not without end.', () => {
  const { ruleset, targets } = rulesFrom(desk("when: { input.namespace: { pattern: 'k.*' } }, unless: { input.amount: { range: [0, 5] } }"))
  const [target] = targets as [Target]
  const tool = ruleset.tools.get('desk.act')
  const { it } = ruleset.manifest.invariants ?? {}
  if (tool === undefined || it === undefined) throw new Error('there is no such tool or invariant')
  const tried = breakingArguments(target, tool, it)
  expect(tried.length).toBeGreaterThan(5)
  expect(tried.length).toBeLessThan(100)
  expect(new Set(tried.map((args) => JSON.stringify(args))).size).toBe(tried.length)
  for (const args of tried) {
    expect(tool.checkInput(args)).toBeNull()
    expect(args['namespace']).toMatch(/^k/)
    expect(Number(args['amount']) >= 0 && Number(args['amount']) <= 5).toBe(false)
  }
})
