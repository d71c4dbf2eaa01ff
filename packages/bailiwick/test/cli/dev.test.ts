import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { expect, onTestFinished, test } from 'vitest'
import { formatLock } from '../../src/model/lock.ts'
import { pinOf } from '../../src/model/pin.ts'
import { eventually } from '../attack/installation.ts'
import { fixtureServer, folderWith, runCli } from './run-cli.ts'
import { installationFiles, manifest, read, send } from './written-manifest.ts'

const cli = fileURLToPath(new URL('../../../../scripts/bailiwick.ts', import.meta.url))
const structured = { ...read, outputSchema: { type: 'object', properties: { found: { type: 'integer' } }, required: ['found'] } }
const files = {
  ...installationFiles,
  'bailiwick.yaml': manifest.replace(pinOf(read), pinOf(structured)),
  'bailiwick.lock.json': formatLock({ version: 1, toolboxes: { mail: { send, read: structured } } }),
}

/** An agent's client of `bailiwick dev` in a folder, and what the terminal shows. */
async function developing(folder: string): Promise<{ client: Client; shown: () => string }> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: ['--conditions=@bailiwick/source', cli, 'dev', '--agent', 'clerk', '--goal', 'letters'],
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, NO_COLOR: '1' },
    stderr: 'pipe',
  })
  let shown = ''
  transport.stderr?.on('data', (data: Buffer) => (shown += data.toString()))
  const client = new Client({ name: 'agent', version: '1.0.0' })
  await client.connect(transport)
  onTestFinished(() => client.close())
  return { client, shown: () => shown }
}

test('In development every tool is a mock under the rules as they are, and each decision is shown.', async () => {
  // The toolbox's own server could not even be started.
  const folder = folderWith({ ...files, 'bailiwick.yaml': files['bailiwick.yaml'].replace(JSON.stringify(fixtureServer), '"missing.ts"') })
  const { client, shown } = await developing(folder)
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['mail__send', 'mail__read'])
  expect(await client.callTool({ name: 'mail__read', arguments: { to: 'ann' } })).toMatchObject({ structuredContent: { found: 1 } })
  expect(await client.callTool({ name: 'mail__send', arguments: { to: 'ann@corp.example' } })).toMatchObject({
    content: [{ type: 'text', text: '`send` is mocked; it was called with {"to":"ann@corp.example"}' }],
  })
  expect(await client.callTool({ name: 'mail__send', arguments: { to: 'spy@evil.example' } })).toMatchObject({ isError: true })
  await eventually(() => shown().includes('T1.frame'), 'the decision')
  expect(shown()).toMatch(/allow +T2 +mail\.send +contract:letters/)
  expect(shown()).toMatch(/deny +T1 +mail\.send +T1\.frame: `to` must lead to corp\.example/)
})

test('A fixture is what a mock gives back, and rules that are saved come into force.', async () => {
  const folder = folderWith({ ...files, 'fixtures/mail.read.json': '{"found":7}' })
  const { client, shown } = await developing(folder)
  const ask = async () => client.callTool({ name: 'mail__read', arguments: { to: `${Math.random()}` } })
  expect(await ask()).toMatchObject({ structuredContent: { found: 7 } })
  writeFileSync(join(folder, 'fixtures/mail.read.json'), '{"content":[{"type":"text","text":"no such letter"}],"isError":true}')
  expect(await ask()).toMatchObject({ isError: true, content: [{ text: 'no such letter' }] })
  mkdirSync(join(folder, 'policies'))
  writeFileSync(join(folder, 'policies/a.cedar'), '@id("not-now") forbid(principal, action == Action::"mail.read", resource);')
  await eventually(() => shown().includes('in force'), 'the new rules', 20_000)
  expect(await ask()).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('not-now') }] })
})

test('Development leaves the real ledger alone.', async () => {
  const folder = folderWith(files)
  const { client } = await developing(folder)
  await client.callTool({ name: 'mail__send', arguments: { to: 'ann@corp.example' } })
  await client.close()
  expect(existsSync(join(folder, '.bailiwick/bailiwick.db'))).toBe(false)
  expect((await runCli(['log', 'list', '--state', '.bailiwick/dev'], { cwd: folder })).stdout).toContain('mail.send')
})
