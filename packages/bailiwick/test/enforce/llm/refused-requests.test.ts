import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { longestRequest } from '../../../src/enforce/llm/model-request.ts'
import { eventually } from '../../attack/installation.ts'
import { hello, plainAnswer, provider, recorded } from './recorded-models.ts'
import type { Recorded } from './recorded-models.ts'

/** What the ledger says of requests that were refused. */
const refusals = async ({ entries }: Recorded): Promise<string[]> =>
  (await entries()).flatMap((entry) => (entry.type === 'event' && entry.event === 'refused' ? [entry.detail] : []))

const text = JSON.stringify(hello)
test.each<[string, string, RequestInit & { path?: string }, number]>([
  ['another path', '{}', { path: '/embeddings' }, 404],
  ['messages in another room', text, { path: '/threads/1/messages' }, 404],
  ['a batch', text, { path: '/messages/batches' }, 404],
  ['a count of tokens', text, { path: '/messages/count_tokens' }, 404],
  ['a path that climbs', text, { path: '/../../v1/files' }, 401],
  ['a parameter', text, { path: '/chat/completions?key=abc' }, 400],
  ['another method', text, { method: 'PUT' }, 405],
  ['a form', text, { headers: { 'content-type': 'text/plain' } }, 415],
  ['a compressed body', text, { headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } }, 415],
  ['no JSON', '{"model":', {}, 400],
  ['nothing', '', {}, 400],
  ['a list', '[]', {}, 400],
  ['a key given twice', '{"model":"a","model":"b","messages":[]}', {}, 400],
  ['half of a pair', String.raw`{"model":"a","messages":["\ud800"]}`, {}, 400],
  ['a number beyond all bounds', '{"model":"a","messages":[],"seed":1e999}', {}, 400],
  ['`__proto__`', '{"model":"a","messages":[],"__proto__":{}}', {}, 400],
  ['deep nesting', `{"model":"a","messages":${'['.repeat(100)}${']'.repeat(100)}}`, {}, 400],
  ['no model', '{"messages":[]}', {}, 400],
  ['no messages', '{"model":"a"}', {}, 400],
  ['a model that is no text', '{"model":1,"messages":[]}', {}, 400],
  ['`stream` that is neither', '{"model":"a","messages":[],"stream":"yes"}', {}, 400],
  ['an answer to be fetched later', '{"model":"a","input":"x","background":true}', { path: '/responses' }, 400],
])('A request with %s is refused with a reason, recorded as refused, and not forwarded.', async (_, body, init, status) => {
  const { url, asked } = await provider((_asked, response) => plainAnswer(response))
  const one = await recorded(url)
  const { path = '/chat/completions', ...rest } = init
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${one.gateway.openai}${path}`, { method: 'POST', headers, ...rest, body })
  const { error } = (await response.json()) as { error: { type: string; message: string } }
  expect([response.status, error.type]).toEqual([status, 'bailiwick'])
  expect(asked).toEqual([])
  expect(await one.models()).toEqual([])
  // Whoever does not have the address is nobody's agent.
  expect(await refusals(one)).toEqual(status === 401 ? [] : [error.message])
})

test('A body that is not UTF-8 is refused.', async () => {
  const { url, asked } = await provider((_, response) => plainAnswer(response))
  const { gateway } = await recorded(url)
  const body = Buffer.concat([Buffer.from('{"model":"a","messages":["'), Buffer.from([0xff]), Buffer.from('"]}')])
  const response = await fetch(`${gateway.openai}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  expect(response.status).toBe(400)
  expect(asked).toEqual([])
})

test('A body that is too long is refused, and one that is as long as may be is not.', async () => {
  const { url, asked } = await provider((_, response) => plainAnswer(response))
  const one = await recorded(url)
  const around = JSON.stringify({ ...hello, messages: [''] }).length
  const long = (length: number): string => JSON.stringify({ ...hello, messages: ['x'.repeat(length - around)] })
  const refused = await one.ask(long(longestRequest + 1))
  expect([refused.status, await refused.json()]).toMatchObject([413, { error: { message: `the request is over ${longestRequest} bytes` } }])
  expect(asked).toEqual([])
  expect((await one.ask(long(longestRequest))).status).toBe(200)
  expect(asked[0]?.body).toHaveLength(longestRequest)
})

/** A request as no well-behaved client makes it. Resolves to its status. */
function rawRequest(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    sent.on('error', reject)
    sent.end(text)
  })
}

