import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, expect, it } from 'vitest'
import { eventually } from '../../attack/installation.ts'
import { openGateway } from '../live-gateway.ts'
import type { LiveGateway } from '../live-gateway.ts'
import { askToken, keyPair, proof } from '../oauth/agent-client.ts'
import { EnforcementPoint, evaluation } from './enforcement-point.ts'

const path = '/access/v1/evaluation'
const paths = ['evaluation', 'evaluations', 'search/subject', 'search/resource', 'search/action'].map((name) => `/access/v1/${name}`)
const call = evaluation('box.honest', { text: 'a' })

let gateway: LiveGateway
let point: EnforcementPoint
beforeEach(async () => {
  gateway = await openGateway()
  point = await EnforcementPoint.open(gateway)
})

const decided = (): number => gateway.files.entriesOf('decision').length

it.each(paths)('%s answers nobody without a token that holds, and tells how to get one.', async (endpoint) => {
  for (const authorization of ['', 'Bearer x.y.z', 'Basic YTpi', `Bearer ${point.token}x`, `DPoP ${point.token}`]) {
    const { status, headers } = await point.post(endpoint, call, { authorization, 'x-request-id': 'r' })
    expect([status, headers.get('x-request-id')]).toEqual([401, 'r'])
    expect(headers.get('www-authenticate')).toContain('resource_metadata=')
  }
  expect(decided()).toBe(0)
})

it('Nobody asks in the name of another, or of another session, and that somebody tried is in the ledger.', async () => {
  const other = await EnforcementPoint.open(gateway)
  const subjects = [
    { type: 'agent', id: 'other' },
    { type: 'user', id: 'agent' },
    { type: 'agent', id: 'spiffe://evil.example/agent/agent' },
  ]
  for (const subject of subjects) expect((await point.post(path, { ...call, subject })).status).toBe(403)
  expect((await point.post(path, { ...call, context: { session: other.session } })).status).toBe(403)
  for (const context of [{ session: 1 }, { session: null }, { supported_obligations: 'all' }, 'x', null])
    expect((await point.post(path, { ...call, context })).status).toBe(400)
  const search = { subject: { type: 'agent', id: 'other' }, resource: { type: 'tool', id: 'box.honest' } }
  expect((await point.post('/access/v1/search/action', search)).status).toBe(403)
  expect(decided()).toBe(0)
  expect(gateway.files.entriesOf('event').filter(({ event }) => event === 'refused')).toHaveLength(10)
})

it('A request without the arguments is no request for a call without any.', async () => {
  const { action: _, ...rest } = call as { action: object }
  for (const action of [{ name: 'tools/call' }, { name: 'tools/call', properties: {} }]) {
    const { body } = await point.post(path, { ...rest, action, context: { arguments: { text: 'a' } } })
    expect(body).toMatchObject({ decision: false, context: { error: { status: 400 } } })
  }
  for (const args of ['a', [], null, 1])
    expect((await point.post(path, { ...rest, action: { name: 'tools/call', properties: { arguments: args } } })).status).toBe(400)
  expect(decided()).toBe(0)
})

it('What two readers could read differently is not read at all.', async () => {
  const text = JSON.stringify(call)
  const hostile = [
    text.replace('"type":"agent"', '"type":"user","type":"agent"'),
    text.replace('"text":"a"', '"text":"b","text":"a"'),
    text.replace('"text":"a"', '"text":"b","te\\u0078t":"a"'),
    text.replace('"text":"a"', '"text":"a","__proto__":{"x":1}'),
    text.replace('"text":"a"', '"text":"\\ud800"'),
    text.replace('"text":"a"', `"text":"a","n":1e999`),
    text.replace('"text":"a"', `"text":"a","open":{"x":${'['.repeat(100)}${']'.repeat(100)}}`),
    `${text}x`,
    `﻿${text}`.replace('{', '[{'),
  ]
  for (const body of hostile) expect([body.slice(0, 200), (await point.post(path, body)).status]).toEqual([body.slice(0, 200), 400])
  expect((await point.post(path, text.replace('"a"', `"${'x'.repeat(9 * 1024 * 1024)}"`))).status).toBe(413)
  expect(decided()).toBe(0)
})

