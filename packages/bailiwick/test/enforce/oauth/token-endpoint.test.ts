import { Client, DpopSession, StreamableHTTPClientTransport, withDpop } from '@modelcontextprotocol/client'
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { openGateway } from '../live-gateway.ts'
import type { LiveGateway } from '../live-gateway.ts'
import { askToken, assertion, goalDetail, keyPair, proof } from './agent-client.ts'
import type { KeyPair } from './agent-client.ts'

let gateway: LiveGateway
/** The agent's registered key, and the one that its tokens are bound to. */
let [own, holder, stranger]: [KeyPair, KeyPair, KeyPair] = await Promise.all([keyPair(), keyPair(), keyPair()])

beforeEach(async () => {
  gateway = await openGateway()
  ;[own, holder, stranger] = await Promise.all([keyPair(), keyPair(), keyPair()])
  await gateway.installation.agentKeys.register('agent', own.x, 'tests', null)
})

describe('an agent that holds its own key', () => {
  it('gets a token for one goal and one session, bound to the key that it proves, and the SDK’s own client works with it', async () => {
    const dpop = await DpopSession.create({ alg: 'EdDSA' })
    const url = `${gateway.origin}/oauth/token`
    const answer = await askToken(gateway, own, holder, { dpop: await dpop.buildProof({ htm: 'POST', htu: url }) })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ token_type: 'DPoP', expires_in: 600 })
    const { keys } = (await (await fetch(`${gateway.origin}/oauth/jwks`)).json()) as { keys: [] }
    const { payload } = await jwtVerify(answer.body.access_token, createLocalJWKSet({ keys }), {
      issuer: gateway.origin,
      audience: `${gateway.origin}/mcp`,
      typ: 'at+jwt',
    })
    const [detail] = payload['authorization_details'] as [Record<string, unknown>]
    expect(detail).toMatchObject({ type: 'urn:bailiwick:goal', goal: 'goal', params: {} })
    expect(payload).toMatchObject({
      client_id: 'agent',
      sub: expect.stringContaining('/agent/agent') as string,
      sid: expect.any(String) as string,
    })

    const client = new Client({ name: 'tests', version: '1.0.0' })
    const transport = new StreamableHTTPClientTransport(new URL(`${gateway.origin}/mcp`), {
      fetch: withDpop(dpop, () => answer.body.access_token)(fetch),
    })
    await client.connect(transport)
    onTestFinished(() => client.close())
    const result = await client.callTool({ name: 'honest', arguments: { text: 'hello' } })
    expect(JSON.stringify(result.content)).toContain('hello')
    const decisions = gateway.files.entriesOf('decision')
    expect(decisions.at(-1)).toMatchObject({ agent: 'agent', session: payload['sid'], token: payload.jti })
  })

  it('finds all it needs in the metadata', async () => {
    const resource = (await (await fetch(`${gateway.origin}/.well-known/oauth-protected-resource/mcp`)).json()) as Record<string, unknown>
    expect(resource).toMatchObject({ resource: `${gateway.origin}/mcp`, authorization_servers: [gateway.origin] })
    const server = (await (await fetch(`${gateway.origin}/.well-known/oauth-authorization-server`)).json()) as Record<string, unknown>
    expect(server).toMatchObject({
      issuer: gateway.origin,
      token_endpoint: `${gateway.origin}/oauth/token`,
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      dpop_signing_alg_values_supported: expect.arrayContaining(['EdDSA', 'ES256']) as string[],
    })
  })

  it('gets one more token for the session that it has, while that is active, and only for its own', async () => {
    const first = await askToken(gateway, own, holder)
    const session = decodeJwt(first.body.access_token)['sid'] as string
    const again = (over = session) =>
      askToken(gateway, own, holder, { form: { authorization_details: JSON.stringify([{ type: 'urn:bailiwick:goal', session: over }]) } })
    expect(decodeJwt((await again()).body.access_token)['sid']).toBe(session)
    expect((await again('ses_none')).body.error).toBe('invalid_grant')
    const { sessions, runtime } = gateway.installation
    const other = await sessions
      .open(runtime.rules.current, { agent: 'other', goal: 'goal', params: {}, person: null, request: null })
      .catch(() => null)
    if (other !== null) expect((await again(other.id)).body.error).toBe('invalid_grant')
    await sessions.change(session, 'close', 'tests')
    expect((await again()).body.error).toBe('invalid_grant')
  })

  it('may rotate its key: both are taken for the overlap, the old one no longer', async () => {
    const next = await keyPair()
    await gateway.installation.agentKeys.register('agent', next.x, 'tests', 60_000)
    expect([(await askToken(gateway, own, holder)).status, (await askToken(gateway, next, holder)).status]).toEqual([200, 200])
    await gateway.installation.agentKeys.expire({ agent: 'agent', thumbprint: own.thumbprint }, Date.now(), 'tests')
    expect((await askToken(gateway, own, holder)).body.error).toBe('invalid_client')
    expect((await askToken(gateway, next, holder)).status).toBe(200)
    const entries = gateway.files.entriesOf('agent-key')
    expect(entries.map(({ event }) => event)).toEqual(['registered', 'registered', 'expires', 'expires'])
  })

  it.each(['agent', 'goal', 'key', 'everything'] as const)(
    'gets none, and can use none that it has, once its %s is revoked',
    async (kind) => {
      const { body } = await askToken(gateway, own, holder)
      const id = { agent: 'agent', goal: 'goal', key: own.thumbprint, everything: '*' }[kind]
      await gateway.installation.revocations.revoke({ kind, id }, { by: 'tests', reason: 'a test' })
      const refused = await askToken(gateway, own, holder)
      expect(refused).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant', error_description: expect.stringContaining('was revoked') as string },
      })
      const answer = await callWith(body.access_token, holder)
      expect(answer.text).toContain('T0.revoked')
      expect(gateway.files.reached()).toEqual([])
    },
  )
})

