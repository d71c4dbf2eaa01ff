import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Link } from '../../../src/model/lineage.ts'
import { assertion, keyPair, proof } from './agent-client.ts'
import type { KeyPair } from './agent-client.ts'
import { actorToken, askFor, callTool, decisionsOf, delegatingGateway, exchange, handedOn } from './delegating-gateway.ts'
import type { DelegatingGateway, Exchange } from './delegating-gateway.ts'

let desk: DelegatingGateway
/** The key of the token that is handed on, and that of nobody here. */
let [sub, thief]: [KeyPair, KeyPair] = await Promise.all([keyPair(), keyPair()])

beforeEach(async () => {
  desk = await delegatingGateway()
  ;[sub, thief] = await Promise.all([keyPair(), keyPair()])
})

const helperFrom = async (key = sub): Promise<NonNullable<Exchange['from']>> => ({
  agent: 'helper',
  token: await handedOn(desk, key),
  holder: key,
})
const familySize = async (): Promise<number> => (await desk.gateway.installation.runtime.sessionStore.descendants(desk.session.id)).length

describe('an agent that hands a part of its session on', () => {
  it('gets a token for its sub-agent, bound to that one’s key, whose session is below its own, and whose calls are decided under the part', async () => {
    const token = await handedOn(desk, sub, { part: { limits: { calls: 2, minutes: 5 }, lifetime: '2m', request: 'what is new?' } })
    const claims = decodeJwt(token)
    const id = (name: string): string => `spiffe://attack.example/agent/${name}`
    expect(claims).toMatchObject({
      sub: 'ann@corp.example',
      act: { sub: id('helper'), act: { sub: id('agent') } },
      client_id: 'helper',
      cnf: { jkt: sub.thumbprint },
    })
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeLessThanOrEqual(120)
    expect(await callTool(desk, token, sub)).toMatchObject({ rule: 'done' })
    expect(await callTool(desk, token, sub, { text: 'public weather' })).toMatchObject({ rule: 'T1.part' })
    expect(await callTool(desk, token, sub, { kind: 'none' }, { tool: 'act' })).toMatchObject({ rule: 'T1.part' })
    expect(await callTool(desk, token, sub)).toMatchObject({ rule: 'done' })
    expect(await callTool(desk, token, sub)).toMatchObject({ rule: 'T4.calls' })
    const session = await desk.gateway.installation.sessions.find(claims['sid'] as string)
    expect(session).toMatchObject({
      agent: 'helper',
      person: 'ann@corp.example',
      request: 'what is new?',
      delegation: { parent: desk.session.id },
    })
    expect(decisionsOf(desk).at(-1)).toMatchObject({
      agent: 'helper',
      session: session.id,
      delegation: [{ session: desk.session.id, agent: 'agent', id: session.delegation?.id }],
    })
    expect(desk.gateway.files.entriesOf('session').at(-1)).toMatchObject({
      event: 'opened',
      delegation: { id: session.delegation?.id, parent: desk.session.id },
    })
    const inventory = await desk.gateway.files.json<{ delegated: object[] }>('inventory', '--home', desk.gateway.files.folder)
    expect(inventory.delegated).toMatchObject([{ session: session.id, agent: 'helper', from: 'agent', parent: desk.session.id }])
  })

  it('may be such a sub-agent itself, which gets one more token for its session by itself, with all who act in it', async () => {
    const from = await helperFrom()
    const key = await keyPair()
    const token = await handedOn(desk, key, { from, to: 'temp' })
    const again = await askFor(desk.gateway, desk.keys.temp, key, { type: 'urn:bailiwick:goal', session: decodeJwt(token)['sid'] }, 'temp')
    expect(decodeJwt(again.body.access_token)['act']).toEqual(decodeJwt(token)['act'])
    expect(decodeJwt(token)['act']).toMatchObject({ act: { act: { sub: 'spiffe://attack.example/agent/agent' } } })
    expect(await callTool(desk, again.body.access_token, key)).toMatchObject({ rule: 'done' })
    expect(
      decisionsOf(desk)
        .at(-1)
        ?.delegation?.map(({ agent }) => agent),
    ).toEqual(['agent', 'helper'])
  })
})

