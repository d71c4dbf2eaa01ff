import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { HeldPersonTokens } from '../../../src/authority/credentials/held-person-tokens.ts'
import { personToken } from '../../../src/authority/trust/person-token.ts'
import type { ManifestOnDisk } from '../../attack/installation.ts'
import { issuer } from '../../authority/trust/issuer.ts'
import type { Issuer } from '../../authority/trust/issuer.ts'
import { openGateway } from '../live-gateway.ts'
import type { LiveGateway } from '../live-gateway.ts'
import { askToken, assertion, keyPair } from './agent-client.ts'
import type { KeyPair } from './agent-client.ts'

const caep = 'https://schemas.openid.net/secevent/caep/event-type/'
const accountDisabled = 'https://schemas.openid.net/secevent/risc/event-type/account-disabled'
const ended = 'issued before the provider ended what the person had signed in to; sign in anew'
let gateway: LiveGateway
let login: Issuer
let [own, holder, carols]: [KeyPair, KeyPair, KeyPair] = await Promise.all([keyPair(), keyPair(), keyPair()])
let now: number

beforeEach(async () => {
  ;[gateway, login, own, holder, carols] = await Promise.all([openGateway(), issuer(), keyPair(), keyPair(), keyPair()])
  now = Math.floor(Date.now() / 1000)
  await gateway.installation.agentKeys.register('agent', own.x, 'tests', null)
  await trusting()
})

async function trusting(people: Readonly<Record<string, unknown>> = {}): Promise<void> {
  gateway.edit((manifest: ManifestOnDisk & { trust?: object }) => {
    manifest.trust = { people: { issuer: login.url, clientId: 'bailiwick', keys: { carol: carols.x }, ...people } }
  })
  await gateway.reload()
}

type Claims = Readonly<Record<string, unknown>>

/** An ID token of half an hour, `age` seconds old. */
const signedIn = (age: number, sub = 'ann', more: Claims = {}): Promise<string> =>
  login.sign({ sub, aud: 'bailiwick', iat: now - age, exp: now - age + 1800, ...more })

/** Tells the gateway that the sessions of a person are over since `age` seconds. */
async function end(age: number, sub = 'ann', over: Claims = {}): Promise<number> {
  const claims = {
    aud: 'bailiwick',
    iat: now - age,
    jti: randomUUID(),
    sub_id: { format: 'iss_sub', iss: login.url, sub },
    events: { [`${caep}session-revoked`]: {} },
    ...over,
  }
  const body = await login.sign(claims, { typ: 'secevent+jwt' })
  const headers = { 'content-type': 'application/secevent+jwt' }
  return (await fetch(`${gateway.origin}/oauth/events`, { method: 'POST', headers, body })).status
}

/** What an agent is told that exchanges a token of a person for a session: `opened`, or why not. */
async function exchanged(token: string | Promise<string>): Promise<string> {
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    client_assertion: await assertion(gateway, own),
    subject_token: await token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
  }
  const { status, body } = await askToken(gateway, own, holder, { form })
  return status === 200 ? 'opened' : `${body.error}: ${body.error_description}`
}

/** What another process says that opens a session by a token of a person. */
async function openedElsewhere(token: string): Promise<string> {
  await gateway.write('person.jwt', token)
  const file = gateway.path('person.jwt')
  const { code, stdout, stderr } = await gateway.files.cli('sessions', 'open', '--agent', 'agent', '--goal', 'goal', '--person-token', file)
  return code === 0 ? 'opened' : stdout + stderr
}

const carolsToken = (age: number): Promise<string> =>
  personToken(carols, { person: 'carol', trustDomain: 'attack.example', lifetime: 300_000, now: (now - age) * 1000 })

