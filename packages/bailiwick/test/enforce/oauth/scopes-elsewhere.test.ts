import { beforeEach, expect, it } from 'vitest'
import { openGateway } from '../live-gateway.ts'
import type { LiveGateway } from '../live-gateway.ts'
import { askToken, keyPair, proof } from './agent-client.ts'
import type { KeyPair } from './agent-client.ts'

let gateway: LiveGateway
let [own, holder]: [KeyPair, KeyPair] = await Promise.all([keyPair(), keyPair()])

beforeEach(async () => {
  const plan = { reads: true, goal: { allow: ['subscriptions', 'completion'] as const } }
  ;[gateway, own, holder] = await Promise.all([openGateway(plan), keyPair(), keyPair()])
  await gateway.installation.agentKeys.register('agent', own.x, 'tests', null)
})

const tokenFor = async (scope: string): Promise<string> => (await askToken(gateway, own, holder, { form: { scope } })).body.access_token

const _meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'tests', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
}

/** The beginning of the answer to a request that is no call of a tool. */
async function asked(token: string, method: string, params: Readonly<Record<string, unknown>>): Promise<string> {
  const url = `${gateway.origin}/mcp`
  const name = params['uri'] ?? params['name']
  const leaving = new AbortController()
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `DPoP ${token}`,
      dpop: await proof(holder, 'POST', url, token),
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }),
    signal: leaving.signal,
  })
  const { value } = await (response.body as ReadableStream<Uint8Array>).getReader().read()
  leaving.abort()
  return Buffer.from(value ?? []).toString()
}

const requests: readonly [string, Readonly<Record<string, unknown>>][] = [
  ['resources/read', { uri: 'mem:x' }],
  ['prompts/get', { name: 'ask' }],
  ['completion/complete', { ref: { type: 'ref/prompt', name: 'ask' }, argument: { name: 'topic', value: 'a' } }],
  ['subscriptions/listen', { notifications: { resourceSubscriptions: ['mem:x'] } }],
]
const heard = (): string[] =>
  ['resources/read', 'prompts/get', 'completion/complete', 'resources/subscribe', 'subscriptions/listen'].filter(
    (method) => gateway.files.reached(method).length > 0,
  )

it('A token whose scope has no `read` reads nothing by resources, prompts, completion or subscriptions either, and the toolbox hears of none.', async () => {
  const token = await tokenFor('write external')
  for (const [method, params] of requests)
    expect([method, await asked(token, method, params)]).toEqual([method, expect.stringContaining('T0.scope')])
  expect(heard()).toEqual([])
  const reader = await tokenFor('read')
  for (const [method, params] of requests)
    expect([method, await asked(reader, method, params)]).toEqual([method, expect.not.stringContaining('T0.')])
  expect(heard()).toEqual(expect.arrayContaining(['resources/read', 'prompts/get', 'completion/complete', 'resources/subscribe']))
})

it('An agent that was revoked has no toolbox tell it of resources any more, and none is asked to.', async () => {
  const token = await tokenFor('read')
  await gateway.installation.runtime.revocations.revoke({ kind: 'agent', id: 'agent' }, { by: 'tests', reason: '' })
  for (const params of [{ notifications: { resourceSubscriptions: ['mem:x'] } }, { notifications: { toolsListChanged: true } }])
    expect(await asked(token, 'subscriptions/listen', params)).toContain('T0.revoked')
  expect(gateway.files.entriesOf('event').at(-1)).toMatchObject({ event: 'refused', subject: 'subscriptions/listen' })
  expect(heard()).toEqual([])
})

it('A search at the AuthZEN door finds only the tools that the scope of the token takes in.', async () => {
  const url = `${gateway.origin}/access/v1/search/resource`
  const found = async (scope: string): Promise<number> => {
    const token = await tokenFor(scope)
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `DPoP ${token}`, dpop: await proof(holder, 'POST', url, token), 'content-type': 'application/json' },
      body: JSON.stringify({ subject: { type: 'agent', id: 'agent' }, action: { name: 'tools/call' }, resource: { type: 'tool' } }),
    })
    return ((await response.json()) as { results: unknown[] }).results.length
  }
  expect(await found('write')).toBe(0)
  expect(await found('write read')).toBeGreaterThan(0)
})
