import { expect, test } from 'vitest'
import { honestTask } from '../../src/evals/generate/honest-task.ts'
import { Lab } from '../../src/evals/lab/lab.ts'
import { redTeam } from '../../src/evals/redteam/red-team.ts'
import type { RedTeamReport } from '../../src/evals/redteam/red-team.ts'
import type { Goal } from '../../src/model/ruleset.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { RulesetText } from '../decide/ruleset-for.ts'
import { rulesFrom } from './rules.ts'

const namespace = { type: 'string', pattern: '^[a-z0-9-]+$' }

function takes(properties: JsonObject): JsonObject {
  return { type: 'object', properties, required: Object.keys(properties) }
}

/** A status is read before a script runs, in the same namespace. */
function operations(frames: { readonly status?: string; readonly script?: string } = {}, policy = ''): RulesetText {
  return {
    schemas: {
      'operations.read_status': takes({ namespace: { type: 'string', minLength: 1 } }),
      'operations.run_script': takes({ namespace, script: { type: 'string' } }),
    },
    policies: {
      'p.cedar': `@id("looked") forbid (principal, action == Action::"operations.run_script", resource) unless { context.facts.looked };${policy}`,
    },
    manifest: `trustDomain: corp.example
agents:
  helper: { owner: a@corp.example, goals: [help] }
toolboxes:
  operations: { mcp: { command: node }, tools: { read_status: { effect: read }, run_script: { effect: destructive } } }
goals:
  help:
    tools:
      operations.read_status: ${frames.status ?? '{}'}
      operations.run_script: ${frames.script ?? '{}'}
facts:
  looked: { formerly: operations.read_status, same: [input.namespace], within: 1h }
`,
  }
}

function namespaces(text: RulesetText, variant = 0): unknown[] {
  const { ruleset } = rulesFrom(text)
  return [...honestTask(ruleset, ruleset.goals.get('help') as Goal, {}, { variant }).values()].map((args) => args['namespace'])
}

function attacked(text: RulesetText): RedTeamReport {
  const { ruleset, sources } = rulesFrom(text)
  return redTeam(new Lab(ruleset), sources.yaml, { seed: 1, walks: 50, goals: [], overtime: () => false })
}

test('An argument of the same name has the same value in all tools of the honest task where their schemas allow it, whichever comes first.', () => {
  for (const variant of [0, 1, 2, 3]) {
    const [status, script] = namespaces(operations(), variant)
    expect(status).toBe(script)
    expect(status).toMatch(/^[a-z0-9-]+$/)
  }
})

test('A frame says what the value is for the tools that have none; frames that have no value in common keep their own.', () => {
  expect(namespaces(operations({ status: '{ namespace: { in: [shop, desk] } }' }))).toEqual(['shop', 'shop'])
  expect(namespaces(operations({ script: '{ namespace: { in: [shop, desk] } }' }))).toEqual(['shop', 'shop'])
  expect(namespaces(operations({ status: '{ namespace: { in: [shop] } }', script: '{ namespace: { in: [desk] } }' }))).toEqual([
    'shop',
    'desk',
  ])
})

test('So a fact about the same argument lets the honest task through.', () => {
  const { findings, goals } = attacked(operations())
  expect(goals[0]?.honest).toMatchObject({ calls: 2, unaided: 2, denied: [] })
  expect(findings.filter(({ rule }) => rule === 'honest')).toEqual([])
})

test('An honest call that is denied is an advisory finding, which leads to the policy that denies it.', () => {
  const { findings } = attacked(operations({}, '\n@id("never")\nforbid (principal, action == Action::"operations.read_status", resource);'))
  const honest = findings.filter(({ rule }) => rule === 'honest')
  expect(honest.map(({ severity, message, place }) => [severity, message.split(':')[0], `${place.file}:${place.line}`])).toEqual([
    ['advisory', 'the honest use of `operations.read_status` is denied by `never`', 'policies/p.cedar:2'],
    ['advisory', 'the honest use of `operations.run_script` is denied by `looked`', 'policies/p.cedar:1'],
  ])
  expect(honest[0]?.case).toMatchObject({ kind: 'honest', steps: [{ call: 'operations.read_status' }] })
})
