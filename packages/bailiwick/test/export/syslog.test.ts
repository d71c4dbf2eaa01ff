import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setDefaultCACertificates } from 'node:tls'
import { expect, test } from 'vitest'
import type { ExportRecord } from '../../src/ledger/export/export-record.ts'
import { syslogMessage } from '../../src/ledger/export/syslog-message.ts'
import type { SinkDeclaration } from '../../src/model/export.ts'
import { ScratchLedger } from '../ledger/scratch-ledger.ts'
import { until } from './http-receiver.ts'
import { readSyslog } from './read-syslog.ts'
import { streamed } from './streamed-ledger.ts'
import { certificate, datagramReceiver, streamReceiver } from './syslog-receiver.ts'
import { call, fillWithEverything, recordsOf } from './told-ledger.ts'

const syslogTo = (url: string): SinkDeclaration => ({ from: 'start', syslog: { url } })

test.each(['udp', 'tcp', 'tls'] as const)(
  'Every entry arrives over %s as a message that the grammar of RFC 5424 takes, within its bound.',
  async (kind) => {
    setDefaultCACertificates([certificate])
    const { url, messages } = kind === 'udp' ? await datagramReceiver() : await streamReceiver(kind === 'tls')
    const { store } = await streamed([syslogTo(url)], undefined, fillWithEverything)
    const size = await store.size()
    await until(() => messages.length >= size)
    const read = messages.map(readSyslog)
    expect(read.map(({ data }) => data['entry'])).toEqual(Array.from({ length: size }, (_, index) => String(index)))
    expect(Math.max(...messages.map(({ length }) => length))).toBeLessThanOrEqual(kind === 'udp' ? 2048 : 8192)
    const denied = read.find(({ data }) => data['call'] === 'call_long')
    expect(denied).toMatchObject({
      priority: 13 * 8 + 5,
      app: 'bailiwick',
      process: '-',
      id: 'decision',
      data: { aarm: 'DENY', agent: 'clerk', labels: 'pii,finance' },
    })
    expect(denied?.message).toContain('é=|\\')
  },
)

test('What a hostile text says is shown as what it is, and ends neither a value nor a message.', async () => {
  const scratch = new ScratchLedger()
  const { ledger, store } = scratch.open()
  await fillWithEverything(ledger)
  const records = await recordsOf(store)
  await scratch.remove()
  for (const record of records) {
    const bytes = syslogMessage(record, 'a host\n', 8192)
    expect(readSyslog(bytes).host).toBe('ahost')
    expect(bytes.toString()).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u2028]/)
  }
  const observed = records.find(({ decision }) => decision?.call === 'call_observed') as ExportRecord
  expect(readSyslog(syslogMessage(observed, 'h', 8192)).data['rule']).toBe(
    'a|b=c\\d\\u000d\\u000ae"f]g\\u2028h\\u0000i\\u001b[31mj\\u0085CEF:0|x|y\\u000a<0>1 - fake 💥',
  )
})

test('Values are cut where the whole could not be sent, and half a pair is replaced.', async () => {
  const scratch = new ScratchLedger()
  const { ledger, store } = scratch.open()
  await ledger.append(call('call_1'))
  const [record] = (await recordsOf(store)) as [ExportRecord]
  await scratch.remove()
  const decision = { ...record.decision, rule: `x${'💥'.repeat(500)}`, reason: `\uD83D${'💥'.repeat(9000)}` } as ExportRecord['decision']
  const bytes = syslogMessage({ ...record, decision, entry: decision as ExportRecord['entry'] }, 'h', 2048)
  expect(bytes.length).toBeLessThanOrEqual(2048)
  expect(bytes.length).toBeGreaterThan(2040)
  expect(readSyslog(bytes).data['rule']?.endsWith('💥…')).toBe(true)
})

test('A connection that is cut is opened anew, and nothing that comes after is lost.', async () => {
  const { url, messages, cut } = await streamReceiver(false)
  const { ledger } = await streamed([syslogTo(url)])
  await ledger.append(call('call_1'))
  await until(() => messages.length === 1)
  cut()
  await new Promise((resolve) => setTimeout(resolve, 50))
  await ledger.append(call('call_2'))
  await until(() => messages.some((message) => readSyslog(message).data['call'] === 'call_2'))
})

test('A receiver with a certificate that nobody vouches for gets nothing.', async () => {
  setDefaultCACertificates([])
  const { url, messages } = await streamReceiver(true)
  const { reports } = await streamed([syslogTo(url)], undefined, (ledger) => ledger.append(call('call_1')))
  await until(() => reports.length > 0)
  expect(reports[0]).toContain('certificate')
  expect(messages).toEqual([])
})

test('A receiver that reads nothing holds up nobody, and is left and tried again.', async () => {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.on('error', () => {}).pause()
  }).listen(0, '127.0.0.1')
  await until(() => server.listening)
  const { ledger, store, stop } = await streamed([syslogTo(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`)])
  for (let index = 0; index < 2000; index += 1) void ledger.append(call(`call_${index}`, { reason: 'x'.repeat(7000) }))
  await ledger.append(call('last'))
  expect(await store.size()).toBe(2001)
  await until(() => connections === 1)
  const start = performance.now()
  await stop()
  expect(performance.now() - start).toBeLessThan(3000)
  server.close()
}, 30_000)
