import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { authorisationServer } from './authorisation-server.ts'
import type { AuthorisationServer } from './authorisation-server.ts'
import { crm } from './crm.ts'
import { LendingGateway } from './lending-gateway.ts'

const scopes = { read: ['crm.read'], write: ['crm.write'], destructive: ['crm.admin'] }
const credential = (issuer: string): Readonly<Record<string, unknown>> => ({
  oauth: { issuer, clientId: 'bailiwick', clientSecret: { env: 'CRM_SECRET' } },
  scopes,
})

const json = (response: ServerResponse, value: unknown, status = 200): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
const token = (members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  access_token: 'canary-issued-token-12345',
  token_type: 'Bearer',
  expires_in: 60,
  ...members,
})

/** A server elsewhere that nobody has business with, and what came to it. */
async function elsewhere(): Promise<{ url: string; heard: string[] }> {
  const heard: string[] = []
  const server = createServer((request, response) => {
    heard.push(JSON.stringify([request.method, request.url, request.headers]))
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard }
}

type Attack = (response: ServerResponse, server: AuthorisationServer) => void

const attacks: Readonly<Record<string, readonly [path: RegExp, attack: Attack, says: string]>> = {
  'is silent': [/^\/token/, () => {}, 'does not answer within 0.5 s'],
  'answers a byte at a time': [
    /^\/token/,
    (response) => void setInterval(() => response.write('x'), 100).unref(),
    'does not answer within 0.5 s',
  ],
  'answers with garbage': [
    /^\/token/,
    (response) => void response.end('\u0000garbage'),
    'what its authorisation server answers is no token',
  ],
  'answers without end': [/^\/token/, (response) => void response.end('x'.repeat(300_000)), 'answers with more than 262144 bytes'],
  'quotes the secret': [
    /^\/token/,
    (response, { clientSecret }) => json(response, { error: clientSecret, error_description: `no ${clientSecret}` }, 400),
    'refuses it with status 400',
  ],
  'quotes it in a challenge': [
    /^\/token/,
    (response, { clientSecret }) => void response.writeHead(401, { 'www-authenticate': `Basic realm="${clientSecret}"` }).end(),
    'refuses it with status 401',
  ],
  'says words of its own': [
    /^\/token/,
    (response) => json(response, { error: 'canary_spelled_out', error_description: 'canary_spelled_out' }, 400),
    'refuses it with status 400',
  ],
  'sends on to another address': [
    /^\/token/,
    (response) => void response.writeHead(307, { location: 'http://127.0.0.1:9/token' }).end(),
    'is not followed',
  ],
  'gives more than was asked for': [
    /^\/token/,
    (response) => json(response, token({ scope: 'crm.read crm.admin' })),
    'more scopes than were asked for',
  ],
  'gives another kind of token': [/^\/token/, (response) => json(response, token({ token_type: 'mac' })), 'is no token'],
  'gives a token that would be two headers': [
    /^\/token/,
    (response) => json(response, token({ access_token: 'a\r\nX-Evil: 1' })),
    'a token that cannot be sent',
  ],
  'publishes nothing': [/^\/\.well-known/, (response) => void response.writeHead(404).end(), 'publishes no metadata'],
  'is another than it says': [
    /^\/\.well-known/,
    (response) => json(response, { issuer: 'https://other.example', token_endpoint: 'https://other.example/token' }),
    'cannot be used, or is of another server',
  ],
  'wants the secret in the clear': [
    /^\/\.well-known/,
    (response, { url }) => json(response, { issuer: url, token_endpoint: 'http://login.corp.example/token' }),
    'no token endpoint that a secret could be sent to',
  ],
}

test.each(Object.entries(attacks))(
  'A server that %s gives no token: the toolbox is not asked, the reason says why, and holds no secret.',
  async (_, [path, attack, says]) => {
    const server = await authorisationServer()
    const box = await crm(server.url)
    const environment = { CRM_SECRET: server.clientSecret }
    const gateway = await LendingGateway.open({ mcp: { url: box.url }, credential: credential(server.url), environment, timeout: 500 })
    server.answer = (asked, response) => {
      if (!path.test(asked)) return false
      attack(response, server)
      return true
    }
    const call = await gateway.session()
    expect(await call('look')).toMatch(/"isError":true/)
    expect(box.authorizations.size).toBe(0)
    const told = JSON.stringify(gateway.entries().filter((entry) => entry.type === 'event' && entry.event === 'upstream'))
    expect(told).toContain(says)
    const all = gateway.told.join('\n') + (await gateway.remains())
    for (const secret of [server.clientSecret, 'canary-issued-token', 'canary_spelled_out', 'X-Evil']) expect(all).not.toContain(secret)
  },
)

test('A server that has mended itself is asked again, and one that refuses is not asked by every call.', async () => {
  let now = Date.now()
  const server = await authorisationServer()
  const box = await crm(server.url)
  const environment = { CRM_SECRET: server.clientSecret }
  const gateway = await LendingGateway.open({ mcp: { url: box.url }, credential: credential(server.url), environment, clock: () => now })
  const call = await gateway.session()
  await call('look')
  server.revoked = true
  for (let tries = 0; tries < 5; tries += 1) expect(await call('change')).toContain('Nothing was done.')
  expect(server.asked.filter((parameters) => parameters.get('scope') === 'crm.write')).toHaveLength(1)
  server.revoked = false
  now += 1001
  expect(await call('change')).toContain('"text":"hello"')
})

test('A toolbox that sends a request on to another origin takes nothing there: neither token, nor header, nor the call.', async () => {
  const server = await authorisationServer()
  const { url, heard } = await elsewhere()
  const authorizations: string[] = []
  const hostile = createServer((request, response) => {
    authorizations.push(request.headers.authorization ?? '')
    response.writeHead(307, { location: `${url}/steal` }).end()
  })
  await new Promise<void>((resolve) => hostile.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    hostile.closeAllConnections()
    hostile.close()
  })
  const gateway = await LendingGateway.open({
    mcp: { url: `http://127.0.0.1:${(hostile.address() as AddressInfo).port}/mcp`, headers: { 'X-Key': { env: 'KEY' } } },
    credential: credential(server.url),
    environment: { CRM_SECRET: server.clientSecret, KEY: 'canary-header-0123456789' },
  })
  expect(await (await gateway.session())('look')).toMatch(/"isError":true/)
  expect(authorizations.length).toBeGreaterThan(0)
  expect(heard).toEqual([])
  const all = gateway.told.join('\n') + (await gateway.remains())
  for (const secret of [...authorizations.map((one) => one.replace('Bearer ', '')), 'canary-header-0123456789'])
    expect(all).not.toContain(secret)
})

test('A header that no request can carry is not sent, and not quoted.', async () => {
  const server = await authorisationServer()
  const box = await crm(server.url)
  const gateway = await LendingGateway.open({
    mcp: { url: box.url, headers: { 'X-Key': { env: 'KEY' } } },
    environment: { KEY: 'canary-one\r\nX-Evil: canary-two' },
  })
  expect(await (await gateway.session())('look')).toMatch(/"isError":true/)
  const all = gateway.told.join('\n') + (await gateway.remains())
  expect(all).toContain('holds what no header can carry')
  expect(all).not.toMatch(/canary-one|canary-two/)
})
