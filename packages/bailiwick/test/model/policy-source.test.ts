import { expect, test } from 'vitest'
import { office } from '../decide/office.ts'
import { compiled, rulesetFor } from '../decide/ruleset-for.ts'

const found = (policies: Readonly<Record<string, string>>): object[] =>
  compiled(office({}, policies)).diagnostics.map(({ code, severity, file, line, column }) => ({
    code,
    severity,
    place: `${file}:${line}:${column}`,
  }))
const forbid = 'forbid(principal, action, resource) when { context.labels.contains("x") };'

test.each([
  ['@response("ask")', forbid, []],
  ['@response("deny")', forbid, []],
  ['@severity("critical") @control("ASI02") @doc("why") @advice("ask Ann") @message("no")', forbid, []],
  ['@response("ask")', forbid.replace('forbid', 'permit'), ['POLICY_ANNOTATION error']],
  ['@response("sanitize")', forbid, ['POLICY_ANNOTATION error']],
  ['@response("ASK")', forbid, ['POLICY_ANNOTATION error']],
  ['@response', forbid, ['POLICY_ANNOTATION error']],
  ['@severity("awful")', forbid, ['POLICY_ANNOTATION error']],
  ['@respones("ask")', forbid, ['POLICY_ANNOTATION warning']],
])('%s before %s gives %j.', (annotations, policy, expected) => {
  expect(
    compiled(office({}, { 'a.cedar': `${annotations} ${policy}` })).diagnostics.map(({ code, severity }) => `${code} ${severity}`),
  ).toEqual(expected)
})

test('Two policies cannot have one id, nor can one have that of a contract.', () => {
  expect(found({ 'a.cedar': `@id("x") ${forbid}\n@id("x") ${forbid}` })).toEqual([
    { code: 'POLICY_ANNOTATION', severity: 'error', place: 'policies/a.cedar:2:1' },
  ])
  expect(found({ 'a.cedar': `@id("x") ${forbid}`, 'b.cedar': `@id("x") ${forbid}` })).toMatchObject([{ place: 'policies/b.cedar:1:1' }])
  expect(found({ 'a.cedar': `@id("contract:letters") ${forbid}` })).toMatchObject([{ code: 'POLICY_ANNOTATION' }])
})

test('Findings stand where the fault is, after comments and beyond the tenth policy too.', () => {
  const many = Array.from(
    { length: 12 },
    (_, index) =>
      `// é ${forbid}\n@id("p${index}") ${index === 11 ? forbid.replace('action', 'action == Action::"mail.send"').replace('labels', 'lables') : forbid}\n`,
  ).join('')
  expect(found({ 'a.cedar': many })).toEqual([{ code: 'POLICY_INVALID', severity: 'error', place: 'policies/a.cedar:24:78' }])
  expect(found({ 'a.cedar': `${forbid}\n\n  forbid(principal, action resource);` })).toMatchObject([
    { code: 'POLICY_SYNTAX', place: 'policies/a.cedar:3:28' },
  ])
})

test('Policies without an id are named by their file and place in it, whatever their number.', () => {
  const rules = rulesetFor(
    office({}, { 'a.cedar': Array.from({ length: 12 }, (_, index) => `@message("m${index}") ${forbid}`).join('\n') }),
  )
  for (let index = 0; index < 12; index += 1)
    expect(rules.policyRules.get(`a.cedar#${index}`)).toMatchObject({ message: `m${index}`, place: `policies/a.cedar:${index + 1}` })
})

test.each([
  ['an attribute that no tool has', 'forbid(principal, action == Action::"mail.send", resource) when { context.input.bcc == "x" };'],
  ['an optional attribute without `has`', 'forbid(principal, action == Action::"mail.send", resource) when { context.input.body == "x" };'],
  ['an action that is not there', 'forbid(principal, action == Action::"mail.sent", resource);'],
  ['a type that is not there', 'forbid(principal is Person, action, resource);'],
  ['a comparison of different types', 'forbid(principal, action == Action::"mail.send", resource) when { context.input.to == 1 };'],
  ['a rule that can never apply', 'forbid(principal, action == Action::"mail.send", resource) when { false };'],
])('A policy that does not fit the tools is refused: %s.', (_, policy) => {
  expect(found({ 'a.cedar': policy })).toMatchObject([{ code: 'POLICY_INVALID', severity: 'error' }])
})

test('A template is refused, for nothing would ever fill it in.', () => {
  expect(found({ 'a.cedar': `${forbid}\nforbid(principal == ?principal, action, resource);` })).toMatchObject([
    { code: 'POLICY_SYNTAX', place: 'policies/a.cedar:2:1' },
  ])
})

test('Policies are not judged while the manifest itself is at fault.', () => {
  const broken = office({ tools: 'mail.sent: {}' }, { 'a.cedar': 'forbid(principal, action == Action::"mail.sent", resource);' })
  expect(compiled(broken).diagnostics.map(({ code }) => code)).toEqual(['MANIFEST_REFERENCE'])
})
