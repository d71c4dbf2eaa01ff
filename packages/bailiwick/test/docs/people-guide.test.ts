import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compiled } from '../decide/ruleset-for.ts'

const guide = readFileSync(new URL('../../../../docs/guides/people-and-workloads.md', import.meta.url), 'utf8')

test('The section that the guide declares holds together.', () => {
  const [, section = ''] = /```yaml\n(trust:[\s\S]*?)```/.exec(guide) ?? []
  const manifest = `trustDomain: corp.example
agents: { ci-assistant: { owner: a@corp.example, goals: [letters] } }
toolboxes: { mail: { mcp: { command: node }, tools: { send: { effect: external } } } }
goals: { letters: { tools: { mail.send: {} } } }
${section}`
  expect(section).toContain('workloads')
  expect(compiled({ manifest, schemas: { 'mail.send': { type: 'object', properties: {} } } }).diagnostics).toEqual([])
})
