import { expect, test } from 'vitest'
import type { ConditionDeclaration } from '../../src/model/manifest.ts'
import type { Json } from '../../src/model/json.ts'
import { inFrame } from '../../src/evals/oracle/frame-oracle.ts'
import { breaks } from '../../src/evals/oracle/invariant-oracle.ts'
import { textMatching } from '../../src/evals/generate/text-matching.ts'
import { wholeTextPattern } from '../../src/model/regular-expression.ts'
import { rulesetFor } from '../decide/ruleset-for.ts'

const { tools } = rulesetFor({
  manifest: `trustDomain: corp.example
agents:
  helper: { owner: a@corp.example, goals: [help] }
toolboxes:
  operations: { mcp: { command: node }, tools: { run_script: { effect: destructive } } }
goals:
  help: { tools: { operations.run_script: {} } }
`,
})

function broken(conditions: { readonly when?: ConditionDeclaration; readonly unless?: ConditionDeclaration }, script: Json): boolean {
  const subject = { tool: 'operations.run_script', arguments: { script }, params: {}, labels: [], approved: false }
  return breaks({ never: 'operations.run_script', ...conditions }, tools, subject, { params: {}, base: '/srv/corp', local: false })
}

const patterns: readonly (readonly [pattern: string, inside: string, outside: string])[] = [
  ['(?i)restart-service', 'Restart-Service', 'restart-services'],
  ['(?P<verb>restart)-.*', 'restart-x', 'stop-x'],
  ['[[:alpha:]]+', 'abc', 'a]'],
  ['\\Aabc\\z', 'abc', 'Aabcz'],
  ['\\Qa.b\\E', 'a.b', 'axb'],
  ['\\x{41}+', 'AA', 'x{41}'],
  ['\\pL+', 'abc', 'pL1'],
  ['(?i)straße', 'STRAßE', 'STRA'],
]

test.each(patterns)(
  'An invariant holds with the pattern %j, which JavaScript reads otherwise than RE2 or not at all.',
  (pattern, inside, outside) => {
    const frame = { 'input.script': { pattern } }
    expect([inside, outside].map((script) => broken({ when: frame }, script))).toEqual([true, false])
    expect([inside, outside].map((script) => broken({ unless: frame }, script))).toEqual([false, true])
  },
)

test.each(patterns)('A text is made that matches the pattern %j.', (pattern) => {
  const text = textMatching(pattern, 1)
  expect(text === undefined ? null : wholeTextPattern(pattern).test(text)).toBe(true)
})

test('No text is made, and nothing is thrown, for a pattern whose texts cannot be derived.', () => {
  for (const pattern of ['a(?=b)', '(', '\\p{Greek}+', 'a\\bb']) expect(textMatching(pattern, 1), pattern).toBeUndefined()
  expect(textMatching('\\bfoo\\b', 1)).toBe('foo')
})

test('Where the oracle cannot say whether a value lies in a frame, the invariant counts as broken: in `when` it may hold, in `unless` it may not.', () => {
  const frame = { pattern: 'a.b' }
  expect(inFrame('a\u2028b', frame, { params: {}, base: '/', local: false })).toBe('unknown')
  expect(broken({ when: { 'input.script': frame } }, 'a\u2028b')).toBe(true)
  expect(broken({ unless: { 'input.script': frame } }, 'a\u2028b')).toBe(true)
  expect(broken({ when: { 'input.script': frame } }, 'a\u2028c')).toBe(false)
  expect(broken({ unless: { 'input.script': frame } }, 'aäb')).toBe(false)
})

test('An argument that is not there lies in no frame.', () => {
  expect(broken({ when: { 'input.other': { pattern: '.*' } } }, 'x')).toBe(false)
  expect(broken({ unless: { 'input.other': { pattern: '.*' } } }, 'x')).toBe(true)
})

test('Members of the items of a list are looked at as those of an object are.', () => {
  const frame = { 'input.script.name': { in: ['wipe', 'drop'] } }
  const scripts = [{ name: 'wipe' }, { name: 'drop' }]
  expect(broken({ when: frame }, scripts)).toBe(true)
  expect(broken({ unless: frame }, [...scripts, {}])).toBe(true)
  expect(broken({ unless: frame }, scripts)).toBe(false)
  expect(broken({ when: frame }, [])).toBe(false)
})

test('Of a list, one item is enough in `when`, and each must be what `unless` says; a harmless item beside a forbidden one hides nothing.', () => {
  const evil = { in: ['wipe', 'burn'] }
  expect(broken({ when: { 'input.script': evil } }, ['list', 'wipe'])).toBe(true)
  expect(broken({ when: { 'input.script': 'wipe' } }, ['list', 'wipe'])).toBe(true)
  expect(broken({ when: { 'input.script': evil } }, ['list', 'show'])).toBe(false)
  expect(broken({ unless: { 'input.script': evil } }, ['list', 'wipe'])).toBe(true)
  expect(broken({ unless: { 'input.script': evil } }, ['burn', 'wipe'])).toBe(false)
  const nested = [{ name: 'list' }, { name: 'wipe' }, { other: 1 }]
  expect(broken({ when: { 'input.script.name': evil } }, nested)).toBe(true)
  expect(broken({ unless: { 'input.script.name': evil } }, nested)).toBe(true)
})
