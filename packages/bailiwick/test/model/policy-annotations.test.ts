import { expect, test } from 'vitest'
import { office } from '../decide/office.ts'
import { compiled, rulesetFor } from '../decide/ruleset-for.ts'
import type { RulesetText } from '../decide/ruleset-for.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { parseRedaction, redactionText } from '../../src/model/redaction.ts'

const when = 'when { context.labels.contains("x") };'
const head = 'forbid(principal, action, resource)'
const sanitising = (redact: string, scope = 'action'): RulesetText => ({
  ...office({}, { 'a.cedar': `// why\n  @response("sanitize") @redact("${redact}") forbid(principal, ${scope}, resource) ${when}` }),
})
const withPatterns = (text: RulesetText, patterns: string): RulesetText => ({
  ...text,
  manifest: `${text.manifest}\npatterns: ${patterns}\n`,
})
const findings = (text: RulesetText): string[] => compiled(text).diagnostics.map(({ code, message }) => `${code} ${message}`)

test.each([
  'output:pii',
  'output',
  'input.body:email',
  ' input.body , output.rows.*.email , output:secret ',
  'input.*:pii',
  'input:card',
  'output.rows.0.x-y_z:iban',
])('`@redact("%s")` is understood.', (redact) => {
  expect(findings(sanitising(redact))).toEqual([])
  expect(rulesetFor(sanitising(redact)).policyRules.get('a.cedar#0')?.redactions.map(redactionText)).toEqual(
    redact.split(',').map((part) => part.trim()),
  )
})

test.each([
  ['', 'does not say what to take out'],
  ['body:pii', 'does not say what to take out'],
  ['input..body', 'does not say what to take out'],
  ['input.body:', 'does not say what to take out'],
  ['input.body:PII', 'does not say what to take out'],
  ['inputs.body', 'does not say what to take out'],
  ['output:pii,', 'does not say what to take out'],
  ['output:emails', '`emails` in `@redact` is neither a kind nor a pattern'],
])('`@redact("%s")` is an error in its place: it %s.', (redact, message) => {
  const [finding] = compiled(sanitising(redact)).diagnostics
  expect(finding).toMatchObject({ code: 'POLICY_ANNOTATION', severity: 'error', file: 'policies/a.cedar', line: 2, column: 3 })
  expect(finding?.message).toContain(message)
  expect(finding?.mend).not.toBe('')
})

test.each<[string, string, boolean]>([
  ['input.body:pii', 'action == Action::"mail.send"', true],
  ['input.path:pii', 'action == Action::"mail.send"', false],
  ['input.path:pii', 'action in Action::"read"', true],
  ['input.body:pii', 'action in Action::"destructive"', false],
  ['input.body:pii', 'action in Action::"call_tool"', true],
  ['input.body:pii', 'action in [Action::"notes.read", Action::"mail.send"]', true],
  ['input.body:pii', 'action in [Action::"notes.read", Action::"notes.purge"]', false],
  // Its schema is open: it may take anything.
  ['input.whatever', 'action == Action::"mail.drafts"', true],
])('Whether %s can stand on %s depends on the tools that it concerns.', (redact, scope, fits) => {
  const text = sanitising(redact, scope)
  // A policy on tools without any `labels` in their context would be refused for something else.
  expect(findings(text).filter((line) => line.startsWith('POLICY_ANNOTATION'))).toHaveLength(fits ? 0 : 1)
})

const word = { type: 'string' }
const note: JsonObject = {
  type: 'object',
  properties: {
    givenName: word,
    age: { type: 'integer' },
    rows: { type: 'array', items: { $ref: '#/$defs/row' } },
    maybe: { anyOf: [{ type: 'object', properties: { inner: word } }, { type: 'null' }] },
    free: { type: 'object' },
    open: { type: 'object', properties: { a: word }, additionalProperties: word },
    any: {},
  },
  additionalProperties: false,
  $defs: { row: { type: ['object', 'null'], properties: { email: word, children: { type: 'array', items: { $ref: '#/$defs/row' } } } } },
}

test.each<[string, boolean]>([
  ['output.givenName', true],
  ['output.givenNam', false],
  ['output.givenNam:pii', false],
  ['output.givenName.json', true],
  ['output.age', true],
  ['output.age.years', false],
  ['output.rows.email', true],
  ['output.rows.*.email', true],
  ['output.rows.0.email', true],
  ['output.rows.*.mail', false],
  ['output.rows.children.children.email', true],
  ['output.rows.children.children.mail', false],
  ['output.maybe.inner', true],
  ['output.maybe.outer', false],
  ['output.free.x.y', true],
  ['output.open.x', true],
  ['output.any.x', true],
  ['output.*', true],
  ['output.*.email', true],
  ['output.*.*.mail', true],
  ['output:pii', true],
  ['output', true],
])('Whether `@redact("%s")` can lead anywhere is said by the output schema: %s.', (redact, fits) => {
  const read = { ...sanitising(redact, 'action == Action::"notes.read"'), outputs: { 'notes.read': note } }
  const [finding] = compiled(read).diagnostics
  if (fits) expect(finding).toBeUndefined()
  else {
    expect(finding).toMatchObject({ code: 'POLICY_ANNOTATION', severity: 'error', file: 'policies/a.cedar', line: 2, column: 3 })
    expect(finding?.mend).toContain('`givenName`')
  }
})