describe('once the provider has ended what a person signed in to', () => {
  it.each([`${caep}session-revoked`, `${caep}credential-change`, accountDisabled])(
    'an ID token of before, which is good still, opens no session (%s), and one that was issued since does',
    async (type) => {
      const [before, since, his] = await Promise.all([signedIn(60), signedIn(0), signedIn(60, 'bob')])
      expect(await exchanged(before)).toBe('opened')
      expect(await end(30, 'ann', { events: { [type]: {} } })).toBe(202)
      expect(await exchanged(before)).toMatch(/^invalid_grant: /)
      expect(await exchanged(before)).toContain(ended)
      expect(await exchanged(since)).toBe('opened')
      expect(await exchanged(his)).toBe('opened')
    },
  )

  it('a token of the very second of the event is of before, and one of the next is not', async () => {
    await end(10)
    expect(await exchanged(signedIn(10))).toContain(ended)
    expect(await exchanged(signedIn(10.5))).toContain(ended)
    expect(await exchanged(signedIn(9))).toBe('opened')
  })

  it('another process takes the token no more, and takes one that was issued since', async () => {
    const before = await signedIn(60)
    expect(await openedElsewhere(before)).toBe('opened')
    await end(30)
    expect(await openedElsewhere(before)).toContain(ended)
    expect(await openedElsewhere(await signedIn(0))).toBe('opened')
  })

  it('a gateway that was started anew does not take it either', async () => {
    const before = await signedIn(60)
    await end(30)
    await gateway.restart()
    expect(await exchanged(before)).toContain(ended)
    expect(await exchanged(signedIn(0))).toBe('opened')
  })

  it('an event of before that comes late, or comes again, does not bring its sign-ins back', async () => {
    await end(30)
    await end(300)
    await end(300)
    expect(await exchanged(signedIn(60))).toContain(ended)
    await end(20)
    expect(await exchanged(signedIn(25))).toContain(ended)
    expect(await exchanged(signedIn(0))).toBe('opened')
  })

  it('a token that is good once is refused for that reason each time, and for a session that is open as well', async () => {
    await trusting({ once: true })
    const before = await signedIn(60, 'ann', { jti: 'sign-in' })
    const session = JSON.stringify([{ type: 'urn:bailiwick:goal', session: await herSession() }])
    await end(30)
    for (const authorization_details of [undefined, session, undefined]) {
      const form = {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        client_assertion: await assertion(gateway, own),
        subject_token: before,
        subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
        ...(authorization_details === undefined ? {} : { authorization_details }),
      }
      const { body } = await askToken(gateway, own, holder, { form })
      expect(body.error_description).toContain(ended)
    }
  })

  it('the person is found by the claim that the manifest names, whatever the letters of the address', async () => {
    await trusting({ claim: 'email' })
    const address = { email: 'ANN@corp.example', email_verified: true }
    await end(30, '', { sub_id: { format: 'email', email: 'Ann@Corp.example' } })
    expect(await exchanged(signedIn(60, 'x', address))).toContain(ended)
    expect(await exchanged(signedIn(0, 'x', address))).toBe('opened')
  })

  it('what another provider says of a person of that name counts', async () => {
    await end(30)
    const other = await issuer()
    await trusting({ issuer: other.url })
    expect(await exchanged(other.sign({ sub: 'ann', aud: 'bailiwick', iat: now - 60, exp: now + 300 }))).toBe('opened')
  })
})

