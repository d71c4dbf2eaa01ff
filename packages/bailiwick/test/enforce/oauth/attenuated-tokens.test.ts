import { CompactSign, decodeJwt } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { LocalAuthority } from '../../../src/authority/authority.ts'
import type { Grant } from '../../../src/authority/attenuation/attenuate.ts'
import { hashOf } from '../../../src/authority/attenuation/read-token.ts'
import { ed25519Thumbprint } from '../../../src/authority/oauth/thumbprint.ts'
import { FileTokenKeys } from '../../../src/authority/token-keys.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { Link } from '../../../src/model/lineage.ts'
import { keyPair, proof } from './agent-client.ts'
import type { KeyPair } from './agent-client.ts'
import { askFor, attenuated, callTool, decisionsOf, delegatingGateway, seconds } from './delegating-gateway.ts'
import type { DelegatingGateway } from './delegating-gateway.ts'

let desk: DelegatingGateway
let thief: KeyPair

beforeEach(async () => {
  desk = await delegatingGateway()
  thief = await keyPair()
})

/** The chain of the helper, and of the temp that it has handed on to. */
async function chains(): Promise<{ readonly helper: string; readonly temp: string }> {
  const { root, holder, keys } = desk
  const helper = await attenuated(root, holder, keys.helper)
  const narrow = { 'box.honest': { text: { constraint_type: 'exact', value: 'public news' } } }
  return { helper: helper.chain, temp: (await attenuated(helper.chain, keys.helper, keys.temp, { tools: narrow })).chain }
}

const family = async (): Promise<readonly { readonly id: string; readonly parent: string }[]> =>
  desk.gateway.installation.runtime.sessionStore.descendants(desk.session.id)

/** A token with other claims than an honest holder would have given it, signed by whom it says. */
async function forged(chain: string, key: KeyPair, to: KeyPair, claims: Readonly<Record<string, unknown>>): Promise<string> {
  const parent = chain.split('~').at(-1) as string
  const { token } = await attenuated(chain, key, to)
  const text = JSON.stringify({ ...decodeJwt(token), ...claims })
  const forgery = await new CompactSign(Buffer.from(text)).setProtectedHeader({ alg: 'EdDSA', typ: 'JWT' }).sign(key.privateKey)
  expect(decodeJwt(forgery)['par_hash']).toBe(claims['par_hash'] ?? hashOf({ signingInput: parent.slice(0, parent.lastIndexOf('.')) }))
  return `${chain}~${forgery}`
}

const granting = (tools: Grant['tools']): JsonObject => ({ authorization_details: [{ type: 'attenuating_agent_token', tools }] })
const text = (constraint: JsonObject): JsonObject => granting({ 'box.honest': { text: constraint } })

