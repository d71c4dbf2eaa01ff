import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { call, fillWithEverything, hostile, longReason } from './told-ledger.ts'
import { httpReceiver, until } from './http-receiver.ts'
import type { Received } from './http-receiver.ts'
import { streamed, webhookSecret, webhookTo } from './streamed-ledger.ts'

interface Message {
  readonly type: string
  readonly timestamp: string
  readonly data: { readonly index: number; readonly agent: string | null; readonly entry: Record<string, unknown> }
}

/** What the official library makes of a request, which it refuses unless it is signed. */
function verified({ body, headers }: Received): Message {
  return new Webhook(webhookSecret).verify(body, headers as Record<string, string>) as Message
}

const idOf = ({ headers }: Received): string => headers['webhook-id'] as string

test('Every entry is posted once, in order, signed so that the official library takes it, hostile texts and all.', async () => {
  const { url, received } = await httpReceiver()
  const { store } = await streamed([webhookTo(`${url}/hook?key=1`)], undefined, fillWithEverything)
  const size = await store.size()
  await until(() => received.length >= size)
  const messages = received.map(verified)
  expect(messages.map(({ data }) => data.index)).toEqual(Array.from({ length: size }, (_, index) => index))
  expect(new Set(received.map(idOf)).size).toBe(size)
  expect(received.every(({ path }) => path === '/hook?key=1')).toBe(true)
  expect(messages.find(({ type }) => type === 'bailiwick.outcome.error')?.data.entry['error']).toBe(hostile)
  expect(messages.find(({ data }) => data.entry['call'] === 'call_long')?.data.entry['reason']).toBe(longReason)
  expect(messages.find(({ type }) => type === 'bailiwick.decision.deny')?.data).toMatchObject({ agent: 'clerk' })
})

test('The library refuses a message of which a byte was changed.', async () => {
  const { url, received } = await httpReceiver()
  await streamed([webhookTo(url)], undefined, (ledger) => ledger.append(call('call_1')))
  await until(() => received.length === 1)
  const [one] = received as [Received]
  expect(() => verified({ ...one, body: Buffer.from(one.body.toString().replace('"allow"', '"deny" ')) })).toThrow(/signature/)
  expect(() => verified({ ...one, headers: { ...one.headers, 'webhook-id': 'msg_other' } })).toThrow(/signature/)
})

test('What is refused is sent again under the same id until it is taken, before anything else, and reported and recorded once.', async () => {
  const { url, received } = await httpReceiver((_, response, nth) => void response.writeHead(nth < 2 ? 500 : 200).end('x'))
  const { store, reports } = await streamed([webhookTo(url)], undefined, async (ledger) => {
    await ledger.append(call('call_1'))
    await ledger.append(call('call_2'))
  })
  await until(() => received.length >= 5)
  const ids = received.map(idOf)
  expect(new Set(ids.slice(0, 3)).size).toBe(1)
  expect(new Set(ids.slice(2)).size).toBe(ids.length - 2)
  expect(received.map((one) => verified(one).data.index).slice(2, 5)).toEqual([0, 1, 2])
  expect(reports.map((line) => line.replace(/127\S+/, 'there'))).toEqual([
    'the export to webhook http://there fails, and is tried again: the receiver answered 500',
    'the export to webhook http://there works again',
  ])
  expect(verified(received[4] as Received)).toMatchObject({
    type: 'bailiwick.event.upstream',
    data: { entry: { detail: 'the receiver answered 500' } },
  })
  expect(await store.size()).toBe(3)
})

test('A receiver that comes and goes is reported each time, and recorded once in a minute.', async () => {
  const { url, received } = await httpReceiver((_, response, nth) => void response.writeHead(nth % 2 === 0 ? 503 : 200).end())
  const { store, reports } = await streamed([webhookTo(url)], undefined, (ledger) => ledger.append(call('call_1')))
  await until(() => reports.length === 4)
  expect(received).toHaveLength(4)
  expect(await store.size()).toBe(2)
})

test('A redirect is not followed.', async () => {
  const elsewhere = await httpReceiver()
  const { url, received } = await httpReceiver((_, response) => void response.writeHead(307, { location: elsewhere.url }).end())
  const { reports } = await streamed([webhookTo(url)], undefined, (ledger) => ledger.append(call('call_1')))
  await until(() => received.length >= 2)
  expect(elsewhere.received).toEqual([])
  expect(reports[0]).toContain('the receiver answered 307')
})

test('A sink gets what its filters name and nothing else.', async () => {
  const { url, received } = await httpReceiver()
  const sinks = [
    webhookTo(`${url}/denied`, { responses: ['deny'] }),
    webhookTo(`${url}/finance`, { labels: ['finance'] }),
    webhookTo(`${url}/approvals`, { types: ['approval'] }),
    webhookTo(`${url}/helper`, { agents: ['helper'] }),
  ]
  const { ledger } = await streamed(sinks, undefined, fillWithEverything)
  await ledger.append(call('call_helper', { agent: 'helper', session: 'ses_2' }))
  const at = (path: string): Message[] => received.filter((one) => one.path === path).map(verified)
  await until(
    () => at('/helper').length === 1 && at('/approvals').length === 5 && at('/denied').length === 2 && at('/finance').length === 1,
  )
  expect(at('/denied').map(({ data }) => data.entry['call'])).toEqual(['call_deny', 'call_long'])
  expect(at('/finance').map(({ data }) => data.entry['call'])).toEqual(['call_long'])
  expect(at('/helper').map(({ data }) => data.entry['call'])).toEqual(['call_helper'])
})

test('A secret that is missing or too short is refused before anything is sent, without being told.', async () => {
  const { url } = await httpReceiver()
  const { use } = await streamed([])
  await expect(use([webhookTo(url, { webhook: { url, secret: { env: 'NONE' } } })])).rejects.toMatchObject({ code: 'SECRET_MISSING' })
  await expect(use([webhookTo(url, { webhook: { url, secret: { env: 'TOKEN' } } })])).rejects.toMatchObject({
    code: 'SECRET_MISSING',
    message: expect.not.stringContaining('Bearer t') as string,
  })
})
