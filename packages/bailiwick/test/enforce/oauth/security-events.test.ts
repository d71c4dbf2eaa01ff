import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ManifestOnDisk } from '../../attack/installation.ts'
import { issuer, issuerKey } from '../../authority/trust/issuer.ts'
import type { Issuer } from '../../authority/trust/issuer.ts'
import { openGateway } from '../live-gateway.ts'
import type { LiveGateway } from '../live-gateway.ts'

const caep = 'https://schemas.openid.net/secevent/caep/event-type/'
let gateway: LiveGateway
let login: Issuer
const seconds = (): number => Math.floor(Date.now() / 1000)

async function trusting(people: Readonly<Record<string, unknown>> = {}): Promise<void> {
  gateway.edit((manifest: ManifestOnDisk & { trust?: object }) => {
    manifest.trust = { people: { issuer: login.url, clientId: 'bailiwick', allowNamed: true, ...people } }
  })
  await gateway.reload()
}

beforeEach(async () => {
  ;[gateway, login] = await Promise.all([openGateway(), issuer()])
  await trusting()
})

async function opened(person: string): Promise<string> {
  const { sessions, runtime } = gateway.installation
  return (await sessions.open(runtime.rules.current, { agent: 'agent', goal: 'goal', params: {}, person, request: null })).id
}
const stateOf = async (session: string): Promise<string> => (await gateway.installation.sessions.find(session)).state

type Claims = Readonly<Record<string, unknown>>
const about = (person: string): Claims => ({ format: 'iss_sub', iss: login.url, sub: person })
const eventOf = (over: Claims = {}, header: Claims = {}): Promise<string> =>
  login.sign(
    {
      iss: login.url,
      aud: 'bailiwick',
      iat: seconds() + 1,
      jti: randomUUID(),
      sub_id: about('ann'),
      events: { [`${caep}session-revoked`]: {} },
      ...over,
    },
    { typ: 'secevent+jwt', ...header },
  )

async function push(token: string, type = 'application/secevent+jwt'): Promise<{ status: number; err: string | null }> {
  const response = await fetch(`${gateway.origin}/oauth/events`, { method: 'POST', headers: { 'content-type': type }, body: token })
  const text = await response.text()
  return { status: response.status, err: text === '' ? null : (JSON.parse(text) as { err: string }).err }
}

describe('an event of the provider that says who people are', () => {
  it.each([
    `${caep}session-revoked`,
    `${caep}credential-change`,
    `${caep}token-claims-change`,
    `${caep}risk-level-change`,
    'https://schemas.openid.net/secevent/risc/event-type/account-disabled',
  ])('ends the sessions that were opened for the person (%s), and no other', async (type) => {
    const [hers, his] = [await opened('ann'), await opened('bob')]
    expect(await push(await eventOf({ events: { [type]: {} } }))).toEqual({ status: 202, err: null })
    expect([await stateOf(hers), await stateOf(his)]).toEqual(['revoked', 'active'])
    const [entry] = gateway.files.entriesOf('revocation')
    expect(entry).toMatchObject({
      event: 'revoked',
      kind: 'session',
      id: hers,
      by: `event of ${login.url}`,
      reason: type.slice(type.lastIndexOf('/') + 1),
    })
  })

  it('does so once, however often it comes, and does not touch what the person begins afterwards', async () => {
    const before = await opened('ann')
    const event = await eventOf({ iat: seconds() })
    await push(event)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const after = await opened('ann')
    expect(await push(event)).toEqual({ status: 202, err: null })
    expect([await stateOf(before), await stateOf(after)]).toEqual(['revoked', 'active'])
    expect(gateway.files.entriesOf('revocation')).toHaveLength(1)
  })

  it('finds the person by the claim that the manifest names', async () => {
    await trusting({ claim: 'email' })
    const hers = await opened('ann@corp.example')
    await push(await eventOf())
    expect(await stateOf(hers)).toBe('active')
    await push(await eventOf({ sub_id: { format: 'email', email: 'Ann@corp.example' } }))
    expect(await stateOf(hers)).toBe('revoked')
  })

  it('that is about something else, or somebody whom nobody knows, is taken and does nothing', async () => {
    const hers = await opened('ann')
    for (const over of [
      { events: { [`${caep}assurance-level-change`]: {} } },
      { events: {} },
      { sub_id: about('eve') },
      { sub_id: { format: 'iss_sub', iss: 'https://other.example', sub: 'ann' } },
      { sub_id: { format: 'phone_number', phone_number: '+49' } },
      { sub_id: 'ann' },
      { sub_id: undefined, events: { [`${caep}session-revoked`]: null } },
    ])
      expect(await push(await eventOf(over))).toEqual({ status: 202, err: null })
    expect(await stateOf(hers)).toBe('active')
  })
})

describe('an event that is not the provider’s', () => {
  it.each<[string, string, () => Promise<string>]>([
    [
      'by another key',
      'invalid_key',
      async () =>
        login.sign(
          { iss: login.url, aud: 'bailiwick', iat: seconds(), jti: 'x', sub_id: about('ann'), events: {} },
          { typ: 'secevent+jwt' },
          await issuerKey('first'),
        ),
    ],
    ['of another issuer', 'invalid_issuer', () => eventOf({ iss: 'https://other.example' })],
    ['for somebody else', 'invalid_audience', () => eventOf({ aud: 'other' })],
    ['of another type', 'invalid_request', () => eventOf({}, { typ: 'JWT' })],
    ['without type', 'invalid_request', () => eventOf({}, { typ: undefined })],
    ['of the future', 'invalid_request', () => eventOf({ iat: seconds() + 120 })],
    ['without a time', 'invalid_request', () => eventOf({ iat: undefined })],
    ['without an id', 'invalid_request', () => eventOf({ jti: undefined })],
    ['without events', 'invalid_request', () => eventOf({ events: 'none' })],
    ['that is no JWT', 'invalid_request', async () => 'x'],
    ['that is very long', 'invalid_request', async () => `${'x'.repeat(20_000)}.y.z`],
    ['that is endless', 'invalid_request', async () => 'x'.repeat(70_000)],
  ])('is refused: one %s', async (_, err, made) => {
    const hers = await opened('ann')
    expect(await push(await made())).toEqual({ status: 400, err })
    expect(await stateOf(hers)).toBe('active')
  })

  it('is refused where no provider is trusted, and where it is of another media type', async () => {
    expect(await push(await eventOf(), 'application/json')).toEqual({ status: 400, err: 'invalid_request' })
    gateway.edit((manifest: ManifestOnDisk & { trust?: object }) => delete manifest.trust)
    await gateway.reload()
    expect(await push(await eventOf())).toEqual({ status: 400, err: 'invalid_issuer' })
  })
})