/** Calls a tool over plain HTTP. */
async function callWith(
  token: string,
  key: KeyPair,
  change: { readonly scheme?: string; readonly dpop?: string | null; readonly url?: string } = {},
): Promise<{ status: number; text: string; challenge: string }> {
  const url = `${gateway.origin}/mcp`
  const dpop = change.dpop === undefined ? await proof(key, 'POST', url, token) : change.dpop
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'attacker', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const response = await fetch(change.url ?? url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'honest',
      authorization: `${change.scheme ?? 'DPoP'} ${token}`,
      ...(dpop === null ? {} : { dpop }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'honest', arguments: { text: 'stolen' }, _meta } }),
  })
  return { status: response.status, text: await response.text(), challenge: response.headers.get('www-authenticate') ?? '' }
}

describe('a stolen token', () => {
  it('is of use with its key, and of none without', async () => {
    const { access_token: token } = (await askToken(gateway, own, holder)).body
    const url = `${gateway.origin}/mcp`
    expect((await callWith(token, holder)).text).toContain('said stolen')
    const reached = gateway.files.reached().length
    const once = await proof(holder, 'POST', url, token)
    expect((await callWith(token, holder, { dpop: once })).status).toBe(200)
    const attacks: [string, Parameters<typeof callWith>[2] & { key?: KeyPair }][] = [
      ['replayed proof', { dpop: once }],
      ['no proof', { dpop: null }],
      ['as a bearer token', { scheme: 'Bearer' }],
      ['as a bearer token without proof', { scheme: 'Bearer', dpop: null }],
      ['proof by another key', { key: stranger }],
      ['proof for another method', { dpop: await proof(holder, 'GET', url, token) }],
      ['proof for another URL', { dpop: await proof(holder, 'POST', `${gateway.origin}/oauth/token`, token) }],
      ['proof for another host', { dpop: await proof(holder, 'POST', 'http://evil.example/mcp', token) }],
      ['proof for another token', { dpop: await proof(holder, 'POST', url, `${token}x`) }],
      ['proof without a token hash', { dpop: await proof(holder, 'POST', url, null) }],
      ['proof of long ago', { dpop: await proof(holder, 'POST', url, token, { iat: Math.floor(Date.now() / 1000) - 61 }) }],
      ['proof of the future', { dpop: await proof(holder, 'POST', url, token, { iat: Math.floor(Date.now() / 1000) + 62 }) }],
      ['proof without an id', { dpop: await proof(holder, 'POST', url, token, { jti: '' }) }],
      ['proof of another type', { dpop: await proof(holder, 'POST', url, token, {}, { typ: 'JWT' }) }],
      [
        'proof that names another key',
        { dpop: await proof(stranger, 'POST', url, token, {}, { jwk: { kty: 'OKP', crv: 'Ed25519', x: holder.x } }) },
      ],
      ['proof with a made-up nonce', { dpop: await proof(holder, 'POST', url, token, { nonce: 'x' }) }],
      ['no JWT', { dpop: 'x' }],
      ['a very long one', { dpop: 'x'.repeat(5000) }],
    ]
    for (const [what, { key = holder, ...change }] of attacks) {
      const answer = await callWith(token, key, change)
      expect([what, answer.status]).toEqual([what, 401])
      expect(answer.challenge).toContain('resource_metadata="')
    }
    expect(gateway.files.reached()).toHaveLength(reached + 1)
  })

  it('of the command line, which is bound to no key that is proved, is not taken by the scheme DPoP', async () => {
    const { sessions, runtime, token } = gateway.installation
    const session = await sessions.open(runtime.rules.current, { agent: 'agent', goal: 'goal', params: {}, person: null, request: null })
    expect((await callWith(await token(session, 60_000), holder)).status).toBe(401)
  })
})

