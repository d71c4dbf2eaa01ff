import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { openRecords } from '../../src/cli/installation.ts'
import type { Records } from '../../src/cli/installation.ts'
import { folderWith, runCli } from '../cli/run-cli.ts'
import { httpReceiver, until } from './http-receiver.ts'
import type { Received } from './http-receiver.ts'
import { installedLedger } from './installed-ledger.ts'
import { webhookSecret } from './streamed-ledger.ts'
import { call } from './told-ledger.ts'

const cli = fileURLToPath(new URL('../../../../scripts/bailiwick.ts', import.meta.url))

/** A process of `bailiwick` in a folder, killed when the test is over. */
function bailiwick(cwd: string, ...args: string[]): ChildProcess {
  const env = { PATH: process.env['PATH'] ?? '', HOME: cwd, NO_COLOR: '1', SECRET: webhookSecret }
  const child = spawn(process.execPath, ['--conditions=@bailiwick/source', cli, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** The records of an installation, closed when the test is over. */
async function recordsIn(cwd: string): Promise<Records> {
  const records = await openRecords({ manifest: `${cwd}/bailiwick.yaml`, state: null }, () => {})
  onTestFinished(() => records.close())
  return records
}

const sinksAt = (url: string, more = ''): string => `export: [{ webhook: { url: "${url}", secret: { env: SECRET } }${more} }]\n`
const indexOf = ({ body }: Received): number => (JSON.parse(body.toString()) as { data: { index: number } }).data.index

test('Killed in the middle and started again, it loses nothing; what comes twice has the same id.', async () => {
  const { url, received } = await httpReceiver((_, response) => void setTimeout(() => response.writeHead(204).end(), 2))
  const cwd = folderWith()
  const entries = await installedLedger(
    cwd,
    async (ledger) => {
      await Promise.all(Array.from({ length: 400 }, (_, index) => ledger.append(call(`call_${index}`))))
    },
    sinksAt(url),
  )
  for (const enough of [50, 150, 250]) {
    const child = bailiwick(cwd, 'export', '--follow')
    await until(() => new Set(received.map(indexOf)).size >= enough)
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  const last = bailiwick(cwd, 'export', '--follow')
  await until(() => new Set(received.map(indexOf)).size === entries)
  const { cursors } = await recordsIn(cwd)
  await until(async () => (await cursors.cursor(`webhook ${url}`)) === entries)
  last.kill('SIGTERM')
  const [code] = (await once(last, 'exit')) as [number]
  expect(code).toBe(0)
  const ids = new Map<number, Set<unknown>>()
  for (const one of received) ids.set(indexOf(one), (ids.get(indexOf(one)) ?? new Set()).add(one.headers['webhook-id']))
  expect([...ids.values()].every((of) => of.size === 1)).toBe(true)
  expect(received.length).toBeGreaterThan(entries)
})

test('`up` sends what is recorded while it serves, to a receiver that comes late as well, and stops at once beside one that hangs.', async () => {
  const { url, received } = await httpReceiver((one, response) => {
    if (one.path === '/hangs') return
    response.writeHead(204).end()
  })
  const cwd = folderWith()
  await installedLedger(
    cwd,
    async () => {},
    `export: [{ webhook: { url: "${url}", secret: { env: SECRET } } }, { webhook: { url: "${url}/hangs", secret: { env: SECRET } } }]\n`,
  )
  const child = bailiwick(cwd, 'up', '--port', '0')
  await until(() => received.length >= 3)
  const { ledger, ledgerStore } = await recordsIn(cwd)
  await ledger.append(call('call_1'))
  const size = await ledgerStore.size()
  await until(() => received.filter(({ path }) => path === '/').length === size)
  expect(received.filter(({ path }) => path === '/hangs')).toHaveLength(1)
  const start = performance.now()
  child.kill('SIGTERM')
  const [code] = (await once(child, 'exit')) as [number]
  expect(code).toBe(0)
  expect(performance.now() - start).toBeLessThan(4000)
})

test('Without a sink, with a missing secret, or with options of the other kind it is refused.', async () => {
  const cwd = folderWith()
  await installedLedger(cwd, async () => {})
  expect(await runCli(['export', '--follow'], { cwd })).toMatchObject({ code: 2, stderr: expect.stringContaining('USAGE') as string })
  expect(await runCli(['export', '--follow', '--format', 'cef'], { cwd })).toMatchObject({ code: 2 })
  await installedLedger(cwd, async () => {}, sinksAt('http://127.0.0.1:9'))
  const missing = await runCli(['export', '--follow'], { cwd })
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('SECRET_MISSING') as string })
  expect(await runCli(['up', '--port', '0'], { cwd })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('SECRET_MISSING') as string,
  })
})

test('`doctor` says whether the secrets of sinks are there and of the right form.', async () => {
  const cwd = folderWith()
  await installedLedger(cwd, async () => {}, sinksAt('https://siem.corp.example/hook'))
  const secretLine = async (env: Record<string, string>): Promise<string | undefined> =>
    (await runCli(['doctor'], { cwd, env })).stdout.split('\n').find((line) => line.includes('siem.corp.example'))
  expect(await secretLine({ SECRET: webhookSecret })).toContain('from the variable `SECRET`')
  expect(await secretLine({ SECRET: 'short' })).toContain('is not `whsec_`')
  expect(await secretLine({})).toContain('not set')
})

test.each<[string, string, string]>([
  ['an agent that nobody declared', 'export: [{ syslog: { url: "udp://localhost" }, agents: [clark] }]', 'MANIFEST_REFERENCE'],
  ['a label that no tool has', 'export: [{ syslog: { url: "udp://localhost" }, labels: [pi] }]', 'MANIFEST_REFERENCE'],
  ['two kinds in one sink', 'export: [{ syslog: { url: "udp://localhost" }, otlp: { url: "http://localhost" } }]', 'MANIFEST_TYPE'],
  ['two sinks of one name', 'export: [{ syslog: { url: "udp://a" } }, { syslog: { url: "udp://a" } }]', 'MANIFEST_TYPE'],
  ['a secret in the manifest itself', 'export: [{ webhook: { url: "https://a", secret: whsec_abc } }]', 'MANIFEST_TYPE'],
  ['a password in an address', 'export: [{ otlp: { url: "https://ann:pw@a" } }]', 'MANIFEST_TYPE'],
  ['syslog over http', 'export: [{ syslog: { url: "http://a" } }]', 'MANIFEST_TYPE'],
  ['an unknown filter', 'export: [{ syslog: { url: "udp://a" }, tools: [mail.send] }]', 'MANIFEST_UNKNOWN_KEY'],
  ['events in the clear', 'export: [{ securityEvents: { url: "http://a", audience: a } }]', 'MANIFEST_TYPE'],
  ['a filter of events', 'export: [{ securityEvents: { url: "https://a", audience: a }, agents: [clerk] }]', 'MANIFEST_TYPE'],
  ['events for nobody', 'export: [{ securityEvents: { url: "https://a" } }]', 'MANIFEST_TYPE'],
  ['events by nobody', 'export: [{ securityEvents: { url: "https://a", audience: a } }]', 'MANIFEST_REFERENCE'],
  ['no sink at all', 'export: []', 'MANIFEST_TYPE'],
])('`check` finds %s.', async (_, exported, code) => {
  const cwd = folderWith()
  await installedLedger(cwd, async () => {})
  writeFileSync(`${cwd}/bailiwick.yaml`, `${readFileSync(`${cwd}/bailiwick.yaml`, 'utf8')}${exported}\n`)
  const { code: exit, stdout } = await runCli(['check', '--json'], { cwd })
  expect(exit).toBeGreaterThan(0)
  expect(stdout).toContain(code)
})
