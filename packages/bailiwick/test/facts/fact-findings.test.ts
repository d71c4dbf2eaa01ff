import { expect, test } from 'vitest'
import { compiled } from '../decide/ruleset-for.ts'
import { bank } from './bank.ts'

/** What `check` says about a bank's facts: `line code message`, warnings left out. */
function findings(facts: string, policies: Readonly<Record<string, string>> = {}): string[] {
  return compiled(bank(facts, policies))
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`)
}

const first = 23

const wrong: Readonly<Record<string, readonly [facts: string, finding: string]>> = {
  'no window': ['  x: { count: bank.read }', `${first}:6 MANIFEST_TYPE \`facts.x.within\` is missing`],
  'no operator': ['  x: { within: 1h }', `${first}:6 MANIFEST_TYPE \`facts.x\` is not of the right form`],
  'two operators': [
    '  x: { count: bank.read, formerly: bank.read, within: 1h }',
    `${first}:6 MANIFEST_TYPE \`facts.x\` is not of the right form`,
  ],
  'an operator that there is not': [
    '  x: { once: bank.read, within: 1h }',
    `${first}:8 MANIFEST_UNKNOWN_KEY unknown key \`once\` in \`facts.x\``,
  ],
  'a window of nothing': ['  x: { count: bank.read, within: 0s }', `${first}:34 MANIFEST_TYPE a fact cannot look back \`0s\``],
  'a window of years': ['  x: { count: bank.read, within: 367d }', `${first}:34 MANIFEST_TYPE a fact cannot look back \`367d\``],
  'a tool that there is not': [
    '  x: { count: bank.raed, within: 1h }',
    `${first}:15 MANIFEST_REFERENCE the tool \`bank.raed\` is not in the inventory`,
  ],
  'an argument that the tool has not': [
    '  x: { count: bank.read, same: [input.account], within: 1h }',
    `${first}:15 MANIFEST_REFERENCE \`bank.read\` has no argument \`account\``,
  ],
  'an effect that no tool has': [
    '  x: { count: { effect: destructive }, within: 1h }',
    `${first}:15 MANIFEST_REFERENCE no tool of the inventory fits this`,
  ],
  'the output of a call': [
    '  x: { count: { tool: bank.read, where: { output.x: 1 } }, within: 1h }',
    `${first}:15 MANIFEST_TYPE a call has no \`output.x\``,
  ],
  'a sum of texts': [
    '  x: { sum: bank.read, of: input.user, within: 1h }',
    `${first}:28 MANIFEST_TYPE \`user\` of \`bank.read\` is not a number`,
  ],
  'a sum of nothing': ['  x: { sum: bank.transfer, within: 1h }', `${first}:6 MANIFEST_TYPE \`facts.x\` is not of the right form`],
  'a since without an end': ['  x: { since: bank.read, within: 1h }', `${first}:6 MANIFEST_TYPE \`facts.x\` is not of the right form`],
  'a value that has no name': [
    '  x: { count: bank.read, same: [inputs.user], within: 1h }',
    `${first}:33 MANIFEST_TYPE \`facts.x.same.0\` is not of the right form`,
  ],
  'a pattern that is no RE2': [
    '  x: { count: { tool: bank.read, where: { input.user: { pattern: "(?=a)" } } }, within: 1h }',
    `${first}:55 MANIFEST_TYPE the pattern cannot be used: `,
  ],
  'a parameter of a goal': [
    '  x: { count: { tool: bank.read, where: { input.user: $week } }, within: 1h }',
    `${first}:55 MANIFEST_TYPE a fact belongs to no goal, so it has no parameters`,
  ],
  'a path that is to be followed': [
    '  x: { count: { tool: bank.read, where: { input.document: { path: /srv } } }, within: 1h }',
    `${first}:59 MANIFEST_TYPE where a path led in the past cannot be found out`,
  ],
  'a fact that there is not': [
    '  x: { count: { tool: bank.read, where: { facts.y: true } }, within: 1h }',
    `${first}:15 MANIFEST_REFERENCE there is no fact \`y\``,
  ],
  'the output of the call at hand': [
    '  x: { count: { tool: bank.read, outcome: ok }, same: { output.id: output.id }, within: 1h }',
    `${first}:15 MANIFEST_TYPE the call at hand has no \`output.id\` yet`,
  ],
  'what several have in common, left out': [
    '  x: { formerly: bank.read, and: [bank.transfer], within: 1h }',
    `${first}:18 MANIFEST_TYPE what happened together needs a \`by\`, and this has none`,
  ],
  "a word of Cedar's": ['  in: { count: bank.read, within: 1h }', `${first}:3 MANIFEST_TYPE \`in\` cannot be used as a name here`],
  'a name that Cedar would read otherwise': [
    '  __entity: { count: bank.read, within: 1h }',
    `${first}:3 MANIFEST_TYPE \`__entity\` cannot be used as a name here`,
  ],
  'an outcome with a response': [
    '  x: { count: { tool: bank.read, outcome: ok, response: allow }, within: 1h }',
    `${first}:47 MANIFEST_TYPE an outcome is always that of a call let through`,
  ],
}