describe('nothing is handed on', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['a tool that is not its own', { tools: { 'box.purge': {} } }, /tools: `box\.purge`/],
    ['a wider frame', { tools: { 'box.honest': { text: { prefix: 'pub' } } } }, /frames of `box\.honest`: `text`/],
    ['another argument', { tools: { 'box.honest': { n: { range: [1, 6], optional: true } } } }, /`n`/],
    ['what toolboxes may not do', { allow: ['sampling'] }, /allow: `sampling`/],
    ['more calls', { limits: { calls: 6 } }, /limits: 6 calls/],
    ['more bytes', { limits: { resultBytes: '101KB' } }, /limits: 101000 bytes/],
    ['more minutes', { limits: { minutes: 61 } }, /limits: 3660000 milliseconds/],
    ['more repeats', { limits: { repeats: 21 } }, /limits: 21 repeats/],
    ['a higher rate', { limits: { rates: { 'box.honest': '6/1h' } } }, /limits: `box\.honest`/],
    ['a longer life', { lifetime: '61m' }, /expiry/],
    ['a pattern that nothing can be held against', { tools: { 'box.act': { note: { pattern: '(?=x)' } } } }, /pattern/],
  ])('that is wider: %s', async (_, part, reason) => {
    const answer = await exchange(desk, sub, { part })
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(answer.body.error_description?.replaceAll("'", '`')).toMatch(reason)
    expect(await familySize()).toBe(0)
    expect(desk.gateway.files.entriesOf('event').at(-1)).toMatchObject({ event: 'refused', subject: 'token for agent' })
  })

  it.each([
    ['another person', { person: 'bob@corp.example' }],
    ['another goal', { goal: 'other' }],
    ['other parameters', { params: { team: 'board' } }],
    ['another session', { session: 'ses_x' }],
    ['what is not known', { until: 'tomorrow' }],
    ['no tools', { tools: undefined }],
    ['another type', { type: 'urn:bailiwick:goal' }],
  ])('for %s', async (_, part) => {
    expect((await exchange(desk, sub, { part })).body.error).toBe('invalid_authorization_details')
    expect(await familySize()).toBe(0)
  })

  it('to an agent that it may not delegate to, to itself, or deeper than the rules allow', async () => {
    expect((await exchange(desk, sub, { to: 'stranger' })).body.error_description).toContain('may not delegate')
    expect((await exchange(desk, sub, { to: 'agent' })).body.error).toBe('invalid_grant')
    const helper = await helperFrom()
    const key = await keyPair()
    const temp = { agent: 'temp', token: await handedOn(desk, key, { from: helper, to: 'temp' }), holder: key } as const
    expect((await exchange(desk, sub, { from: temp, to: 'last' })).body.error_description).toContain('may be 2 times')
  })

  it('with a stolen token, whatever the thief has besides, but for its key', async () => {
    const url = `${desk.gateway.origin}/oauth/token`
    const stolen = { agent: 'stranger', token: desk.token, holder: thief } as const
    const attacks: [string, Exchange, string][] = [
      ['the thief’s own key', { from: { ...stolen, agent: 'agent' } }, 'invalid_grant'],
      ['the thief’s own key and name', { from: stolen }, 'invalid_grant'],
      ['the thief’s name and the right key', { from: { ...stolen, holder: desk.holder } }, 'invalid_grant'],
      ['a proof for no token', { dpop: await proof(desk.holder, 'POST', url) }, 'invalid_dpop_proof'],
      ['a proof for another token', { dpop: await proof(desk.holder, 'POST', url, `${desk.token}x`) }, 'invalid_dpop_proof'],
      [
        'a proof for the resource',
        { dpop: await proof(desk.holder, 'POST', `${desk.gateway.origin}/mcp`, desk.token) },
        'invalid_dpop_proof',
      ],
    ]
    for (const [what, asked, error] of attacks) expect([what, (await exchange(desk, sub, asked)).body.error]).toEqual([what, error])
    expect(await familySize()).toBe(0)
  })

  it('by tokens that are none, of others, bound to no key that is proved, or chains', async () => {
    const { installation } = desk.gateway
    const bearer = await installation.token(desk.session, 60_000)
    const subject = async (token: string): Promise<string | undefined> =>
      (await exchange(desk, sub, { from: { agent: 'agent', token, holder: desk.holder } })).body.error
    for (const token of ['x', bearer, desk.root, `${desk.root}~${desk.root}`]) expect(await subject(token)).toBe('invalid_grant')
    expect(await familySize()).toBe(0)
  })

  it('to a sub-agent that is not registered, does not say so itself, or whose key has expired', async () => {
    const { gateway, keys } = desk
    const actor = async (token: Promise<string>): Promise<unknown> =>
      (await exchange(desk, sub, { form: { actor_token: await token } })).body.error_description
    expect(await actor(actorToken(gateway, 'helper', thief, sub))).toContain('no registered key')
    expect(await actor(actorToken(gateway, 'helper', keys.stranger, sub))).toContain('must be the agent')
    expect(await actor(actorToken(gateway, 'helper', keys.helper, sub, {}, 'JWT'))).toContain('of the type')
    expect(await actor(assertion(gateway, keys.helper, { iss: 'helper', sub: 'helper' }))).toContain('of the type')
    expect(await actor(actorToken(gateway, 'helper', keys.helper, sub, { cnf: {} }))).toContain('cnf')
    expect(await actor(actorToken(gateway, 'helper', keys.helper, sub, { cnf: { jkt: sub.thumbprint, kid: 'x' } }))).toContain('cnf')
    expect(await actor(actorToken(gateway, 'helper', keys.helper, sub, { aud: 'http://other.example' }))).toContain('not signed')
    expect(await actor(actorToken(gateway, 'helper', keys.helper, sub, { exp: Math.floor(Date.now() / 1000) - 60 }))).toBeDefined()
    await gateway.installation.agentKeys.expire({ agent: 'helper', thumbprint: keys.helper.thumbprint }, Date.now(), 'tests')
    expect(await actor(actorToken(gateway, 'helper', keys.helper, sub))).toContain('no registered key')
    expect(await familySize()).toBe(0)
  })

  it('twice by one request: each of its three proofs is good once', async () => {
    const { gateway, keys, holder, token } = desk
    const url = `${gateway.origin}/oauth/token`
    const once = {
      dpop: await proof(holder, 'POST', url, token),
      client_assertion: await assertion(gateway, keys.agent),
      actor_token: await actorToken(gateway, 'helper', keys.helper, sub),
    }
    const { dpop, ...form } = once
    expect((await exchange(desk, sub, { dpop, form })).status).toBe(200)
    expect((await exchange(desk, sub, { dpop })).body.error).toBe('invalid_dpop_proof')
    expect((await exchange(desk, sub, { form: { client_assertion: once.client_assertion } })).body.error).toBe('invalid_client')
    expect((await exchange(desk, sub, { form: { actor_token: once.actor_token } })).body.error_description).toContain('used before')
    expect(await familySize()).toBe(1)
  })

  it.each<[string, () => Link]>([
    ['session', () => ({ kind: 'session', id: desk.session.id })],
    ['agent', () => ({ kind: 'agent', id: 'agent' })],
    ['token', () => ({ kind: 'token', id: decodeJwt(desk.token).jti as string })],
    ['key of its token', () => ({ kind: 'key', id: desk.holder.thumbprint })],
    ['key by which it is known', () => ({ kind: 'key', id: desk.keys.agent.thumbprint })],
    ['sub-agent', () => ({ kind: 'agent', id: 'helper' })],
    ['key of the sub-agent', () => ({ kind: 'key', id: desk.keys.helper.thumbprint })],
  ])('once the %s is revoked, and what was before is cut with the next call', async (_, link) => {
    const token = await handedOn(desk, sub)
    expect(await callTool(desk, token, sub)).toMatchObject({ rule: 'done' })
    await desk.gateway.installation.revocations.revoke(link(), { by: 'tests', reason: 'a test' })
    expect(await callTool(desk, token, sub)).toMatchObject({ rule: 'T0.revoked' })
    const before = await familySize()
    expect((await exchange(desk, sub)).body).toMatchObject({
      error: 'invalid_grant',
      error_description: expect.stringContaining('was revoked') as string,
    })
    expect(await familySize()).toBe(before)
  })

  it('by a session that is paused, or has ended', async () => {
    const { sessions } = desk.gateway.installation
    for (const change of ['pause', 'revoke'] as const) {
      await sessions.change(desk.session.id, change, 'tests')
      expect((await exchange(desk, sub)).body.error).toBe('invalid_grant')
    }
  })
})

it('A sub-agent’s word lets nobody else in as it: not the agent that it was given to, as a client.', async () => {
  const { gateway, keys } = desk
  const word = await actorToken(gateway, 'helper', keys.helper, desk.holder)
  const answer = await exchange(desk, sub, { form: { client_assertion: word } })
  expect(answer.body).toMatchObject({ error: 'invalid_client', error_description: expect.stringContaining('lets in no client') as string })
})

it('Two exchanges at once, each for all that there is, do not overdraw the one budget that both are of.', async () => {
  const key = await keyPair()
  const [one, other] = await Promise.all([handedOn(desk, sub), handedOn(desk, key)])
  const calls = Array.from({ length: 5 }, () => [callTool(desk, one, sub), callTool(desk, other, key)]).flat()
  const rules = (await Promise.all(calls)).map(({ rule }) => rule)
  expect(rules.filter((rule) => rule === 'done')).toHaveLength(5)
  expect(new Set(rules)).toEqual(new Set(['done', expect.stringMatching(/^T4\./) as string]))
  expect(await callTool(desk, desk.token, desk.holder)).toMatchObject({ rule: expect.stringMatching(/^T4\./) as string })
})