describe('a sub-agent with a token that was attenuated offline', () => {
  it('is let in by its own key, with a session below that of the agent that it has it from, opened once, and decided under its part', async () => {
    const { keys, session } = desk
    const { helper } = await chains()
    const answers = await Promise.all(Array.from({ length: 3 }, () => callTool(desk, helper, keys.helper)))
    expect(answers.map(({ rule }) => rule)).toEqual(['done', 'done', 'done'])
    const [own, ...others] = await family()
    expect([own?.parent, others]).toEqual([session.id, []])
    expect(await callTool(desk, helper, keys.helper, { text: 'public secrets' })).toMatchObject({ rule: 'T1.part' })
    expect(await callTool(desk, helper, keys.helper, { text: 'public news', n: 1 })).toMatchObject({ rule: 'T1.part' })
    expect(await callTool(desk, helper, keys.helper, { kind: 'none' }, { tool: 'act' })).toMatchObject({ rule: 'T1.part' })
    const opened = desk.gateway.files.entriesOf('session').filter(({ session: id }) => id === own?.id)
    expect(opened).toMatchObject([{ event: 'opened', agent: 'helper', person: 'ann@corp.example', delegation: { parent: session.id } }])
    expect(decisionsOf(desk).at(-1)).toMatchObject({
      agent: 'helper',
      session: own?.id,
      token: decodeJwt(helper.split('~')[1] as string).jti,
      delegation: [{ session: session.id, agent: 'agent', id: own?.id.replace('ses_', 'dlg_') }],
    })
    const inventory = await desk.gateway.files.json<{ delegated: object[] }>('inventory', '--home', desk.gateway.files.folder)
    expect(inventory.delegated).toMatchObject([{ session: own?.id, agent: 'helper', from: 'agent', parent: session.id }])
  })

  it('may hand on in turn without asking anybody, and the receipts name all who have', async () => {
    const { temp } = await chains()
    expect(await callTool(desk, temp, desk.keys.temp)).toMatchObject({ rule: 'done' })
    expect(await callTool(desk, temp, desk.keys.temp, { text: 'public weather' })).toMatchObject({ rule: 'T1.part' })
    expect(
      decisionsOf(desk)
        .at(-1)
        ?.delegation?.map(({ agent }) => agent),
    ).toEqual(['agent', 'helper'])
    expect(await family()).toHaveLength(2)
  })

  it('is bound by the goal’s contract where its token does not say more, and counts with its family', async () => {
    const { root, holder, keys } = desk
    const { chain } = await attenuated(root, holder, keys.helper, { tools: { 'box.honest': {} } })
    expect(await callTool(desk, chain, keys.helper, { text: 'secret' })).toMatchObject({ rule: 'T1.frame' })
    expect(await callTool(desk, chain, keys.helper, { text: 'public news', n: 6 })).toMatchObject({ rule: 'T1.frame' })
    const { chain: other } = await attenuated(root, holder, keys.helper)
    const calls = Array.from({ length: 4 }, () => [callTool(desk, chain, keys.helper), callTool(desk, other, keys.helper)]).flat()
    const rules = (await Promise.all(calls)).map(({ rule }) => rule)
    expect(rules.filter((rule) => rule === 'done')).toHaveLength(5)
    expect(new Set(rules)).toEqual(new Set(['done', expect.stringMatching(/^T4\./) as string]))
  })

  it('may ask a decision of the AuthZEN endpoint with it', async () => {
    const { gateway, keys } = desk
    const { helper } = await chains()
    const url = `${gateway.origin}/access/v1/evaluation`
    const decide = async (said: string): Promise<unknown> => {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `DPoP ${helper}`,
          dpop: await proof(keys.helper, 'POST', url, helper),
        },
        body: JSON.stringify({
          subject: { type: 'agent', id: 'helper' },
          action: { name: 'tools/call', properties: { arguments: { text: said } } },
          resource: { type: 'tool', id: 'box.honest' },
          context: { result_bytes: 100 },
        }),
      })
      return ((await response.json()) as { decision: boolean }).decision
    }
    expect([await decide('public news'), await decide('public secrets')]).toEqual([true, false])
  })

  it('does not get away from its token with an access token for its session', async () => {
    const { gateway, keys } = desk
    const { helper } = await chains()
    await callTool(desk, helper, keys.helper)
    const [own] = await family()
    const answer = await askFor(gateway, keys.helper, thief, { type: 'urn:bailiwick:goal', session: own?.id }, 'helper')
    const token = answer.body.access_token
    expect(answer.body['expires_in']).toBeLessThanOrEqual(300)
    expect(await callTool(desk, token, thief, { text: 'public secrets' })).toMatchObject({ rule: 'T1.part' })
    const id = decodeJwt(helper.split('~')[1] as string).jti as string
    await gateway.installation.revocations.revoke({ kind: 'token', id }, { by: 'tests', reason: 'a test' })
    expect(await callTool(desk, token, thief)).toMatchObject({ rule: 'T0.revoked' })
  })
})