test('Other hosts, pages of browsers, and whoever does not have the address are turned away.', async () => {
  const { url, asked } = await provider((_, response) => plainAnswer(response))
  const one = await recorded(url)
  const good = `${one.gateway.openai}/chat/completions`
  const { origin, pathname } = new URL(good)
  expect(await rawRequest(good, { host: 'evil.example' })).toBe(403)
  expect(await rawRequest(good, { host: `127.0.0.1.evil.example:${new URL(good).port}` })).toBe(403)
  expect(await rawRequest(good, { origin: 'https://evil.example' })).toBe(403)
  expect(await rawRequest(good, { origin: 'null' })).toBe(403)
  expect(await rawRequest(`${origin}/v1/chat/completions`, {})).toBe(401)
  expect(await rawRequest(`${origin}${pathname.replace(/^\/./, '/!')}`, {})).toBe(401)
  expect(await rawRequest(`${origin}/${'%C3%A4'.repeat(32)}/v1/chat/completions`, {})).toBe(401)
  expect([asked, await one.models(), await refusals(one)]).toEqual([[], [], []])
  expect(await rawRequest(good, { host: `localhost:${new URL(good).port}` })).toBe(200)
  expect(asked).toHaveLength(1)
})

test('What is under way when its session is revoked is cut off, recorded as that, and the provider is told.', async () => {
  let closed = 0
  const { url, asked } = await provider(({ body }, response) => {
    response.on('close', () => (closed += 1))
    if (body.includes('stream')) response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {}\n\n')
  })
  const { ask, installation, session, answered, gateway } = await recorded(url)
  const streaming = (await ask({ ...hello, stream: true })).text()
  const waiting = ask(hello)
  await eventually(() => asked.length === 2, 'the questions')
  await installation.sessions.change(session, 'revoke', 'ann')
  await expect(streaming).rejects.toThrow()
  const told = await waiting
  expect([told.status, await told.json()]).toMatchObject([403, { error: { message: expect.stringContaining('was revoked') as string } }])
  await eventually(() => closed === 2, 'the end of both connections')
  await gateway.close()
  const cut = { status: 'aborted', error: expect.stringContaining('was revoked') as string }
  expect(await answered()).toMatchObject([cut, cut])
})

test('A revocation of what the session descends from holds for models, too, until it is lifted.', async () => {
  const { url, asked } = await provider((_, response) => plainAnswer(response))
  const { ask, installation } = await recorded(url)
  const { revocations } = installation
  const cause = { by: 'ann', reason: 'lost' }
  await revocations.revoke({ kind: 'agent', id: 'clerk' }, cause)
  const refused = await ask(hello)
  expect([refused.status, await refused.json()]).toMatchObject([
    403,
    { error: { message: expect.stringContaining('was revoked') as string } },
  ])
  expect(asked).toEqual([])
  await revocations.lift({ kind: 'agent', id: 'clerk' }, cause)
  expect((await ask(hello)).status).toBe(200)
})

test.each([
  ['close', 'the session is closed'],
  ['pause', 'the session is paused'],
] as const)(
  'Once a session was changed by `%s`, its agent may ask no more; what was under way comes to its end.',
  async (change, reason) => {
    let end = (): void => {}
    const { url, asked } = await provider((_, response) => {
      end = () => plainAnswer(response)
    })
    const one = await recorded(url)
    const { ask, installation, session, answered } = one
    const under = ask(hello)
    await eventually(() => asked.length === 1, 'the question')
    await installation.sessions.change(session, change, 'ann')
    const refused = await ask(hello)
    expect([refused.status, await refused.json()]).toMatchObject([403, { error: { message: reason } }])
    expect(await refusals(one)).toEqual([reason])
    end()
    expect((await under).status).toBe(200)
    await (await under).text()
    expect(await answered()).toMatchObject([{ status: 'ok' }])
    expect(asked).toHaveLength(1)
    if (change !== 'pause') return
    await installation.sessions.change(session, 'resume', 'ann')
    const again = ask(hello)
    await eventually(() => asked.length === 2, 'the question')
    end()
    expect((await again).status).toBe(200)
  },
)

test('A session is over when the time that its goal allows is, however often its credential was renewed.', async () => {
  let now = Date.UTC(2026, 0, 15, 12)
  const { url, asked } = await provider((_, response) => plainAnswer(response))
  const { ask } = await recorded(url, {
    clock: () => now,
    manifest: (yaml) => yaml.replace('    tools: { mail.send', '    limits: { minutes: 60 }\n    tools: { mail.send'),
  })
  expect((await ask(hello)).status).toBe(200)
  now += 59 * 60_000
  expect((await ask(hello)).status).toBe(200)
  now += 60_000
  const refused = await ask(hello)
  expect([refused.status, await refused.json()]).toMatchObject([
    403,
    { error: { message: 'the session has lasted the 60 minutes that its goal allows' } },
  ])
  expect(asked).toHaveLength(2)
})

test('An agent that goes away while it asks has asked nothing.', async () => {
  const { url, asked } = await provider((_, response) => plainAnswer(response))
  const { gateway, models, reports } = await recorded(url)
  const sent = request(`${gateway.openai}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': '1000' },
  })
  sent.on('error', () => {})
  sent.write('{"model":')
  await sleep(50)
  sent.destroy()
  await sleep(100)
  await gateway.close()
  expect([asked, await models(), reports]).toEqual([[], [], []])
})
