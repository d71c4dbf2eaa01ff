import { expect, test } from 'vitest'
import { scopesFor } from '../../src/model/credential.ts'
import { compiled } from '../decide/ruleset-for.ts'

const good = `trustDomain: corp.example
agents:
  clerk: { owner: office@corp.example, goals: [serve] }
toolboxes:
  crm:
    mcp: { url: "https://crm.corp.example/mcp" }
    credential:
      oauth: { issuer: "https://login.corp.example", clientId: bailiwick, clientSecret: { env: CRM_SECRET } }
      scopes: { read: [crm.read], write: [crm.write] }
    tools:
      look: { effect: read }
      change: { effect: write }
goals:
  serve: { tools: { crm.look: {}, crm.change: {} } }
`
const findings = (manifest: string): string[] =>
  compiled({ manifest }).diagnostics.map(
    ({ code, severity, line, column }) => `${code}${severity === 'warning' ? '?' : ''} ${line}:${column}`,
  )

test('The manifest that the following tests spoil has nothing wrong with it.', () => {
  expect(findings(good)).toEqual([])
})

test.each([
  ['a secret over plain http', 'https://crm', 'http://crm', ['CREDENTIAL_RULE 6:17']],
  ['a server that is started', 'url: "https://crm.corp.example/mcp"', 'command: node', ['CREDENTIAL_RULE 7:5']],
  ['the header of the token', 'mcp" }', 'mcp", headers: { authorization: x } }', ['CREDENTIAL_RULE 6:60']],
  [
    'a tool that is not there',
    'write: [crm.write] }',
    'write: [crm.write] }\n      tools: { drop: [crm.admin] }',
    ['MANIFEST_REFERENCE 10:16'],
  ],
  ['an effect without scopes', 'effect: write', 'effect: destructive', ['CREDENTIAL_RULE 9:7']],
  ['no scopes to read', 'read: [crm.read], ', '', ['MANIFEST_TYPE 9:15']],
  ['a scope with a blank', '[crm.read]', '["crm.read crm.admin"]', ['MANIFEST_TYPE 9:24']],
  ['an issuer in the clear', 'https://login', 'http://login', ['MANIFEST_TYPE 8:24']],
  ['neither secret nor key', ', clientSecret: { env: CRM_SECRET }', '', ['MANIFEST_TYPE 8:14']],
  ['a secret in the manifest', '{ env: CRM_SECRET }', 's3cr3t', ['MANIFEST_TYPE 8:89']],
  ['a command that is a text', '{ env: CRM_SECRET }', '{ command: "pass show crm" }', ['MANIFEST_TYPE 8:89', 'MANIFEST_UNKNOWN_KEY 8:91']],
  ['an unknown grant', 'clientId: bailiwick,', 'clientId: bailiwick, grant: password,', ['MANIFEST_TYPE 8:82']],
])('%s is found at its place.', (_, text, by, expected) => {
  expect(findings(good.replace(text, by))).toEqual(expected)
})

test('A header with a secret over plain http is warned of, and one to this machine is not.', () => {
  const over = (url: string): string[] =>
    findings(
      good
        .replace(/ {4}credential:\n(?: {6}.*\n){2}/, '')
        .replace('{ url: "https://crm.corp.example/mcp" }', `{ url: "${url}", headers: { X-Key: { env: KEY } } }`),
    )
  expect(over('http://crm.corp.example/mcp')).toEqual(['CREDENTIAL_RULE? 6:17'])
  expect(over('http://127.0.0.1:1234/mcp')).toEqual([])
})

test('No call may touch a file that a secret is in, nor a program by path that prints one.', () => {
  const found = good
    .replace('{ env: CRM_SECRET }', '{ command: [bin/print, secrets/crm] }')
    .replace('mcp" }', 'mcp", headers: { X-Key: { file: secrets/key } } }')
  const { ruleset } = compiled({ manifest: found, base: '/srv/corp' })
  expect(ruleset?.own).toEqual(expect.arrayContaining(['/srv/corp/bin/print', '/srv/corp/secrets/key']))
  expect(ruleset?.own).not.toContain('/srv/corp/secrets/crm')
})

test('Scopes are those of the tool itself, or of its effect; what is no call has those of reading.', () => {
  const scopes = { read: ['r'], write: ['w'] }
  const of = (tool: Parameters<typeof scopesFor>[1]): readonly string[] | null =>
    scopesFor({ oauth: null as never, scopes, tools: { drop: ['d'] } }, tool)
  expect([
    of(null),
    of({ name: 'look', effect: 'read' }),
    of({ name: 'change', effect: 'write' }),
    of({ name: 'drop', effect: 'destructive' }),
  ]).toEqual([['r'], ['r'], ['w'], ['d']])
  expect(scopesFor({ oauth: null as never, tools: {} }, null)).toBeNull()
})
