import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compiled } from '../decide/ruleset-for.ts'

const manifest = `trustDomain: corp.example
agents:
  clerk: { owner: office@corp.example, goals: [letters] }
  smith: { owner: office@corp.example, goals: [letters] }
toolboxes:
  mail:
    mcp: { command: node }
    tools: { send: { effect: external } }
goals:
  letters: { tools: { mail.send: {} } }
trust:
  people: { issuer: "https://login.corp.example", clientId: bailiwick, claim: email, domains: [corp.example] }
  workloads:
    - issuer: https://ci.corp.example
      audience: https://gateway.corp.example
      claims: { repository: corp/shop, ref: [refs/heads/main, refs/heads/next] }
      agent: clerk
`
const schemas = { 'mail.send': { type: 'object', properties: {} } }
const key = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'
const people = 'issuer: "https://login.corp.example", clientId: bailiwick, claim: email, domains: [corp.example]'
const issuer = 'issuer: https://ci.corp.example'
const claims = '{ repository: corp/shop, ref: [refs/heads/main, refs/heads/next] }'

function findings(text: string): string[] {
  return compiled({ manifest: text, schemas }).diagnostics.map(
    ({ code, line, column, severity }) => `${code} ${line}:${column} ${severity}`,
  )
}

test('The section that the following tests spoil has nothing wrong with it.', () => {
  expect(findings(manifest)).toEqual([])
})

test.each<[string, string, string, string]>([
  ['a provider without a client', ', clientId: bailiwick', '', 'MANIFEST_TYPE 12:11'],
  ['a client without a provider', 'issuer: "https://login.corp.example", ', '', 'MANIFEST_TYPE 12:11'],
  ['people whom nothing proves', people, 'allowNamed: true', 'MANIFEST_TYPE 12:11'],
  ['domains of another claim', 'claim: email', 'claim: sub', 'MANIFEST_TYPE 12:93'],
  ['a claim that names nobody', 'claim: email, domains: [corp.example]', 'claim: aud', 'MANIFEST_TYPE 12:79'],
  ['a domain in capitals', '[corp.example]', '[Corp.example]', 'MANIFEST_TYPE 12:96'],
  ['a secret in the clear', 'clientId: bailiwick', 'clientId: bailiwick, clientSecret: hunter2', 'MANIFEST_TYPE 12:86'],
  ['an issuer in the clear', '"https://login', '"http://login', 'MANIFEST_TYPE 12:21'],
  ['an issuer with a query', 'https://login.corp.example', 'https://login.corp.example?x', 'MANIFEST_TYPE 12:21'],
  ['an issuer with a password', 'https://login', 'https://a:b@login', 'MANIFEST_TYPE 12:21'],
  ['an issuer that is a file', 'https://login.corp.example', 'file:///etc/issuer', 'MANIFEST_TYPE 12:21'],
  ['an issuer that only begins like this machine', 'https://login.corp.example', 'http://127.0.0.1.evil.example', 'MANIFEST_TYPE 12:21'],
  ['a public key that is none', people, 'keys: { ann: key }', 'MANIFEST_TYPE 12:26'],
  ['a public key with bits too many', people, `keys: { ann: ${key.slice(0, -1)}p }`, 'MANIFEST_TYPE 12:26'],
  ['a person whose name is a path', people, `keys: { ../ann: ${key} }`, 'MANIFEST_TYPE 12:21'],
  ['two people with one key', people, `keys: { ann: ${key}, bob: ${key} }`, 'TRUST_RULE 12:76'],
  ['two people whose names differ in capitals', people, `keys: { ann: ${key}, Ann: ${key.replace('1', '2')} }`, 'TRUST_RULE 12:71'],
  ['a rule without claims', claims, '{}', 'MANIFEST_TYPE 16:15'],
  ['a rule on what is checked anyhow', claims, '{ aud: x, sub: y }', 'MANIFEST_TYPE 16:22'],
  ['a claim that may be nothing', claims, '{ sub: [] }', 'MANIFEST_TYPE 16:22'],
  ['a claim of another form', claims, '{ sub: { prefix: x } }', 'MANIFEST_TYPE 16:22'],
  ['an agent that is not declared', 'agent: clerk', 'agent: clark', 'MANIFEST_REFERENCE 17:14'],
  ['an age of weeks', 'agent: clerk', 'agent: clerk\n      maxAge: 30d', 'MANIFEST_TYPE 18:15'],
  ['an age of nothing', 'agent: clerk', 'agent: clerk\n      maxAge: 0s', 'MANIFEST_TYPE 18:15'],
  ['an unknown key', 'agent: clerk', 'agent: clerk\n      subject: x', 'MANIFEST_UNKNOWN_KEY 18:7'],
  [
    'the audience of people',
    `${issuer}\n      audience: https://gateway.corp.example`,
    'issuer: https://login.corp.example\n      audience: bailiwick',
    'TRUST_RULE 15:17',
  ],
  ['every branch `main` of GitHub', `${issuer}\n`, 'issuer: https://token.actions.githubusercontent.com\n', ''],
])('A section with %s is refused at its place.', (_, from, to, finding) => {
  const spoilt = manifest.replace(from, to)
  expect(spoilt).not.toBe(manifest)
  expect(findings(spoilt)).toEqual(finding === '' ? [] : [`${finding} error`])
})

test.each([
  'ref: refs/heads/main',
  'job_workflow_ref: corp/shop/.github/workflows/ci.yml@refs/heads/main',
  'actor: ann, environment: production',
])('A rule on tokens that anybody can have must say whose the workload is (%s).', (claim) => {
  const github = manifest.replace(issuer, 'issuer: https://token.actions.githubusercontent.com')
  expect(findings(github.replace(claims, `{ ${claim} }`))).toEqual(['TRUST_RULE 16:15 error'])
  expect(findings(github.replace(claims, `{ ${claim}, repository_id: "7" }`))).toEqual([])
})

const second = (more: string): string => `${manifest}    - ${issuer}\n      audience: https://gateway.corp.example\n${more}`

test('Rules for different agents that one token can fit are warned of, and those that none can are not.', () => {
  expect(findings(second('      claims: { repository: corp/shop }\n      agent: smith\n'))).toEqual(['TRUST_RULE 18:7 warning'])
  expect(findings(second('      claims: { environment: production }\n      agent: smith\n'))).toEqual(['TRUST_RULE 18:7 warning'])
  expect(findings(second('      claims: { repository: corp/shop, ref: refs/heads/other }\n      agent: smith\n'))).toEqual([])
  expect(findings(second('      claims: { repository: corp/shop }\n      agent: clerk\n'))).toEqual([])
})

test('All rules of an issuer have its keys from one place.', () => {
  expect(findings(second('      claims: { repository: corp/till }\n      agent: clerk\n      jwks: keys.json\n'))).toEqual([
    'TRUST_RULE 18:15 error',
  ])
})

test('Files of keys are among what no call may touch: who could write one could say who they are.', () => {
  const { ruleset } = compiled({ manifest: manifest.replace('agent: clerk', 'agent: clerk\n      jwks: trust/keys.json'), schemas })
  expect(ruleset?.own).toContain(join(ruleset?.base ?? '', 'trust/keys.json'))
})
