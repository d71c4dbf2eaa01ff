import { expect, test } from 'vitest'
import { decide } from '../../src/decide/decide.ts'
import { redactionText } from '../../src/model/redaction.ts'
import type { Decision } from '../../src/model/decision.ts'
import { office } from './office.ts'
import { inputFor, rulesetFor } from './ruleset-for.ts'
import type { CallOptions } from './ruleset-for.ts'

const send = 'forbid(principal, action == Action::"mail.send", resource)'
const always = 'when { context.session.calls >= 0 };'
const body = `@id("body") @control("B2, A1") @response("sanitize") @message("no personal data in letters") @redact("input.body:pii") ${send} ${always}`
const result = `@id("result") @control("A1") @severity("high") @response("sanitize") @redact("output:secret, input.body:pii") ${send} ${always}`
const ask = `@id("ask") @response("ask") ${send} ${always}`
const deny = `@id("deny") ${send} ${always}`
const letter = { to: 'ann@corp.example', body: 'call +49 30 901820' }

function decided(
  policies: readonly string[],
  options: CallOptions = {},
  goal: Parameters<typeof office>[0] = {},
): Decision & { redacts: string[] } {
  const decision = decide(inputFor(rulesetFor(office(goal, { 'a.cedar': policies.join('\n') })), 'mail.send', letter, options))
  return { ...decision, redacts: decision.redactions.map(redactionText) }
}

test('A policy that sanitises lets the call through, and says by which rule and what is taken out.', () => {
  expect(decided([body])).toMatchObject({
    response: 'sanitize',
    aarm: 'MODIFY',
    tier: 'T2',
    rule: 'body',
    reason: 'no personal data in letters',
    policies: ['body'],
    controls: ['A1', 'B2'],
    redacts: ['input.body:pii'],
    observed: null,
    approval: null,
  })
  expect(decided([body]).verdicts.map(({ tier }) => tier)).toEqual(['T0', 'T1', 'T2', 'T3', 'T4'])
})

test('What several policies take out adds up, each once; their controls too.', () => {
  expect(decided([body, result])).toMatchObject({
    response: 'sanitize',
    controls: ['A1', 'B2'],
    redacts: ['input.body:pii', 'output:secret'],
  })
  expect([...decided([body, result]).policies].sort()).toEqual(['body', 'result'])
})

test('A denial is stricter than sanitising, and nothing is left to take out.', () => {
  expect(decided([body, deny])).toMatchObject({ response: 'deny', rule: 'deny', redacts: [] })
})

test('A question is stricter than sanitising; once it is answered, the call is sanitised all the same.', () => {
  expect(decided([body, ask, result])).toMatchObject({
    response: 'ask',
    tier: 'T3',
    rule: 'ask',
    redacts: ['input.body:pii', 'output:secret'],
  })
  expect(decided([body, ask, result], { approval: 'apr_1' })).toMatchObject({
    response: 'sanitize',
    tier: 'T2',
    rule: 'body',
    approval: 'apr_1',
    redacts: ['input.body:pii', 'output:secret'],
  })
  expect(decided([ask], { approval: 'apr_1' })).toMatchObject({ response: 'allow', rule: 'T3.approved', redacts: [] })
})

test('The same holds for a confirmation that the contract wants.', () => {
  const goal = { more: 'confirm: [mail.send]' }
  expect(decided([body], {}, goal)).toMatchObject({ response: 'ask', rule: 'T3.confirm', redacts: ['input.body:pii'] })
  expect(decided([body], { approval: 'apr_1' }, goal)).toMatchObject({
    response: 'sanitize',
    approval: 'apr_1',
    redacts: ['input.body:pii'],
  })
})

test('A limit denies a call that would be sanitised.', () => {
  expect(decided([body], { now: Date.UTC(2026, 0, 15, 12, 1) }, { more: 'limits: { minutes: 1 }' })).toMatchObject({
    response: 'deny',
    rule: 'T4.minutes',
    redacts: [],
  })
})

test('An observed agent gets its call through as it is, and the record says what would have been.', () => {
  expect(decided([body], {}, { agent: ', mode: observe' })).toMatchObject({
    response: 'allow',
    observed: 'sanitize',
    rule: 'body',
    redacts: [],
  })
})

test('The policy that permits a call brings its controls as well.', () => {
  expect(decided(['@id("p") @control("C1") permit(principal, action, resource);']).controls).toEqual(['C1'])
})