describe('the door stays shut', () => {
  const shut = async (chain: string, key: KeyPair, reason: RegExp): Promise<void> => {
    const answer = await callTool(desk, chain, key)
    expect(answer.rule).toBe('401')
    expect(answer.text).toMatch(reason)
    expect(desk.gateway.files.reached()).toEqual([])
    expect(await family()).toEqual([])
  }

  it.each<[string, JsonObject, RegExp]>([
    ['a tool', granting({ 'box.purge': {} }), /wider.*tools/],
    ['a tool of the session that the one above leaves out', granting({ 'box.act': {} }), /wider.*tools/],
    ['a value', text({ constraint_type: 'one_of', values: ['public news', 'public secrets'] }), /wider.*frames/],
    [
      'an argument',
      granting({ 'box.honest': { text: { constraint_type: 'exact', value: 'public news' }, n: { constraint_type: 'wildcard' } } }),
      /wider.*`n`/,
    ],
    ['any argument', granting({ 'box.honest': {} }), /wider/],
    ['life', { exp: seconds() + 4000 }, /wider.*expiry/],
    ['depth', { del_max_depth: 3 }, /allows depth 3/],
    ['a skipped depth', { del_depth: 3 }, /its depth is 3/],
  ])('to a link that widens: %s', async (_, claims, reason) => {
    const { root, holder, keys } = desk
    const { chain } = await attenuated(root, holder, keys.helper)
    await shut(await forged(chain, keys.helper, keys.temp, claims), keys.temp, reason)
  })

  it.each<[string, JsonObject]>([
    ['of a type that is not known', { constraint_type: 'regex', pattern: 'public.*' }],
    ['of no type', { value: 'public news' }],
    ['with a member that is not known', { constraint_type: 'exact', value: 'public news', unless: 'x' }],
    [
      'that holds one of a type that is not known',
      { constraint_type: 'any', constraints: [{ constraint_type: 'cel', expression: 'true' }] },
    ],
  ])('to a constraint %s', async (_, constraint) => {
    await shut(await forged(desk.root, desk.holder, desk.keys.helper, text(constraint)), desk.keys.helper, /authorization_details/)
  })

  it('to a thief without the key, however the token is presented', async () => {
    const { gateway, keys } = desk
    const { helper, temp } = await chains()
    const url = `${gateway.origin}/mcp`
    await shut(helper, thief, /another key/)
    await shut(helper, desk.holder, /another key/)
    await shut(temp, keys.helper, /another key/)
    const attempts = [
      { dpop: null },
      { scheme: 'Bearer' },
      { scheme: 'Bearer', dpop: null },
      { dpop: await proof(keys.helper, 'POST', url, temp) },
      { dpop: await proof(keys.helper, 'POST', url, helper.split('~')[1]) },
      { dpop: await proof(keys.helper, 'GET', url, helper) },
    ]
    for (const change of attempts) expect((await callTool(desk, helper, keys.helper, undefined, change)).rule).toBe('401')
    expect(await family()).toEqual([])
    const once = await proof(keys.helper, 'POST', url, helper)
    const answers = await Promise.all([1, 2, 3].map(() => callTool(desk, helper, keys.helper, undefined, { dpop: once })))
    expect(answers.map(({ rule }) => rule).toSorted()).toEqual(['401', '401', 'done'])
  })

  it('to chains that are cut, put in another order, or of one token', async () => {
    const { keys } = desk
    const { temp } = await chains()
    const [root, first, second] = temp.split('~') as [string, string, string]
    const attempts: [readonly string[], RegExp][] = [
      [[root], /401|./],
      [[root, second], /token 1: it is not issued by the key/],
      [[first, second], /./],
      [[root, second, first], /token 1/],
      [[second, first, root], /./],
      [[root, root, first], /token 1/],
      [[root, first, first], /token 2/],
      [['', root, first], /./],
      [[root, first, ''], /token 2/],
      [Array.from({ length: 17 }, () => 'x'), /no token|first|ours|1 to 16/],
    ]
    for (const [tokens, reason] of attempts) await shut(tokens.join('~'), keys.temp, reason)
  })

  it('to the first token by itself, which is no access token', async () => {
    await shut(desk.root, desk.holder, /not one of ours/)
    await shut(`${desk.root}~`, desk.holder, /token 1/)
  })

  it('to a chain with a link in it that has expired, also when it was known before', async () => {
    const { root, holder, keys } = desk
    const past = await forged(root, holder, keys.helper, { iat: seconds() - 20, exp: seconds() - 10 })
    await shut(past, keys.helper, /token 1: it has expired/)
    const short = await attenuated(root, holder, keys.helper, { expires: seconds() + 2 })
    const { chain } = await attenuated(short.chain, keys.helper, keys.temp, { expires: seconds() + 2 })
    expect(await callTool(desk, chain, keys.temp)).toMatchObject({ rule: 'done' })
    await new Promise((resolve) => setTimeout(resolve, 2100))
    expect(await callTool(desk, chain, keys.temp)).toMatchObject({ rule: '401', text: expect.stringContaining('expired') as string })
  })

  it('below the depth of the rules, also when that was lessened since', async () => {
    const { keys, gateway } = desk
    const { temp } = await chains()
    await expect(attenuated(temp, keys.temp, keys.last)).rejects.toMatchObject({ code: 'DELEGATION_REFUSED' })
    await shut(await forgedBelow(temp), keys.last, /depth 3|its depth is 3|2 is the most/)
    gateway.edit((manifest) => void Object.assign(manifest, { delegation: { depth: 1 } }))
    await gateway.reload()
    expect(await callTool(desk, temp, keys.temp)).toMatchObject({ rule: '401', text: expect.stringContaining('may be 1 times') as string })
    expect(gateway.files.entriesOf('event').at(-1)).toMatchObject({ event: 'refused', subject: 'delegation to temp' })
  })

  it('to a token of ours for another audience, and to a link that is for another', async () => {
    const { gateway, holder, keys } = desk
    await shut(
      await forged(desk.root, holder, keys.helper, { aud: 'https://other.example/mcp' }),
      keys.helper,
      /token 1 is for another audience/,
    )
    const { clock } = gateway.installation.runtime
    const tokenKeys = new FileTokenKeys(
      gateway.path('.bailiwick/keys/gateway.key'),
      gateway.path('.bailiwick/keys/gateway.past.json'),
      clock,
      gateway.installation.devices,
    )
    const server = { issuer: () => gateway.origin, resource: () => 'https://other.example/mcp' }
    const elsewhere = new LocalAuthority({ trustDomain: 'attack.example', keys: tokenKeys, clock, server })
    const grant = { session: desk.session, tools: ['box.honest'], holder: holder.x, agentKey: null, depth: 2, lifetime: 60_000 }
    const { chain } = await attenuated(await elsewhere.issueAttenuable(grant), holder, keys.helper, { expires: seconds() + 50 })
    await shut(chain, keys.helper, /token 0 is for another audience/)
  })

  it('to a chain that begins with somebody else’s token', async () => {
    const { keys, root } = desk
    const other = await new CompactSign(Buffer.from(JSON.stringify(decodeJwt(root))))
      .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT' })
      .sign(thief.privateKey)
    await shut((await attenuated(other, desk.holder, keys.helper)).chain, keys.helper, /not signed by its issuer/)
  })

  it('to agents that are not registered, whose key was taken away, that the holder may not delegate to, or the holder itself', async () => {
    const { root, holder, keys, gateway } = desk
    const to = async (key: KeyPair): Promise<string> => (await attenuated(root, holder, key)).chain
    await shut(await to(thief), thief, /registered for no agent/)
    await shut(await to(keys.stranger), keys.stranger, /may not delegate to `stranger`/)
    await shut(await to(keys.temp), keys.temp, /may not delegate to `temp`/)
    await shut(await to(keys.agent), keys.agent, /may not delegate to `agent`/)
    const chain = await to(keys.helper)
    expect(await callTool(desk, chain, keys.helper)).toMatchObject({ rule: 'done' })
    await gateway.installation.agentKeys.expire({ agent: 'helper', thumbprint: keys.helper.thumbprint }, Date.now(), 'tests')
    expect((await callTool(desk, chain, keys.helper)).rule).toBe('401')
  })

  it('whatever a link says of person, agent, session or goal: these are those of the session above', async () => {
    const { holder, keys, session } = desk
    const says = { sub: 'bob@corp.example', act: { sub: 'x' }, person: 'bob@corp.example', sid: 'ses_x', agent: 'agent', goal: 'other' }
    const chain = await forged(desk.root, holder, keys.helper, says)
    expect(await callTool(desk, chain, keys.helper)).toMatchObject({ rule: 'done' })
    expect(decisionsOf(desk).at(-1)).toMatchObject({ agent: 'helper', person: 'ann@corp.example', goal: 'goal' })
    expect(await family()).toMatchObject([{ parent: session.id }])
  })
})

