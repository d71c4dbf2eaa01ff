import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ExportStreams } from '../../src/cli/export/export-streams.ts'
import type { SinkDeclaration } from '../../src/model/export.ts'
import type { Manifest } from '../../src/model/manifest.ts'
import { openGateway } from '../enforce/live-gateway.ts'
import { httpReceiver, until } from './http-receiver.ts'
import { securityEventsTo, transmitting, webhookSecret, webhookTo } from './streamed-ledger.ts'

/** The slowest of forty calls through a gateway that exports to these sinks, in milliseconds. */
async function slowestCall(sinks: readonly SinkDeclaration[], ready: () => boolean): Promise<number> {
  const gateway = await openGateway()
  const { installation, files } = gateway
  const streams = new ExportStreams({
    store: installation.ledgerStore,
    cursors: installation.cursors,
    ledger: installation.runtime.ledger,
    environment: { SECRET: webhookSecret },
    report: () => {},
    tokenKeys: installation.tokenKeys,
  })
  const { revocations } = installation
  await revocations.revoke({ kind: 'agent', id: 'somebody' }, { by: 'tests', reason: '' })
  await streams.use({ manifest: { ...transmitting, export: sinks } as unknown as Manifest, base: files.folder })
  onTestFinished(() => streams.stop())
  await until(ready)
  const agent = await gateway.connect()
  await agent.call('honest', { text: 'first' })
  let slowest = 0
  for (let nth = 0; nth < 40; nth += 1) {
    const start = performance.now()
    const { text } = await agent.call(nth % 2 === 0 ? 'honest' : 'nothing-of-the-kind', { text: String(nth) }).catch(() => ({ text: '' }))
    slowest = Math.max(slowest, performance.now() - start)
    if (nth % 2 === 0) expect(text).toBe(`said ${nth}`)
  }
  await streams.stop()
  return slowest
}

test('Calls through a gateway are as quick beside receivers that hang as with none.', async () => {
  const hanging = await httpReceiver(() => {})
  const deaf = createServer((socket) => void socket.on('error', () => {}).pause()).listen(0, '127.0.0.1')
  await until(() => deaf.listening)
  const alone = await slowestCall([], () => true)
  const beside = await slowestCall(
    [
      webhookTo(hanging.url),
      { from: 'start', otlp: { url: `${hanging.url}/v1/traces` } },
      { from: 'start', syslog: { url: `tcp://127.0.0.1:${(deaf.address() as AddressInfo).port}` } },
      webhookTo('http://127.0.0.1:9/refused'),
      securityEventsTo(`${hanging.url}/events`),
    ],
    () => hanging.received.some(({ path }) => path === '/events') && hanging.received.length > 2,
  )
  deaf.close()
  // A decision that waited for a receiver would wait for ten seconds.
  expect(beside).toBeLessThan(alone + 1000)
}, 60_000)