it('A boxcar holds a hundred at most, and items that are none inherit nothing.', async () => {
  const many = { ...call, evaluations: Array.from({ length: 101 }, () => ({})) }
  expect((await point.post('/access/v1/evaluations', many)).status).toBe(400)
  const { body } = await point.post<{ evaluations: { decision: boolean }[] }>('/access/v1/evaluations', {
    ...call,
    evaluations: [[], 'x', 1, null, true, { subject: null }],
  })
  expect(body.evaluations.map(({ decision }) => decision)).toEqual([false, false, false, false, false, false])
  expect(decided()).toBe(0)
})

it('What is unknown to the inventory, or to the contract, is denied like any other call.', async () => {
  for (const tool of ['box.none', 'none', '', '__proto__', 'constructor', 'honest', `box.${'x'.repeat(5000)}`])
    expect(await point.may(tool, { text: 'a' })).toMatchObject({ decision: false, context: { rule: 'T1.inventory' } })
})

it.each(['revoke', 'pause', 'close'] as const)('Of a session after `%s` nothing is permitted, and nothing is found.', async (change) => {
  expect((await point.may('box.honest', { text: 'a' })).decision).toBe(true)
  await gateway.installation.sessions.change(point.session, change, 'tests')
  expect(await point.may('box.honest', { text: 'a' })).toMatchObject({ decision: false, context: { tier: 'T0' } })
  const search = { subject: { type: 'agent', id: 'agent' }, resource: { type: 'tool', id: 'box.honest' } }
  expect((await point.post('/access/v1/search/action', search)).body).toMatchObject({ results: [] })
})

it('What is revoked is refused from the next evaluation on, and each of a boxcar.', async () => {
  await gateway.installation.revocations.revoke({ kind: 'agent', id: 'agent' }, { by: 'tests', reason: 'a test' })
  const { body } = await point.post<{ evaluations: object[] }>('/access/v1/evaluations', { evaluations: [call, call] })
  const revoked = { decision: false, context: { rule: 'T0.revoked' } }
  expect(body.evaluations).toMatchObject([revoked, revoked])
})

it('A token that is bound to a key is of use with a proof for this very endpoint, once.', async () => {
  const [own, holder, stranger] = await Promise.all([keyPair(), keyPair(), keyPair()])
  await gateway.installation.agentKeys.register('agent', own.x, 'tests', null)
  const { access_token: token } = (await askToken(gateway, own, holder)).body
  const url = `${gateway.origin}${path}`
  const ask = async (dpop: string, endpoint = path): Promise<number> =>
    (await point.post(endpoint, call, { authorization: `DPoP ${token}`, dpop })).status
  const once = await proof(holder, 'POST', url, token)
  expect([await ask(once), await ask(once), decided()]).toEqual([200, 401, 1])
  const attacks = [
    await ask(await proof(holder, 'POST', `${gateway.origin}/mcp`, token)),
    await ask(await proof(holder, 'POST', url, token), '/access/v1/evaluations'),
    await ask(await proof(stranger, 'POST', url, token)),
    await ask(await proof(holder, 'GET', url, token)),
    (await point.post(path, call, { authorization: `Bearer ${token}` })).status,
  ]
  expect([attacks, decided()]).toEqual([[401, 401, 401, 401, 401], 1])
})

it('A page of another site cannot ask, nor can one that has its name lead here.', async () => {
  expect((await fetch(`${gateway.origin}${path}`, { method: 'POST', headers: { origin: 'https://evil.example' } })).status).toBe(403)
  expect(decided()).toBe(0)
})

it('Of a boxcar whose sender has gone, the rest is not decided.', async () => {
  const gone = new AbortController()
  const evaluations = Array.from({ length: 100 }, (_, index) => evaluation('box.honest', { text: `${index}` }))
  const answer = fetch(`${gateway.origin}/access/v1/evaluations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${point.token}` },
    body: JSON.stringify({ evaluations }),
    signal: gone.signal,
  })
  answer.catch(() => {})
  await eventually(() => decided() > 0, 'a decision')
  gone.abort()
  await expect(answer).rejects.toThrow('aborted')
  await sleep(500)
  const count = decided()
  expect(count).toBeLessThan(100)
  await sleep(300)
  expect(decided()).toBe(count)
})