test('A path that some tool of the policy has, or that a tool without an output schema may have, is no error.', () => {
  const scoped = (scope: string, outputs: RulesetText['outputs'] = {}): string[] =>
    findings({ ...sanitising('output.givenNam', scope), outputs: { 'notes.read': note, ...outputs } })
  expect(scoped('action in [Action::"notes.read", Action::"mail.send"]')).toEqual([])
  const other: JsonObject = { type: 'object', properties: { sent: word } }
  expect(scoped('action in [Action::"notes.read", Action::"mail.send"]', { 'mail.send': other })).toHaveLength(1)
  const fitting: JsonObject = { type: 'object', properties: { givenNam: word } }
  expect(scoped('action in [Action::"notes.read", Action::"mail.send"]', { 'mail.send': fitting })).toEqual([])
})

test.each([
  ['@response("sanitize")', head, 'does not say what to take out'],
  ['@redact("output:pii")', head, 'stands without `@response("sanitize")`'],
  ['@response("ask") @redact("output:pii")', head, 'stands without `@response("sanitize")`'],
  ['@redact("output:pii")', head.replace('forbid', 'permit'), 'stands on a permit'],
  ['@response("sandbox")', head, 'cannot be fulfilled'],
  ['@response("defer")', head, 'cannot be fulfilled'],
  ['@control("")', head, 'does not name controls'],
  ['@control("ASI 02")', head, 'does not name controls'],
  ['@control("ASI02; LLM01")', head, 'does not name controls'],
])('%s before %s is an error: %s.', (annotations, policy, message) => {
  expect(findings(office({}, { 'a.cedar': `${annotations} ${policy} ${when}` }))).toEqual([expect.stringContaining(message)])
})

test('Controls are read one by one, each once.', () => {
  const rules = rulesetFor(office({}, { 'a.cedar': `@control("ASI02, LLM01,AML.T0051 , T1-ISO.27001,x:y_z, ASI02") ${head} ${when}` }))
  expect(rules.policyRules.get('a.cedar#0')?.controls).toEqual(['ASI02', 'LLM01', 'AML.T0051', 'T1-ISO.27001', 'x:y_z'])
})

test('Own patterns are kinds.', () => {
  const text = withPatterns(sanitising('output:employee-number'), '{ employee-number: "E\\\\d{6}" }')
  expect(findings(text)).toEqual([])
  expect(rulesetFor(text).patterns.get('employee-number')?.ranges('by E123456.')).toEqual([[3, 10]])
})

test.each([
  ['{ email: "x" }', 'is a kind that Bailiwick has already'],
  ['{ pii: "x" }', 'is a kind that Bailiwick has already'],
  ['{ bad: "(" }', 'cannot be used'],
  ['{ bad: "(?=x)x" }', 'cannot be used'],
  ['{ bad: "x*" }', 'matches the empty text'],
  ['{ bad: "" }', 'not of the right form'],
  ['{ Bad: "x" }', 'cannot be used as a name'],
  ['{ bad: 5 }', 'wrong type'],
])('The patterns %s are an error in their place: it %s.', (patterns, message) => {
  const { diagnostics } = compiled(withPatterns(office(), patterns))
  expect(diagnostics).toHaveLength(1)
  expect(diagnostics[0]?.message).toContain(message)
  expect(diagnostics[0]).toMatchObject({ code: 'MANIFEST_TYPE', file: 'bailiwick.yaml' })
  expect(office().manifest.split('\n').length).toBeLessThan(diagnostics[0]?.line ?? 0)
})

test('What is to be taken out, and the patterns, are under the digest.', () => {
  const digests = [
    sanitising('output:pii'),
    sanitising('output:email'),
    withPatterns(sanitising('output:pii'), '{ a: b }'),
    withPatterns(sanitising('output:pii'), '{ a: c }'),
  ].map((text) => rulesetFor(text).digest)
  expect(new Set(digests).size).toBe(4)
})

test('A redaction reads back as it was written.', () => {
  for (const text of ['input', 'output.a.*.b:pii', 'output:x-1']) expect(redactionText(parseRedaction(text)!)).toBe(text)
})
