import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { JsonObject } from '../../src/model/json.ts'
import type { Ruleset } from '../../src/model/ruleset.ts'
import { compiled, rulesetFor } from '../decide/ruleset-for.ts'
import type { RulesetText } from '../decide/ruleset-for.ts'
import { answers, play } from '../facts/desk.ts'
import type { Step } from '../facts/desk.ts'

const guide = readFileSync(new URL('../../../../docs/guides/facts.md', import.meta.url), 'utf8')
const blocks = (language: string): string[] =>
  [...guide.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text]) => text as string)
const facts = blocks('yaml').map((block) => block.replace(/^facts:\n/, ''))
const policies = blocks('cedar')

const text = { type: 'string' }
const takes = (...names: string[]): JsonObject => ({ type: 'object', properties: Object.fromEntries(names.map((name) => [name, text])) })

/** The tools that the guide's examples are about. */
function office(declared: string, cedar: readonly string[]): RulesetText {
  return {
    manifest: `
trustDomain: corp.example
agents:
  clerk: { owner: desk@corp.example, goals: [work] }
  helper: { owner: desk@corp.example, goals: [work] }
toolboxes:
  mail: { mcp: { command: node }, tools: { send: { effect: external } } }
  crm: { mcp: { command: node }, tools: { read: { effect: read, labels: [pii] } } }
  bank: { mcp: { command: node }, tools: { transfer: { effect: external }, approve: { effect: write }, revoke: { effect: write } } }
  auth: { mcp: { command: node }, tools: { login: { effect: write }, logout: { effect: write } } }
goals:
  work:
    tools: { mail.send: {}, crm.read: {}, bank.transfer: {}, bank.approve: {}, bank.revoke: {}, auth.login: {}, auth.logout: {} }
    limits: { repeats: 20 }
facts:
${declared}`,
    schemas: {
      'mail.send': takes('to', 'subject'),
      'crm.read': takes('customer'),
      'bank.transfer': {
        type: 'object',
        properties: { account: text, amount: { type: 'integer' }, fee: { type: 'number' }, to: text },
      },
      'bank.approve': takes('account', 'status'),
      'bank.revoke': takes('account'),
      'auth.login': takes('user'),
      'auth.logout': takes('user'),
    },
    policies: Object.fromEntries(cedar.map((one, index) => [`${index}.cedar`, one])),
  }
}

/** The guide's facts, and those of its policies that are named. */
function guided(...ids: readonly string[]): Ruleset {
  const single = policies.flatMap((block) => block.split(/\n\n(?=@id)/))
  const wanted = ids.map((id) => single.find((policy) => policy.startsWith(`@id("${id}")`)) ?? `no policy ${id}`)
  return rulesetFor(office(facts.join(''), wanted))
}

test('The guide has its examples', () => {
  expect(facts).toHaveLength(5)
  expect(policies).toHaveLength(5)
})

test('Everything that the guide declares compiles together, with nothing to remark', () => {
  expect(compiled(office(facts.join(''), policies)).diagnostics).toEqual([])
})

const inline = [...guide.matchAll(/`(\{ [^`]*within: [^`]*\})`/g)].map(([, fact]) => fact as string)

test('The guide has a fact for every operator in its tables', () => {
  expect(inline.length).toBeGreaterThan(20)
})

test.each([...new Set(inline)])('The fact %s compiles', (fact) => {
  const { diagnostics } = compiled(office(`  x: ${fact}\n`, []))
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
})

test('What `check` says of a misspelt name stands in the guide', () => {
  const misspelt = (policies[0] as string).replace('mails_last_hour', 'mails_last_huor')
  const [found] = compiled(office(facts[0] as string, [misspelt])).diagnostics
  expect(found).toMatchObject({ line: 3, column: 8, code: 'POLICY_INVALID' })
  expect(guide).toContain(`error ${found?.code} ${found?.message}\n    ${found?.mend}\n`)
})

test('What a denied agent is told stands in the guide', () => {
  const mails = Array.from({ length: 6 }, (_, at): Step => ({ at, tool: 'mail.send', input: { to: `${at}` } }))
  const last = play(guided('five-mails-an-hour'), mails).at(-1)?.decision
  expect(last).toMatchObject({ response: 'deny', rule: 'five-mails-an-hour' })
  expect(guide).toContain(`(T2, ${last?.rule}): ${last?.reason}. Nothing was done.`)
})

