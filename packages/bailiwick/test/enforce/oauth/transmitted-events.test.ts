import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { sessionsOf } from '../../../src/authority/events/event-subject.ts'
import type { ManifestOnDisk } from '../../attack/installation.ts'
import { discoveryPath, issuer, issuerKey, keysPath } from '../../authority/trust/issuer.ts'
import type { Issuer } from '../../authority/trust/issuer.ts'
import { openGateway } from '../live-gateway.ts'
import type { LiveGateway } from '../live-gateway.ts'

type Claims = Readonly<Record<string, unknown>>

const revoked = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'
const domain = 'spiffe://attack.example'
const transmitterPath = '/.well-known/ssf-configuration'
let gateway: LiveGateway
let there: Issuer

beforeEach(async () => {
  ;[gateway, there] = await Promise.all([openGateway(), issuer()])
  // A transmitter is no provider of people.
  there.answer(discoveryPath, (response) => response.writeHead(404).end())
  there.answer(transmitterPath, (response) => response.end(JSON.stringify({ issuer: there.url, jwks_uri: `${there.url}${keysPath}` })))
  gateway.edit((manifest: ManifestOnDisk & { trust?: object }) => {
    manifest.trust = { events: [{ issuer: there.url, audience: 'here' }] }
  })
  await gateway.reload()
})

async function opened(members: { person?: string; key?: string } = {}): Promise<string> {
  const { sessions, runtime } = gateway.installation
  const lineage = members.key === undefined ? {} : { lineage: [{ kind: 'key', id: members.key } as const] }
  const opening = { agent: 'agent', goal: 'goal', params: {}, person: members.person ?? null, request: null, ...lineage }
  return (await sessions.open(runtime.rules.current, opening)).id
}

const stateOf = async (session: string): Promise<string> => (await gateway.installation.sessions.find(session)).state
const uri = (text: string): Claims => ({ format: 'uri', uri: text })
const opaque = (id: string): Claims => ({ format: 'opaque', id })

async function push(subject: unknown, over: Claims = {}, by?: Awaited<ReturnType<typeof issuerKey>>): Promise<number> {
  const claims = {
    aud: 'here',
    iat: Math.floor(Date.now() / 1000) + 1,
    jti: randomUUID(),
    sub_id: subject,
    events: { [revoked]: {} },
    ...over,
  }
  const body = await there.sign(claims, { typ: 'secevent+jwt' }, by)
  const headers = { 'content-type': 'application/secevent+jwt' }
  return (await fetch(`${gateway.origin}/oauth/events`, { method: 'POST', headers, body })).status
}

describe('an event of a transmitter that the manifest names', () => {
  it.each<[string, (session: string) => Claims]>([
    ['the agent', () => uri(`${domain}/agent/agent`)],
    ['the goal', () => uri(`${domain}/goal/goal`)],
    ['the key that it was opened with', () => uri('urn:ietf:params:oauth:jwk-thumbprint:sha-256:Kx')],
    ['the session', opaque],
    ['the session and its agent', (id) => ({ format: 'complex', session: opaque(id), application: uri(`${domain}/agent/agent`) })],
    ['the trust domain', () => ({ format: 'complex', tenant: uri(domain) })],
  ])('ends a session by %s, and says whose it was', async (_, subject) => {
    const session = await opened({ key: 'Kx' })
    expect(await push(subject(session))).toBe(202)
    expect(await stateOf(session)).toBe('revoked')
    expect(gateway.files.entriesOf('revocation')).toMatchObject([{ kind: 'session', id: session, by: `event of ${there.url}` }])
  })

  it('ends no session by a subject that is another, or that is not understood whole', async () => {
    const session = await opened({ person: 'ann' })
    for (const subject of [
      uri(`${domain}/agent/other`),
      uri('spiffe://other.example/agent/agent'),
      uri(domain),
      opaque('agent'),
      opaque('ses_other'),
      { format: 'complex' },
      { format: 'complex', session: opaque('ses_other'), application: uri(`${domain}/agent/agent`) },
      { format: 'complex', session: opaque(session), application: uri(`${domain}/agent/other`) },
      { format: 'complex', application: uri(`${domain}/agent/agent`), device: opaque('d') },
      { format: 'complex', tenant: uri('spiffe://other.example') },
      { format: 'complex', tenant: uri('https://there.example') },
      { format: 'complex', tenant: uri('undefined') },
      { ...uri(`${domain}/agent/agent`), id: 'x' },
      // A transmitter says nothing about people.
      { format: 'iss_sub', iss: there.url, sub: 'ann' },
      { format: 'email', email: 'ann' },
      opaque('ann'),
      null,
      undefined,
    ])
      expect(await push(subject)).toBe(202)
    expect(await stateOf(session)).toBe('active')
  })

  it('ends no session that was opened later, and none twice', async () => {
    const before = await opened()
    const iat = Math.floor(Date.now() / 1000)
    await push(uri(`${domain}/agent/agent`), { iat })
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const after = await opened()
    expect(await push(uri(`${domain}/agent/agent`), { iat })).toBe(202)
    expect([await stateOf(before), await stateOf(after)]).toEqual(['revoked', 'active'])
    expect(gateway.files.entriesOf('revocation')).toHaveLength(1)
  })

  it('is refused by another key, for somebody else, and of an issuer that is not named', async () => {
    const session = await opened()
    const subject = uri(`${domain}/agent/agent`)
    expect(await push(subject, {}, await issuerKey('first'))).toBe(400)
    expect(await push(subject, { aud: 'elsewhere' })).toBe(400)
    expect(await push(subject, { iss: 'https://other.example' })).toBe(400)
    expect(await stateOf(session)).toBe('active')
  })
})

it('A gateway is meant as a whole by the address under which others know it, and by no other.', async () => {
  const { sessions } = gateway.installation
  const session = await sessions.find(await opened())
  const here = { trustDomain: 'attack.example', publicUrl: 'https://here.example' }
  const tenant = (text: string): Claims => ({ format: 'complex', tenant: uri(text) })
  expect(sessionsOf(tenant('https://here.example'), here)?.(session)).toBe(true)
  expect(sessionsOf(tenant('https://there.example'), here)?.(session)).toBe(false)
})

it('`check` refuses an issuer whose events would be taken in two ways, and events that nobody could check.', async () => {
  gateway.edit((manifest: ManifestOnDisk & { trust?: object; export?: object }) => {
    manifest.trust = {
      people: { issuer: there.url, clientId: 'here' },
      events: [
        { issuer: there.url, audience: 'here' },
        { issuer: 'https://a.example', audience: 'x' },
        { issuer: 'https://a.example', audience: 'y' },
      ],
    }
    Object.assign(manifest, { http: { port: 0 } })
    manifest.export = [{ securityEvents: { url: 'https://a.example', audience: 'a' } }]
  })
  const { stdout } = await gateway.files.cli('check', '--json')
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; message: string }[] }
  expect(diagnostics.map(({ code }) => code)).toEqual(['TRUST_RULE', 'TRUST_RULE', 'MANIFEST_REFERENCE'])
  expect(diagnostics[2]?.message).toContain('http.publicUrl')
})