describe('an event that comes late', () => {
  const opened = (): string[] =>
    gateway.files.entriesOf('session').flatMap(({ event, session }) => (event === 'opened' && session !== null ? [session] : []))
  const states = (): Promise<string[]> =>
    Promise.all(opened().map(async (session) => (await gateway.installation.sessions.find(session)).state))

  it('ends what was opened meanwhile by a sign-in of before, in any process, and nothing else', async () => {
    for (const token of [signedIn(60), signedIn(0), signedIn(60, 'bob'), carolsToken(60)]) expect(await exchanged(token)).toBe('opened')
    expect(await openedElsewhere(await signedIn(60))).toBe('opened')
    await end(30)
    expect(await states()).toEqual(['revoked', 'active', 'active', 'active', 'revoked'])
    await end(30, 'carol')
    expect(await states()).toEqual(['revoked', 'active', 'active', 'revoked', 'revoked'])
    await end(30)
    expect(gateway.files.entriesOf('revocation')).toHaveLength(3)
  })

  it('in the moment between the proof of a person and their session leaves none open', async () => {
    const { trusted, sessions, runtime } = gateway.installation
    const proved = await trusted.person(await signedIn(60))
    if (!proved.ok) throw new Error(proved.reason)
    await end(30)
    const opening = { agent: 'agent', goal: 'goal', params: {}, request: null, person: proved.person, signIn: proved.signIn }
    await expect(sessions.open(runtime.rules.current, opening)).rejects.toMatchObject({ code: 'PERSON_UNPROVED' })
    expect(await states()).toEqual(['revoked'])
  })
})

it('What a person signed in with before is lent to no toolbox any more, also where the session that it was shown for goes on.', async () => {
  const { trusted, sessions, revocations, runtime } = gateway.installation
  const held = new HeldPersonTokens({ sessions, revocations, wanted: () => true, clock: Date.now })
  const [before, since] = await Promise.all([60, 0].map(async (age) => trusted.person(await signedIn(age))))
  if (before?.ok !== true || since?.ok !== true) throw new Error('nobody is signed in')
  const opening = { agent: 'agent', goal: 'goal', params: {}, request: null, person: 'ann', signIn: since.signIn }
  const open = (): ReturnType<typeof sessions.open> => sessions.open(runtime.rules.current, opening)
  const [hers, another] = [await open(), await open()]
  held.hold(hers, { value: 'before', type: 'id_token', ...before })
  held.hold(another, { value: 'since', type: 'id_token', ...since })
  expect(await held.of(hers)).toMatchObject({ value: 'before' })
  await end(30)
  expect(await held.of(hers)).toBeNull()
  expect(await held.of(another)).toMatchObject({ value: 'since' })
  expect((await sessions.find(hers.id)).state).toBe('active')
})

describe('a token by a key of the person’s own', () => {
  it('is taken whatever the provider says of others, and of before what it says of that name, it is not', async () => {
    const [first, second, third] = await Promise.all([carolsToken(60), carolsToken(60), carolsToken(0)])
    await end(30, 'ann')
    expect(await exchanged(first)).toBe('opened')
    await end(30, 'carol')
    expect(await exchanged(second)).toContain(ended)
    expect(await exchanged(third)).toBe('opened')
  })
})

describe('no sign-in is ended', () => {
  it.each<[string, Claims]>([
    ['far in the future', { iat: 4_000_000_000 }],
    ['so far in the future that no time is', { iat: 1e300 }],
    ['before all time', { iat: -1e300 }],
    ['that is none', { iat: 'soon' }],
  ])('by an event of a time %s', async (_, over) => {
    expect(await end(0, 'ann', over)).toBe(400)
    expect(await exchanged(signedIn(60))).toBe('opened')
  })

  it('for longer than clocks may differ', async () => {
    expect(await end(-61 - 10)).toBe(400)
    expect(await end(-50)).toBe(202)
    // As much ahead as the transmitter, which is the provider, was.
    expect(await exchanged(signedIn(-51))).toBe('opened')
  })

  it.each<[string, Claims]>([
    ['ends nothing', { events: { [`${caep}assurance-level-change`]: {} } }],
    ['is about somebody else', { sub_id: { format: 'iss_sub', iss: 'https://other.example', sub: 'ann' } }],
    ['is for somebody else', { aud: 'other' }],
  ])('by an event that %s', async (_, over) => {
    await end(30, 'ann', over)
    expect(await exchanged(signedIn(60))).toBe('opened')
  })
})

async function herSession(): Promise<string> {
  const { sessions, runtime } = gateway.installation
  return (await sessions.open(runtime.rules.current, { agent: 'agent', goal: 'goal', params: {}, person: 'ann', request: null })).id
}