const a = { account: 'a' }
const traces: Readonly<Record<string, readonly [policies: readonly string[], trace: readonly Step[]]>> = {
  'The account must be approved, and not revoked since': [
    ['approved-accounts-only'],
    [
      { at: 0, tool: 'bank.transfer', input: a, expect: 'deny' },
      { at: 1, tool: 'bank.approve', input: a },
      { at: 2, tool: 'bank.transfer', input: a },
      { at: 3, tool: 'bank.transfer', input: { account: 'b' }, expect: 'deny' },
      { at: 4, tool: 'bank.approve' },
      { at: 5, tool: 'bank.transfer', expect: 'deny' },
      { at: 6, tool: 'bank.revoke', input: a },
      { at: 7, tool: 'bank.transfer', input: a, expect: 'deny' },
    ],
  ],
  'A hundred a day, whichever agent acts for the person, and no amount below nothing': [
    ['hundred-a-day'],
    [
      { at: 0, tool: 'bank.transfer', input: { amount: 60 } },
      { at: 1, tool: 'bank.transfer', input: { amount: 60 }, agent: 'helper', session: 'ses_2', expect: 'deny' },
      { at: 2, tool: 'bank.transfer', input: { amount: -60 }, expect: 'deny' },
      { at: 3, tool: 'bank.transfer', input: { amount: 40 } },
      { at: 4, tool: 'bank.transfer', input: { amount: 40 }, person: 'bob', session: 'ses_3' },
      { at: 86_400, tool: 'bank.transfer', input: { amount: 60 }, expect: 'deny' },
      { at: 86_401, tool: 'bank.transfer', input: { amount: 60 } },
    ],
  ],
  'Different customers are told apart': [
    ['many-customers'],
    [
      ...['x', 'y', 'x', 'z'].map((customer, at): Step => ({ at, tool: 'crm.read', input: { customer } })),
      { at: 5, tool: 'crm.read', input: { customer: 'x' }, expect: 'ask' },
    ],
  ],
  'Refused attempts are counted where that is asked for': [
    ['no-guessing', 'five-mails-an-hour'],
    [
      ...Array.from({ length: 5 }, (_, at): Step => ({ at, tool: 'mail.send', input: { to: `${at}` } })),
      ...Array.from({ length: 3 }, (_, at): Step => ({ at: 10 + at, tool: 'mail.send', input: { to: `${at}` }, expect: 'deny' })),
      { at: 3599, tool: 'mail.send', input: { to: 'x' }, expect: 'deny' },
      { at: 3700, tool: 'mail.send', input: { to: 'x' } },
    ],
  ],
  'Nothing goes out after personal data came in, unless an approval of the account came back': [
    ['nothing-out-after-personal-data'],
    [
      { at: 0, tool: 'bank.transfer', input: a },
      { at: 1, tool: 'crm.read', labels: ['pii'] },
      { at: 2, tool: 'bank.transfer', input: a, expect: 'deny' },
      { at: 3, tool: 'bank.approve', input: a, output: { state: 'refused' } },
      { at: 4, tool: 'bank.transfer', input: a, expect: 'deny' },
      { at: 5, tool: 'bank.approve', input: a, output: { state: 'granted' } },
      { at: 6, tool: 'bank.transfer', input: a },
      { at: 7, tool: 'mail.send', expect: 'deny' },
    ],
  ],
  'Large transfers, fewer of them where the approval named the account': [
    ['large-ones'],
    [
      { at: 0, tool: 'bank.transfer', input: { account: 'a', amount: 49 } },
      { at: 1, tool: 'bank.transfer', input: { account: 'a', amount: 50 } },
      { at: 2, tool: 'bank.approve', output: { account: 'a' } },
      { at: 3, tool: 'bank.transfer', input: { account: 'a', amount: 1 }, expect: 'deny' },
      { at: 4, tool: 'bank.transfer', input: { account: 'b', amount: 50 } },
      { at: 5, tool: 'bank.transfer', input: { account: 'b', amount: 1 }, expect: 'deny' },
    ],
  ],
  'What was so when it was read': [
    ['only-after-reading-properly'],
    [
      { at: 0, tool: 'crm.read' },
      { at: 1, tool: 'auth.login' },
      { at: 2, tool: 'bank.approve', expect: 'deny' },
      { at: 3, tool: 'crm.read' },
      { at: 4, tool: 'auth.logout' },
      { at: 5, tool: 'bank.approve' },
    ],
  ],
  'Fees are decimals': [
    ['fees'],
    [
      { at: 0, tool: 'bank.transfer', input: { fee: 12.5 } },
      { at: 1, tool: 'bank.transfer', input: { fee: 0.0001 } },
      { at: 2, tool: 'bank.transfer', input: { fee: 0 }, expect: 'deny' },
    ],
  ],
}

for (const [saying, [ids, trace]] of Object.entries(traces))
  test(`By the guide's own policies: ${saying}`, () => {
    const { found, expected } = answers(guided(...ids), trace)
    expect(found).toEqual(expected)
  })

test('Every policy of the guide is played', () => {
  const played = Object.values(traces).flatMap(([ids]) => ids)
  const named = policies.flatMap((block) => [...block.matchAll(/@id\("([^"]+)"\)/g)].map(([, id]) => id as string))
  expect([...new Set(played)].sort()).toEqual(named.sort())
})
