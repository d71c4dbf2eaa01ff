import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { httpReceiver, until } from './http-receiver.ts'
import type { Received } from './http-receiver.ts'
import { OwnGateway } from './two-gateways.ts'

const berlin = 'https://berlin.corp.example'
const paris = 'https://paris.corp.example'

/** Has one gateway take the other's events. */
async function trusting(here: OwnGateway, there: OwnGateway): Promise<void> {
  here.write('there.json', await there.keys())
  here.declare(`trust: { events: [{ issuer: "${there.name}", audience: "${here.name}", jwks: there.json }] }`)
}

const sinkAt = (url: string, audience: string, more = ''): string => `{ securityEvents: { url: "${url}", audience: "${audience}" }${more} }`

test('What one gateway revokes stops the sessions of another at once, and the two come to rest.', async () => {
  const [a, b] = [new OwnGateway(berlin), new OwnGateway(paris)]
  await Promise.all([a.up(), b.up()])
  await Promise.all([trusting(a, b), trusting(b, a)])
  const [toB, toA] = [`${b.origin}/oauth/events`, `${a.origin}/oauth/events`]
  a.declare(`export: [${sinkAt(toB, paris)}]`)
  b.declare(`export: [${sinkAt(toA, berlin)}]`)
  const session = await b.session()
  expect(await session.send()).toContain('allow')

  await until(async () => (await a.settled(`securityEvents ${toB}`)) && (await b.settled(`securityEvents ${toA}`)))
  await a.run('revoke', 'agent', 'clerk', '--because', 'incident 42')
  await until(async () => (await b.stateOf(session.id)) === 'revoked')
  expect(await session.send().catch(String)).toMatch(/revoked/)
  const ended = { event: 'revoked', kind: 'session', id: session.id, by: `event of ${berlin}`, reason: 'session-revoked' }
  expect(await b.revocations()).toMatchObject([ended])

  // What is stopped there goes on here: neither can stop the other.
  const next = await b.session()
  await a.run('stop')
  await until(() => a.settled(`securityEvents ${toB}`))
  expect(await next.send()).toContain('allow')

  // Paris tells Berlin of the session that it ended, where nobody knows it.
  await until(async () => (await a.settled(`securityEvents ${toB}`)) && (await b.settled(`securityEvents ${toA}`)))
  expect((await a.revocations()).map(({ kind, id }) => [kind, id])).toEqual([
    ['agent', 'clerk'],
    ['everything', '*'],
  ])
  expect(await b.revocations()).toHaveLength(1)
}, 60_000)

test('A revocation that no gateway was there to tell is told when one is back, by a key that it publishes, for as long as that is taken.', async () => {
  const { url, received } = await httpReceiver((_, response) => void response.writeHead(202).end())
  const gateway = new OwnGateway(berlin)
  gateway.declare(`export: [${sinkAt(url, 'receiver')}]`)
  await gateway.up()
  const { id } = await gateway.session()
  await gateway.kill()
  await gateway.run('sessions', 'revoke', id)
  await gateway.up()
  await until(() => received.length === 1)

  const metadata = (await (await fetch(`${gateway.origin}/.well-known/ssf-configuration`)).json()) as Record<string, unknown>
  expect(metadata).toEqual({
    spec_version: '1_0',
    issuer: berlin,
    jwks_uri: `${berlin}/oauth/jwks`,
    delivery_methods_supported: ['urn:ietf:rfc:8935'],
    critical_subject_members: ['session', 'tenant'],
  })
  const verified = async ({ body }: Received): Promise<string> => {
    const keys = createRemoteJWKSet(new URL(`${gateway.origin}/oauth/jwks`))
    const { payload } = await jwtVerify(body.toString(), keys, { typ: 'secevent+jwt', issuer: berlin, audience: 'receiver' })
    return JSON.stringify(payload['sub_id'])
  }
  expect(await verified(received[0] as Received)).toContain(id)

  await gateway.run('keys', 'rotate', '--overlap', '1h')
  await gateway.run('stop')
  await until(() => received.length === 2)
  expect(await verified(received[0] as Received)).toContain(id)
  expect(await verified(received[1] as Received)).toContain(berlin)
  await gateway.run('keys', 'rotate', '--overlap', '0s')
  await expect(verified(received[1] as Received)).rejects.toThrow('no applicable key')
  expect(received.map(({ body }) => decodeJwt(body.toString()).jti)).toHaveLength(2)
}, 60_000)

test('A gateway that tells nobody has no metadata of a transmitter.', async () => {
  const gateway = new OwnGateway(berlin)
  await gateway.up()
  expect((await fetch(`${gateway.origin}/.well-known/ssf-configuration`)).status).toBe(404)
}, 30_000)