for (const [name, [facts, finding]] of Object.entries(wrong))
  test(`A fact with ${name} is reported in its place.`, () => {
    const found = findings(facts)
    expect(found[0]?.startsWith(finding) === true ? finding : found).toEqual(finding)
  })

test('A policy that misspells a fact does not validate.', () => {
  expect(
    findings('  mails_last_hour: { count: bank.transfer, within: 1h }', {
      'a.cedar': 'forbid(principal, action, resource) when { context.facts.mails_last_huor > 4 };',
    }).join('\n'),
  ).toMatch(/POLICY_INVALID attribute `facts.mails_last_huor`.* not found/)
})

test('A policy that takes a fact for another type does not validate.', () => {
  expect(
    findings('  fees: { sum: bank.transfer, of: input.fee, within: 1h }', {
      'a.cedar': 'forbid(principal, action, resource) when { context.facts.fees > 4 };',
    }).join('\n'),
  ).toContain('POLICY_INVALID unexpected type')
})

test('A fact that compares with an argument is not there for tools without it.', () => {
  const facts = '  here: { count: bank.transfer, same: [input.account], within: 1h }'
  const policy = (tool: string): Record<string, string> => ({
    'a.cedar': `forbid(principal, action == Action::"${tool}", resource) when { context.facts.here > 4 };`,
  })
  expect(findings(facts, policy('bank.transfer'))).toEqual([])
  expect(findings(facts, policy('bank.alert'))).toEqual([])
  expect(findings(facts, policy('bank.read'))).toHaveLength(1)
})

test('What is wrong with a policy that reads facts comes with how to mend it.', () => {
  const mends = (facts: string, policy: string): string[] =>
    compiled(bank(facts, { 'a.cedar': policy })).diagnostics.map(({ mend }) => mend)
  expect(
    mends(
      '  here: { count: bank.transfer, same: [input.account], within: 1h }',
      'forbid(principal, action == Action::"bank.read", resource) when { context.facts.here > 4 };',
    ),
  ).toEqual([
    '`here` compares with `input.account`, which calls of `bank.read` do not have; name other actions, or write `context.facts has here && …`',
  ])
  expect(
    mends(
      '  fees: { sum: bank.transfer, of: input.fee, within: 1h }',
      'forbid(principal, action, resource) when { context.facts.fees > 4 };',
    )[0],
  ).toBe('a sum that may have a fraction is a decimal, which is compared like `context.facts.spent.greaterThan(decimal("100.0"))`')
})

test('A fact that would be passed over in silence is reported.', () => {
  expect(findings('  __proto__: { count: bank.transfer, within: 1h }')).toEqual([
    `${first}:3 MANIFEST_SYNTAX nothing can have the name \`__proto__\``,
  ])
})

test('Many facts of many tools are written into the schema once.', () => {
  const lines = Array.from({ length: 300 }, (_, index) => `  f${index}: { count: bank.read, within: ${index + 1}s }`)
  const { ruleset } = compiled(bank([...lines, '  here: { count: bank.transfer, same: [input.account], within: 1h }'].join('\n')))
  expect(ruleset?.cedarSchema.match(/f299/g)).toHaveLength(2)
  expect(ruleset?.cedarSchema.match(/here/g)).toHaveLength(1)
})

test('A fact that no policy reads is pointed out, and one that only another fact reads is not.', () => {
  const { diagnostics } = compiled(
    bank(
      '  unread: { count: bank.read, within: 1h }\n  open: { since: auth.login, never: auth.logout, within: 1h }\n  reads: { count: { tool: bank.read, where: { facts.open: true } }, within: 1h }',
      { 'a.cedar': 'forbid(principal, action == Action::"bank.transfer", resource) when { context.facts.reads > 4 };' },
    ),
  )
  expect(diagnostics.map(({ severity, line, message }) => ({ severity, line, message }))).toEqual([
    { severity: 'warning', line: first, message: 'no policy reads the fact `unread`' },
  ])
})

test('A decision needs only the facts that policies on its tool read.', () => {
  const { ruleset } = compiled(
    bank(
      '  a: { count: bank.read, within: 1h }\n  b: { count: bank.transfer, within: 1h }\n  c: { formerly: auth.login, within: 1h }\n  d: { formerly: auth.login, within: 2h }',
      {
        'a.cedar': `forbid(principal, action == Action::"bank.read", resource) when { context.facts.a > 4 };
forbid(principal, action in [Action::"external"], resource) when { context.facts.b > 4 };
forbid(principal, action in [Action::"bank.alert", Action::"auth.login"], resource) unless { context.facts has c && context.facts.c };
forbid(principal, action, resource) when { context.facts.d };`,
      },
    ),
  )
  const read = Object.fromEntries([...(ruleset?.factsRead ?? [])].map(([tool, facts]) => [tool, facts.map(({ name }) => name).join()]))
  expect(read).toEqual({
    'bank.read': 'a,d',
    'bank.transfer': 'b,d',
    'bank.alert': 'c,d',
    'auth.login': 'c,d',
    'auth.logout': 'd',
    'auth.heartbeat': 'd',
  })
})