/** A link below the deepest that there may be, as one who does not keep to it would make it. */
async function forgedBelow(chain: string): Promise<string> {
  const { keys } = desk
  const parent = chain.split('~').at(-1) as string
  const claims = {
    ...decodeJwt(parent),
    iss: `urn:ietf:params:oauth:jwk-thumbprint:sha-256:${await ed25519Thumbprint(keys.temp.x)}`,
    jti: 'one-too-deep',
    del_depth: 3,
    par_hash: hashOf({ signingInput: parent.slice(0, parent.lastIndexOf('.')) }),
    cnf: { jwk: { kty: 'OKP', crv: 'Ed25519', x: keys.last.x } },
  }
  const signed = new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({ alg: 'EdDSA', typ: 'JWT' })
  return `${chain}~${await signed.sign(keys.temp.privateKey)}`
}

describe('whatever is above it', () => {
  const idOf = (chain: string, index: number): string => decodeJwt(chain.split('~')[index] as string).jti as string

  it.each<[string, (chain: string) => Promise<Link> | Link]>([
    ['first token', (chain) => ({ kind: 'token', id: idOf(chain, 0) })],
    ['token in the middle', (chain) => ({ kind: 'token', id: idOf(chain, 1) })],
    ['own token', (chain) => ({ kind: 'token', id: idOf(chain, 2) })],
    ['key of the first token', () => ({ kind: 'key', id: desk.holder.thumbprint })],
    ['key that the first agent is known by', () => ({ kind: 'key', id: desk.keys.agent.thumbprint })],
    ['key in the middle', () => ({ kind: 'key', id: desk.keys.helper.thumbprint })],
    ['own key', () => ({ kind: 'key', id: desk.keys.temp.thumbprint })],
    ['first agent', () => ({ kind: 'agent', id: 'agent' })],
    ['agent in the middle', () => ({ kind: 'agent', id: 'helper' })],
    ['own agent', () => ({ kind: 'agent', id: 'temp' })],
    ['session', () => ({ kind: 'session', id: desk.session.id })],
    ['session in the middle', async () => ({ kind: 'session', id: (await family())[0]?.id ?? '' })],
    ['delegation', async () => ({ kind: 'delegation', id: (await family())[0]?.id.replace('ses_', 'dlg_') ?? '' })],
    ['goal', () => ({ kind: 'goal', id: 'goal' })],
  ])('cuts a chain with the next call once it is revoked: %s', async (_, linkOf) => {
    const { temp } = await chains()
    expect(await callTool(desk, temp, desk.keys.temp)).toMatchObject({ rule: 'done' })
    const link = await linkOf(temp)
    await desk.gateway.installation.revocations.revoke(link, { by: 'tests', reason: 'a test' })
    expect(await callTool(desk, temp, desk.keys.temp)).toMatchObject({ rule: 'T0.revoked' })
    expect(decisionsOf(desk).at(-1)).toMatchObject({ response: 'deny', reason: expect.stringContaining(link.id) as string })
  })

  it.each<[string, (chain: string) => Link]>([
    ['token', (chain) => ({ kind: 'token', id: idOf(chain, 0) })],
    ['token in the middle', (chain) => ({ kind: 'token', id: idOf(chain, 1) })],
    ['key', () => ({ kind: 'key', id: desk.keys.agent.thumbprint })],
    ['agent', () => ({ kind: 'agent', id: 'agent' })],
    ['own agent', () => ({ kind: 'agent', id: 'temp' })],
    ['session', () => ({ kind: 'session', id: desk.session.id })],
  ])('opens no session for a chain that comes after it was revoked: %s', async (_, linkOf) => {
    const { temp } = await chains()
    await desk.gateway.installation.revocations.revoke(linkOf(temp), { by: 'tests', reason: 'a test' })
    const answer = await callTool(desk, temp, desk.keys.temp)
    expect(answer).toMatchObject({ rule: '401', text: expect.stringContaining('was revoked') as string })
    expect((await family()).length).toBeLessThan(2)
  })

  it('cuts it when its session is paused or has ended', async () => {
    const { temp } = await chains()
    const { sessions } = desk.gateway.installation
    expect(await callTool(desk, temp, desk.keys.temp)).toMatchObject({ rule: 'done' })
    await sessions.change(desk.session.id, 'pause', 'tests')
    expect(await callTool(desk, temp, desk.keys.temp)).toMatchObject({ rule: 'T0.delegation' })
    await sessions.change(desk.session.id, 'resume', 'tests')
    expect(await callTool(desk, temp, desk.keys.temp)).toMatchObject({ rule: 'done' })
    await sessions.change(desk.session.id, 'close', 'tests')
    expect(await callTool(desk, temp, desk.keys.temp)).toMatchObject({ rule: 'T0.delegation' })
  })
})