describe('the token endpoint', () => {
  it.each<[string, string, () => Promise<Parameters<typeof askToken>[3]>]>([
    ['no proof', 'invalid_dpop_proof', async () => ({ dpop: null })],
    ['a proof for another endpoint', 'invalid_dpop_proof', async () => ({ dpop: await proof(holder, 'POST', `${gateway.origin}/mcp`) })],
    ['no assertion', 'invalid_client', async () => ({ form: { client_assertion: null } })],
    ['another kind of client authentication', 'invalid_client', async () => ({ form: { client_assertion_type: 'x' } })],
    [
      'an assertion by a key that is not registered',
      'invalid_client',
      async () => ({ form: { client_assertion: await assertion(gateway, stranger) } }),
    ],
    [
      'the key of another in `kid`',
      'invalid_client',
      async () => ({ form: { client_assertion: await assertion(gateway, stranger, {}, { kid: own.thumbprint }) } }),
    ],
    [
      'a key in the header',
      'invalid_client',
      async () => ({
        form: {
          client_assertion: await assertion(gateway, stranger, {}, { kid: undefined, jwk: { kty: 'OKP', crv: 'Ed25519', x: stranger.x } }),
        },
      }),
    ],
    [
      'a key from elsewhere',
      'invalid_client',
      async () => ({ form: { client_assertion: await assertion(gateway, stranger, {}, { jku: 'http://127.0.0.1:1/keys' }) } }),
    ],
    [
      'the name of another agent',
      'invalid_client',
      async () => ({ form: { client_assertion: await assertion(gateway, own, { iss: 'other', sub: 'other' }) } }),
    ],
    [
      'another subject than issuer',
      'invalid_client',
      async () => ({ form: { client_assertion: await assertion(gateway, own, { sub: 'other' }) } }),
    ],
    [
      'an assertion for another server',
      'invalid_client',
      async () => ({ form: { client_assertion: await assertion(gateway, own, { aud: 'https://evil.example' }) } }),
    ],
    [
      'an assertion for two servers',
      'invalid_client',
      async () => ({ form: { client_assertion: await assertion(gateway, own, { aud: [gateway.origin, 'https://evil.example'] }) } }),
    ],
    [
      'an assertion that has expired',
      'invalid_client',
      async () => ({ form: { client_assertion: await assertion(gateway, own, { exp: Math.floor(Date.now() / 1000) - 31 }) } }),
    ],
    [
      'an assertion for long',
      'invalid_client',
      async () => ({ form: { client_assertion: await assertion(gateway, own, { exp: Math.floor(Date.now() / 1000) + 3600 }) } }),
    ],
    [
      'an assertion without an id',
      'invalid_client',
      async () => ({ form: { client_assertion: await assertion(gateway, own, { jti: undefined }) } }),
    ],
    ['no JWT', 'invalid_client', async () => ({ form: { client_assertion: 'x.y.z' } })],
    ['a very long assertion', 'invalid_client', async () => ({ form: { client_assertion: 'x'.repeat(9000) } })],
    ['another grant', 'unsupported_grant_type', async () => ({ form: { grant_type: 'password' } })],
    ['another resource', 'invalid_target', async () => ({ form: { resource: 'https://evil.example/mcp' } })],
    ['no resource', 'invalid_target', async () => ({ form: { resource: null } })],
    ['a parameter that is none', 'invalid_request', async () => ({ form: { state: 'x' } })],
    ['no goal', 'invalid_authorization_details', async () => ({ form: { authorization_details: null } })],
    ['another goal', 'invalid_authorization_details', async () => ({ form: { authorization_details: goalDetail({ goal: 'other' }) } })],
    [
      'a parameter that the goal has not',
      'invalid_authorization_details',
      async () => ({ form: { authorization_details: goalDetail({ params: { x: 'y' } }) } }),
    ],
    [
      'a detail of another type',
      'invalid_authorization_details',
      async () => ({ form: { authorization_details: goalDetail({ type: 'x' }) } }),
    ],
    [
      'more than one goal',
      'invalid_authorization_details',
      async () => ({
        form: { authorization_details: JSON.stringify([...(JSON.parse(goalDetail()) as []), ...(JSON.parse(goalDetail()) as [])]) },
      }),
    ],
    [
      'a detail that has more members',
      'invalid_authorization_details',
      async () => ({ form: { authorization_details: goalDetail({ tools: ['box.erase'] }) } }),
    ],
    [
      'a detail with a name twice',
      'invalid_authorization_details',
      async () => ({ form: { authorization_details: '[{"type":"urn:bailiwick:goal","goal":"x","goal":"goal","params":{}}]' } }),
    ],
    ['no JSON', 'invalid_authorization_details', async () => ({ form: { authorization_details: '[' } })],
    [
      'an exchange without a person',
      'invalid_request',
      async () => ({ form: { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange' } }),
    ],
    [
      'an exchange of a token that nobody trusts',
      'invalid_grant',
      async () => ({
        form: {
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: 'x.y.z',
          subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
        },
      }),
    ],
  ])('refuses %s (%s), and opens no session', async (_, error, made) => {
    const answer = await askToken(gateway, own, holder, await made())
    expect(answer.body).toMatchObject({ error })
    expect(answer.body.access_token).toBeUndefined()
    expect(answer.status).toBe(error === 'invalid_client' ? 401 : 400)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await gateway.installation.sessions.list(10)).toEqual([])
  })

  it('takes an assertion once, also when it comes many times at once', async () => {
    const client_assertion = await assertion(gateway, own)
    const answers = await Promise.all(Array.from({ length: 20 }, () => askToken(gateway, own, holder, { form: { client_assertion } })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('takes no parameter twice, no other type, no endless body', async () => {
    const url = `${gateway.origin}/oauth/token`
    const post = async (body: string, type = 'application/x-www-form-urlencoded'): Promise<string> =>
      (
        (await (
          await fetch(url, { method: 'POST', headers: { 'content-type': type, dpop: await proof(holder, 'POST', url) }, body })
        ).json()) as { error: string }
      ).error
    expect(await post('grant_type=client_credentials&grant_type=password')).toBe('invalid_request')
    expect(await post('{}', 'application/json')).toBe('invalid_request')
    expect(await post(`x=${'y'.repeat(70_000)}`)).toBe('invalid_request')
  })
})

describe('the key that tokens are signed with', () => {
  it('is replaced while the gateway runs: tokens of the old one are taken for the overlap, and none at once when there is none', async () => {
    const first = (await askToken(gateway, own, holder)).body.access_token
    const rotate = (...more: string[]): Promise<{ before: string; after: string }> => gateway.files.json('keys', 'rotate', ...more)
    const { before, after } = await rotate()
    const published = async (): Promise<string[]> =>
      ((await (await fetch(`${gateway.origin}/oauth/jwks`)).json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)
    expect(await published()).toEqual([after, before])
    const second = (await askToken(gateway, own, holder)).body.access_token
    expect(decodeProtectedHeader(second).kid).toBe(after)
    expect([(await callWith(first, holder)).status, (await callWith(second, holder)).status]).toEqual([200, 200])

    await rotate('--overlap', '0s')
    expect((await callWith(second, holder)).status).toBe(401)
    expect((await callWith(first, holder)).status).toBe(200)
    expect(await published()).toHaveLength(2)
    expect((await callWith((await askToken(gateway, own, holder)).body.access_token, holder)).status).toBe(200)
    expect(gateway.files.entriesOf('configuration').filter(({ event }) => event === 'token-key')).toHaveLength(2)
  })
})
