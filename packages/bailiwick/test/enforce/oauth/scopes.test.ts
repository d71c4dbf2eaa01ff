import { Client, DpopSession, StreamableHTTPClientTransport, withDpop } from '@modelcontextprotocol/client'
import fc from 'fast-check'
import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { readScope, scopeText } from '../../../src/model/token-scope.ts'
import { effects } from '../../../src/model/vocabulary.ts'
import { openGateway } from '../live-gateway.ts'
import type { LiveGateway } from '../live-gateway.ts'
import { askToken, keyPair, proof } from './agent-client.ts'
import type { KeyPair, TokenAnswer } from './agent-client.ts'

let gateway: LiveGateway
let [own, holder]: [KeyPair, KeyPair] = await Promise.all([keyPair(), keyPair()])

beforeEach(async () => {
  ;[gateway, own, holder] = await Promise.all([openGateway(), keyPair(), keyPair()])
  await gateway.installation.agentKeys.register('agent', own.x, 'tests', null)
})

const scoped = (scope: string, form: Readonly<Record<string, string>> = {}): Promise<TokenAnswer> =>
  askToken(gateway, own, holder, { form: { scope, ...form } })

/** Posts a body to the MCP endpoint with a token and a proof, as any client of HTTP can. */
async function post(token: string, body: unknown): Promise<Response> {
  const url = `${gateway.origin}/mcp`
  return fetch(url, {
    method: 'POST',
    headers: {
      authorization: `DPoP ${token}`,
      dpop: await proof(holder, 'POST', url, token),
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-11-25',
    },
    body: JSON.stringify(body),
  })
}

const call = (name: string, id = 1): object => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: { text: 'hello' } },
})

describe('a token with a scope', () => {
  it('is had by asking for effects of tools, and says so', async () => {
    const { status, body } = await scoped('write read')
    expect(status).toBe(200)
    expect(body['scope']).toBe('read write')
    expect(decodeJwt(body.access_token)['scope']).toBe('read write')
    const without = await askToken(gateway, own, holder)
    expect(without.body['scope']).toBeUndefined()
    expect(decodeJwt(without.body.access_token)['scope']).toBeUndefined()
  })

  it('is not had for anything else', async () => {
    for (const scope of ['', ' ', 'admin', 'read admin', 'read  write', 'read read', 'READ', 'read\twrite', 'rеad'])
      expect(await scoped(scope), scope).toMatchObject({ status: 400, body: { error: 'invalid_scope' } })
    const attenuable = JSON.stringify([{ type: 'attenuating_agent_token', session: 'ses_1' }])
    expect((await scoped('read', { authorization_details: attenuable })).body.error).toMatch(/^invalid_(scope|authorization_details)$/)
  })

  it('does what is in it, and is challenged for the rest with what it would need, which is recorded', async () => {
    const { access_token: token } = (await scoped('write')).body
    const refused = await post(token, call('honest'))
    expect(refused.status).toBe(403)
    expect(refused.headers.get('www-authenticate')).toBe(
      `DPoP error="insufficient_scope", error_description="the token is for tools of the effect write alone, and this one's is read", scope="read write", resource_metadata="${gateway.origin}/.well-known/oauth-protected-resource/mcp"`,
    )
    expect(await refused.json()).toMatchObject({ error: 'insufficient_scope', scope: 'read write' })
    expect(gateway.files.entriesOf('event').at(-1)).toMatchObject({ event: 'refused', subject: 'honest', session: decodeJwt(token)['sid'] })
    expect(gateway.files.entriesOf('decision')).toHaveLength(0)
  })

  it('is challenged in a batch too, before any of it is done', async () => {
    const { access_token: token } = (await scoped('write')).body
    expect((await post(token, [{ jsonrpc: '2.0', id: 7, method: 'ping' }, call('honest', 8)])).status).toBe(403)
    expect(gateway.files.entriesOf('decision')).toHaveLength(0)
  })

  it('is stepped up by one more token for the same session, with the client of the SDK', async () => {
    const dpop = await DpopSession.create({ alg: 'EdDSA' })
    const url = `${gateway.origin}/oauth/token`
    const ask = async (form: Readonly<Record<string, string>>): Promise<string> =>
      (await askToken(gateway, own, holder, { form, dpop: await dpop.buildProof({ htm: 'POST', htu: url }) })).body.access_token
    let token = await ask({ scope: 'write' })
    const client = new Client({ name: 'tests', version: '1.0.0' })
    await client.connect(new StreamableHTTPClientTransport(new URL(`${gateway.origin}/mcp`), { fetch: withDpop(dpop, () => token)(fetch) }))
    onTestFinished(() => client.close())
    const honest = (): Promise<unknown> => client.callTool({ name: 'honest', arguments: { text: 'hello' } })
    await expect(honest()).rejects.toThrow('Insufficient scope: required "read write"')
    const session = decodeJwt(token)['sid'] as string
    token = await ask({ scope: 'read write', authorization_details: JSON.stringify([{ type: 'urn:bailiwick:goal', session }]) })
    expect(JSON.stringify(await honest())).toContain('hello')
    expect(gateway.files.entriesOf('decision')).toMatchObject([{ session, response: 'allow' }])
  })

  it('is denied at T0 where another door leads to the same call', async () => {
    const { access_token: token } = (await scoped('write')).body
    const url = `${gateway.origin}/access/v1/evaluation`
    const tool = [...gateway.installation.runtime.rules.current.tools.values()].find(({ shown }) => shown === 'honest')
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `DPoP ${token}`, dpop: await proof(holder, 'POST', url, token), 'content-type': 'application/json' },
      body: JSON.stringify({
        subject: { type: 'agent', id: 'agent' },
        action: { name: 'tools/call', properties: { arguments: { text: 'hello' } } },
        resource: { type: 'tool', id: tool?.key },
      }),
    })
    expect(await response.json()).toMatchObject({ decision: false })
    expect(gateway.files.entriesOf('decision').at(-1)).toMatchObject({ response: 'deny', tier: 'T0', rule: 'T0.scope' })
  })

  it('tells in the metadata of resource and server which scopes there are', async () => {
    for (const path of ['oauth-protected-resource/mcp', 'oauth-authorization-server'])
      expect(await (await fetch(`${gateway.origin}/.well-known/${path}`)).json()).toMatchObject({ scopes_supported: effects })
  })
})

describe('readScope', () => {
  it('takes every set of effects in every order, and nothing else', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...effects], { minLength: 1 }), (some) => {
        const read = readScope(some.join(' '))
        expect(new Set(read)).toEqual(new Set(some))
        expect(readScope(scopeText(read!))).toEqual(read)
      }),
    )
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = readScope(text)
        if (read !== null) expect(text.split(' ').every((word) => (effects as readonly string[]).includes(word))).toBe(true)
      }),
    )
  })
})
