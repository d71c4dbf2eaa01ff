import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { authorisationServer } from '../enforce/credentials/authorisation-server.ts'
import { crm } from '../enforce/credentials/crm.ts'
import { lendingFolder } from '../enforce/credentials/lending-gateway.ts'
import { runCli } from './run-cli.ts'

interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}

test('The doctor says of each credential whether it can be had, of each scope, and shows none.', async () => {
  const server = await authorisationServer()
  const box = await crm(server.url)
  const key = `canary-${crypto.randomUUID()}`
  const plan = (oauth: Readonly<Record<string, unknown>> = {}): Parameters<typeof lendingFolder>[0] => ({
    mcp: { url: box.url, headers: { 'X-File': { file: 'key' }, 'X-Command': { command: ['cat', 'key'] } } },
    credential: {
      oauth: { issuer: server.url, clientId: 'bailiwick', clientSecret: { env: 'CRM_SECRET' }, ...oauth },
      scopes: { read: ['crm.read'], write: ['crm.write'] },
      tools: { drop: ['crm.admin'] },
    },
    files: { key },
  })
  const doctor = async (cwd: string, ...args: string[]): Promise<Record<string, string>> => {
    const { stdout, stderr } = await runCli(['doctor', '--json', ...args], { cwd, env: { CRM_SECRET: server.clientSecret } })
    expect(stdout + stderr).not.toContain(key)
    expect(stdout + stderr).not.toContain(server.clientSecret)
    for (const authorization of box.authorizations) expect(stdout + stderr).not.toContain(authorization.slice('Bearer '.length))
    const { checks } = JSON.parse(stdout) as { checks: Check[] }
    return Object.fromEntries(
      checks
        .filter(({ name }) => /^(secret|credential|toolbox) /.test(name))
        .map(({ name, ok, detail }) => [name, `${ok ? '✓' : '✗'} ${detail}`]),
    )
  }
  const folder = lendingFolder(plan())
  expect(await doctor(folder)).toEqual({
    'secret crm X-File': '✓ from the file `key`',
    'secret crm X-Command': '✓ from the command `cat`',
    'secret crm clientSecret': '✓ from the variable `CRM_SECRET`',
    'credential crm crm.read': `✓ \`${server.url}\` gives a token`,
    'credential crm crm.write': `✓ \`${server.url}\` gives a token`,
    'credential crm crm.admin': `✓ \`${server.url}\` gives a token`,
    'toolbox crm': '✓ starts; 3 tools are as they were pinned',
  })
  writeFileSync(join(folder, 'key'), key)
  chmodSync(join(folder, 'key'), 0o644)
  server.revoked = true
  const failed = await doctor(folder)
  expect(failed['secret crm X-File']).toContain('✗ the secret file')
  expect(failed['credential crm crm.write']).toContain(
    '✗ no token for the toolbox `crm` can be had: its authorisation server refuses it with status 401',
  )
  expect(Object.keys(await doctor(folder, '--offline'))).toEqual(['secret crm X-File', 'secret crm X-Command', 'secret crm clientSecret'])
  server.revoked = false
  const exchanged = await doctor(lendingFolder(plan({ grant: 'token-exchange' })))
  expect(exchanged['credential crm crm.read']).toBe(`✓ \`${server.url}\` answers; a token is given once a person has signed in`)
})
