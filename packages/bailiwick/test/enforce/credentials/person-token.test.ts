import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { SignJWT } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { cli } from '../../cli/run-cli.ts'
import { authorisationServer } from './authorisation-server.ts'
import { crm } from './crm.ts'
import { lendingFolder, LendingGateway } from './lending-gateway.ts'

const scopes = { read: ['crm.read'], write: ['crm.write'], destructive: ['crm.admin'] }

test('What the person of a session signed in with is exchanged by the gateway that was shown it, and found nowhere.', async () => {
  const server = await authorisationServer()
  const box = await crm(server.url)
  const idToken = await server.idToken('alice')
  const folder = lendingFolder({
    mcp: { url: box.url },
    credential: {
      oauth: { issuer: server.url, clientId: 'bailiwick', clientSecret: { file: 'client' }, grant: 'token-exchange' },
      scopes,
    },
    trust: { people: { issuer: server.url, clientId: 'bailiwick' } },
    files: { client: server.clientSecret, 'person.jwt': idToken },
  })
  const args = ['--conditions=@bailiwick/source', cli, 'mcp', '--agent', 'clerk', '--goal', 'serve', '--person-token', 'person.jwt']
  const transport = new StdioClientTransport({ command: process.execPath, args, cwd: folder, env: { NO_COLOR: '1' }, stderr: 'pipe' })
  let stderr = ''
  transport.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const client = new Client({ name: 'tests', version: '1.0.0' })
  onTestFinished(() => client.close())
  await client.connect(transport)
  const answer = await client.callTool({ name: 'look', arguments: { text: 'whose am I?' } })
  expect(answer.content).toEqual([{ type: 'text', text: 'whose am I?' }])
  expect(box.calls[0]?.claims).toMatchObject({ sub: 'alice', scope: 'crm.read', aud: box.url })
  await client.close()
  // What is on disk but the file that the person keeps it in.
  writeFileSync(join(folder, 'person.jwt'), '')
  const remains = stderr + ['bailiwick.db', 'bailiwick.db-wal'].map((name) => read(join(folder, '.bailiwick', name))).join('')
  expect(remains).toContain('alice')
  for (const secret of [idToken, server.clientSecret, box.calls[0]?.token ?? '']) expect(remains).not.toContain(secret)
})

test('What a person signed in with is shown to nobody but the server that gave it.', async () => {
  const server = await authorisationServer()
  const box = await crm(server.url)
  const foreign = await new SignJWT({ sub: 'alice' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('https://other.example')
    .sign(new Uint8Array(32))
  for (const value of [foreign, 'opaque']) {
    const gateway = await LendingGateway.open({
      mcp: { url: box.url },
      credential: {
        oauth: { issuer: server.url, clientId: 'bailiwick', clientSecret: { env: 'CRM_SECRET' }, grant: 'token-exchange' },
        scopes,
      },
      environment: { CRM_SECRET: server.clientSecret },
      persons: { of: () => Promise.resolve({ value, type: 'id_token', expires: Number.POSITIVE_INFINITY }) },
    })
    expect(await (await gateway.session('alice'))('look')).toMatch(/"isError":true/)
    expect(await gateway.remains()).toContain('what they signed in with is of another server')
  }
  expect(server.asked).toEqual([])
  expect(box.authorizations.size).toBe(0)
})

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    // The log is gone once everything is in the store itself.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
