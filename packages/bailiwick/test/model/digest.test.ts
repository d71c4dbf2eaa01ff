import { expect, test } from 'vitest'
import { rulesetFor } from '../decide/ruleset-for.ts'
import type { RulesetText } from '../decide/ruleset-for.ts'

const manifest = `trustDomain: corp.example
agents:
  clerk: { owner: office@corp.example, goals: [letters] }
toolboxes:
  mail:
    mcp: { command: node, args: [server.js] }
    tools:
      send: { effect: external, labels: [pii], sinks: { to: recipient } }
goals:
  letters:
    params: { week: { type: string } }
    tools: { mail.send: { to: { in: [$week, x] } } }
    limits: { calls: 5, rates: { mail.send: 1/1h } }
    confirm: [mail.send]
`
const schemas = { 'mail.send': { type: 'object', properties: { to: { type: 'string' } } } }
const policies = { 'a.cedar': '@id("one") @message("no") forbid(principal, action, resource) when { context.labels.contains("secret") };' }
const base: RulesetText = { manifest, schemas, policies }
const digest = (change: Partial<RulesetText> = {}): string => rulesetFor({ ...base, ...change }).digest
const original = digest()
const edit = (from: string, to: string): Partial<RulesetText> => {
  expect(manifest).toContain(from)
  return { manifest: manifest.replace(from, () => to) }
}

test('A digest names SHA-256.', () => {
  expect(original).toMatch(/^sha256:[0-9a-f]{64}$/)
})

test.each<[string, () => Partial<RulesetText>]>([
  ['a comment', () => edit('agents:', '# who may act\nagents:')],
  [
    'block style for flow style',
    () =>
      edit(
        'clerk: { owner: office@corp.example, goals: [letters] }',
        'clerk:\n    owner: office@corp.example\n    goals:\n      - letters',
      ),
  ],
  ['quotes', () => edit('trustDomain: corp.example', "trustDomain: 'corp.example'")],
  ['the order of keys', () => edit('owner: office@corp.example, goals: [letters]', 'goals: [letters], owner: office@corp.example')],
  ['a default written out', () => edit('goals: [letters] }', 'goals: [letters], mode: enforce }')],
  ['the folder of the manifest', () => ({ base: '/elsewhere' })],
  [
    'layout and comments of a policy',
    () => ({
      policies: {
        'a.cedar':
          '// why not\n@id("one")\n@message("no")\nforbid (principal, action, resource)\nwhen\n{\n  context.labels.contains("secret") // here\n};\n',
      },
    }),
  ],
  [
    'the order of annotations',
    () => ({ policies: { 'a.cedar': policies['a.cedar'].replace('@id("one") @message("no")', '@message("no") @id("one")') } }),
  ],
  ['another file name for a policy with an id', () => ({ policies: { 'b.cedar': policies['a.cedar'] } })],
  [
    "the order of keys in a tool's schema",
    () => ({ schemas: { 'mail.send': { properties: { to: { type: 'string' } }, type: 'object' } } }),
  ],
])('The digest stays the same for %s.', (_, change) => {
  expect(digest(change())).toBe(original)
})

test.each<[string, () => Partial<RulesetText>]>([
  ['the trust domain', () => edit('trustDomain: corp.example', 'trustDomain: corp2.example')],
  ['an owner', () => edit('office@', 'ops@')],
  ['a mode', () => edit('goals: [letters] }', 'goals: [letters], mode: observe }')],
  ['an argument of a server', () => edit('server.js', 'server2.js')],
  ['an environment variable of a server', () => edit('args: [server.js]', 'args: [server.js], env: { A: { env: B } }')],
  ['an effect', () => edit('effect: external', 'effect: read')],
  ['a label', () => edit('labels: [pii]', 'labels: [pii, finance]')],
  ['a sink', () => edit('to: recipient', 'to: content')],
  ['a frame', () => edit('[$week, x]', '[$week, y]')],
  ['the order of a list', () => edit('[$week, x]', '[x, $week]')],
  ['a parameter', () => edit('type: string', 'type: integer')],
  ['a limit', () => edit('calls: 5', 'calls: 6')],
  ['a rate', () => edit('1/1h', '2/1h')],
  ['a confirmation', () => edit('confirm: [mail.send]', 'confirm: []')],
  ['the life of an approval', () => ({ manifest: `${manifest}approvals: { expires: 5m }\n` })],
  ["a tool's schema", () => ({ schemas: { 'mail.send': { type: 'object', properties: { to: { type: 'string', maxLength: 9 } } } } })],
  ['a policy more', () => ({ policies: { ...policies, 'b.cedar': 'permit(principal, action, resource);' } })],
  ['a policy less', () => ({ policies: {} })],
  ['a condition', () => ({ policies: { 'a.cedar': policies['a.cedar'].replace('secret', 'secrets') } })],
  ['an effect of a policy', () => ({ policies: { 'a.cedar': policies['a.cedar'].replace('forbid', 'permit') } })],
  ['a message', () => ({ policies: { 'a.cedar': policies['a.cedar'].replace('"no"', '"never"') } })],
  ['a response', () => ({ policies: { 'a.cedar': `@response("ask") ${policies['a.cedar']}` } })],
  ['an id', () => ({ policies: { 'a.cedar': policies['a.cedar'].replace('"one"', '"two"') } })],
])('The digest changes with %s.', (_, change) => {
  expect(digest(change())).not.toBe(original)
})

test('No id hides a policy from the digest.', () => {
  for (const id of ['__proto__', 'constructor', 'toString']) {
    const of = (label: string): string =>
      digest({ policies: { 'a.cedar': `@id("${id}") forbid(principal, action, resource) when { context.labels.contains("${label}") };` } })
    expect(of('a')).not.toBe(of('b'))
    expect(of('a')).not.toBe(digest({ policies: {} }))
  }
})