describe('a token that can be attenuated', () => {
  it('is had for one’s own session that is active, and by an Ed25519 key only, as deep as there is left', async () => {
    const { gateway, keys, holder, session, root } = desk
    const detail = { type: 'attenuating_agent_token', session: session.id }
    expect(decodeJwt(root)).toMatchObject({ del_depth: 0, del_max_depth: 2, aud: `${gateway.origin}/mcp`, sid: session.id })
    expect((await askFor(gateway, keys.stranger, holder, detail, 'stranger')).body.error).toBe('invalid_grant')
    expect((await askFor(gateway, keys.agent, holder, { ...detail, session: 'ses_none' }, 'agent')).body.error).toBe('invalid_grant')
    expect((await askFor(gateway, keys.agent, holder, { ...detail, tools: {} }, 'agent')).body.error).toBe('invalid_authorization_details')
    const { temp } = await chains()
    await callTool(desk, temp, keys.temp)
    const last = (await family()).at(-1)?.id
    const tooDeep = await askFor(gateway, keys.temp, holder, { ...detail, session: last }, 'temp')
    expect(tooDeep.body).toMatchObject({ error: 'invalid_grant', error_description: expect.stringContaining('as often as') as string })
    await gateway.installation.sessions.change(session.id, 'close', 'tests')
    expect((await askFor(gateway, keys.agent, holder, detail, 'agent')).body.error).toBe('invalid_grant')
  })
})
