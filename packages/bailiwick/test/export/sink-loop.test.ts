import { expect, test } from 'vitest'
import { SqliteCursorStore } from '../../src/storage/sqlite/sqlite-cursor-store.ts'
import { ScratchLedger } from '../ledger/scratch-ledger.ts'
import { httpReceiver, until } from './http-receiver.ts'
import { streamed, webhookTo } from './streamed-ledger.ts'
import { datagramReceiver } from './syslog-receiver.ts'
import { call } from './told-ledger.ts'

test('A receiver that hangs holds up no decision: hundreds become durable while it has one request, and no second one is opened.', async () => {
  const hanging = await httpReceiver(() => {})
  const { ledger, store, cursors } = await streamed([webhookTo(hanging.url)], undefined, (one) => one.append(call('call_first')))
  await until(() => hanging.received.length === 1)
  const slowest: number[] = []
  for (let index = 0; index < 300; index += 1) {
    const start = performance.now()
    await ledger.append(call(`call_${index}`))
    slowest.push(performance.now() - start)
  }
  expect(Math.max(...slowest)).toBeLessThan(1000)
  expect(await store.size()).toBe(301)
  expect(hanging.received).toHaveLength(1)
  expect(await cursors.cursor(`webhook ${hanging.url}`)).toBe(0)
})

test('What was sent is noted, and a process that comes after goes on from there.', async () => {
  const scratch = new ScratchLedger()
  const { url, received } = await httpReceiver()
  const first = await streamed([webhookTo(url)], scratch, (ledger) => ledger.append(call('call_1')))
  await until(() => received.length === 1)
  await first.stop()
  await first.ledger.append(call('call_2'))
  await streamed([webhookTo(url)], scratch)
  await until(() => received.length >= 2)
  expect(received.map(({ body }) => (JSON.parse(body.toString()) as { data: { index: number } }).data.index)).toEqual([0, 1])
})

test('What was sent just before the end is noted as well, and what was not acknowledged is not.', async () => {
  const { url, received } = await httpReceiver((_, response) => void setTimeout(() => response.writeHead(204).end(), 60))
  const { cursors, stop } = await streamed([webhookTo(url)], undefined, async (ledger) => {
    for (let index = 0; index < 6; index += 1) await ledger.append(call(`call_${index}`))
  })
  await until(() => received.length === 4)
  await stop()
  expect(await cursors.cursor(`webhook ${url}`)).toBe(3)
})

test('A new sink begins with the first entry, or behind the last when it is to begin now.', async () => {
  const { url, received } = await httpReceiver()
  const { ledger, cursors } = await streamed([webhookTo(`${url}/now`, { from: 'now' }), webhookTo(`${url}/start`)], undefined, (one) =>
    one.append(call('call_1')),
  )
  await until(async () => (await cursors.cursor(`webhook ${url}/now`)) === 1)
  await ledger.append(call('call_2'))
  await until(() => received.length === 3)
  expect(received.map(({ path }) => path).sort()).toEqual(['/now', '/start', '/start'])
})

test('A cursor never goes back, and is shared by processes.', async () => {
  const scratch = new ScratchLedger()
  const [one, other] = [new SqliteCursorStore(scratch.open().database), new SqliteCursorStore(scratch.open().database)]
  expect(await one.cursor('a')).toBeNull()
  await one.advance('a', 7)
  await other.advance('a', 3)
  expect(await one.cursor('a')).toBe(7)
  expect(await one.cursor('b')).toBeNull()
  await scratch.remove()
})

test('A ledger that is shorter than what was sent is reported, and nothing is sent of it.', async () => {
  const { url, received } = await httpReceiver()
  const scratch = new ScratchLedger()
  const { database } = scratch.open()
  await new SqliteCursorStore(database).advance(`webhook ${url}`, 100)
  const { reports } = await streamed([webhookTo(url)], scratch, (ledger) => ledger.append(call('call_1')))
  await until(() => reports.length === 1)
  expect(reports[0]).toContain('the first 100 entries were sent already, but there are 1')
  expect(received).toEqual([])
})

test('An entry that was altered in the store is not sent on, and reported; what comes before it is sent.', async () => {
  const { url, messages } = await datagramReceiver()
  const scratch = new ScratchLedger()
  const { reports } = await streamed([{ from: 'start', syslog: { url } }], scratch, async (ledger) => {
    await ledger.append(call('call_1'))
    await ledger.append(call('call_2'))
    await scratch.tamper((database) => database.exec(`UPDATE entries SET body = CAST(body || ' ' AS BLOB) WHERE seq = 1`))
  })
  await until(() => reports.length === 1)
  expect(reports[0]).toContain('entry 1 is not what the ledger wrote')
  await until(() => messages.length === 1)
})

test('Other sinks take the place of those that were.', async () => {
  const { url, received } = await httpReceiver()
  const { ledger, use } = await streamed([webhookTo(`${url}/a`)])
  await ledger.append(call('call_1'))
  await until(() => received.length === 1)
  await use([webhookTo(`${url}/b`)])
  await until(() => received.length === 2)
  await ledger.append(call('call_2'))
  await until(() => received.length === 3)
  expect(received.map(({ path }) => path)).toEqual(['/a', '/b', '/b'])
})
