import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openInstallation } from '../../../src/cli/installation.ts'
import { authorisationServer } from './authorisation-server.ts'
import { crm } from './crm.ts'
import { LendingGateway } from './lending-gateway.ts'

test('What is revoked while the toolbox is still to be lent a token does not reach it, however soon the token comes.', async () => {
  const server = await authorisationServer()
  const box = await crm(server.url)
  const gateway = await LendingGateway.open({
    mcp: { url: box.url },
    credential: {
      oauth: { issuer: server.url, clientId: 'bailiwick', clientSecret: { env: 'CRM_SECRET' } },
      scopes: { read: ['crm.read'], write: ['crm.write'], destructive: ['crm.admin'] },
    },
    environment: { CRM_SECRET: server.clientSecret },
  })
  const other = await openInstallation({ manifest: join(gateway.folder, 'bailiwick.yaml'), state: null }, () => {})
  onTestFinished(() => other.close())
  const call = await gateway.session()
  expect(await call('look')).toContain('"text":"hello"')
  let revoked = Promise.resolve(false)
  server.answer = (path, response) => {
    if (path.includes('token'))
      // In force before the server has answered.
      revoked = other.runtime.revocations.revoke({ kind: 'agent', id: 'clerk' }, { by: 'tests', reason: 'it misbehaves' })
    return response.writableEnded
  }
  expect(await call('change')).toContain('T0.revoked')
  expect(await revoked).toBe(true)
  expect(box.calls.map(({ tool }) => tool)).toEqual(['look'])
  expect((await gateway.outcomes(2)).map(({ status }) => status)).toEqual(['ok', 'cancelled'])
})
