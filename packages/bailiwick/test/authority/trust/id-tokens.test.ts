import { expect, test } from 'vitest'
import { issuer } from './issuer.ts'
import type { Issuer } from './issuer.ts'
import { scratchTrust, seconds, start } from './scratch-trust.ts'
import type { ScratchTrust } from './scratch-trust.ts'

async function signedIn(people: Readonly<Record<string, unknown>> = {}): Promise<ScratchTrust & { idp: Issuer }> {
  const idp = await issuer()
  return Object.assign(scratchTrust({ people: { issuer: idp.url, clientId: 'bailiwick', ...people } }), { idp })
}

function claims(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { aud: 'bailiwick', sub: '248289761001', iat: seconds, exp: seconds + 300, ...more }
}

const ann = { email: 'ann@corp.example', email_verified: true }

test('An ID token names the person by its subject, unless the manifest names another claim.', async () => {
  const { trust, idp } = await signedIn()
  expect(await trust.person(await idp.sign(claims(), { typ: 'JWT' }))).toEqual({
    ok: true,
    person: '248289761001',
    signIn: { issued: start, counts: expect.any(Function) as () => Promise<boolean> },
    issuer: idp.url,
    subject: '248289761001',
    tokenId: null,
    expires: start + 300_000,
  })
  const { trust: byName, idp: other } = await signedIn({ claim: 'preferred_username' })
  expect(await byName.person(await other.sign(claims({ preferred_username: 'ann' })))).toMatchObject({ ok: true, person: 'ann' })
})

test('An e-mail address names the person when the provider has verified it, in small letters, and of a domain that may.', async () => {
  const { trust, idp } = await signedIn({ claim: 'email', domains: ['corp.example'] })
  const answer = async (more: Record<string, unknown>): Promise<string> => {
    const said = await trust.person(await idp.sign(claims({ ...ann, ...more })))
    return said.ok ? said.person : said.reason
  }
  expect(await answer({})).toBe('ann@corp.example')
  expect(await answer({ email: 'Ann@CORP.example' })).toBe('ann@corp.example')
  for (const email_verified of [false, undefined, 'true', 1, null, [true]]) expect(await answer({ email_verified })).toMatch(/not verified/)
  for (const email of ['ann@other.example', 'ann@corp.example.evil.example', 'ann@evil-corp.example', 'ann@sub.corp.example'])
    expect(await answer({ email })).toMatch(/another domain/)
  for (const email of ['ann@evil.example@corp.example', '@corp.example', 'ann@', 'ann', '"ann@corp.example"@'])
    expect(await answer({ email })).toMatch(/no e-mail address|another domain/)
})

test.each<[string, unknown]>([
  ['a Cyrillic а', '\u0430nn@corp.example'],
  ['a letter of full width', 'ann@ｃorp.example'],
  ['a sign that turns text around', 'ann\u202E@corp.example'],
  ['a blank of no width', 'ann\u200B@corp.example'],
  ['a blank', 'ann @corp.example'],
  ['a line break', 'ann@corp.example\nbob'],
  ['a composed letter', 'a\u0301nn@corp.example'],
  ['a zero byte', 'ann@corp.example\u0000'],
  ['half of a pair', 'ann\uD800@corp.example'],
  ['a list', ['ann@corp.example']],
  ['an object', { toString: 'ann@corp.example' }],
  ['a number', 7],
  ['nothing', ''],
  ['null', null],
  ['256 characters', `${'a'.repeat(243)}@corp.example`],
])('A name with %s is none.', async (_, name) => {
  for (const claim of ['email', 'preferred_username']) {
    const { trust, idp } = await signedIn({ claim })
    expect(await trust.person(await idp.sign(claims({ ...ann, [claim]: name })))).toMatchObject({
      ok: false,
      reason: expect.stringContaining(claim) as string,
    })
  }
})

test.each<[string, Record<string, unknown>, RegExp]>([
  ['for another client', { aud: 'other' }, /somebody else/],
  ['for several, without saying to whom it was given', { aud: ['bailiwick', 'other'] }, /given to somebody else/],
  ['for several, given to another', { aud: ['bailiwick', 'other'], azp: 'other' }, /given to somebody else/],
  ['given to another', { azp: 'other' }, /given to somebody else/],
  ['that is a notice of sign-out', { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }, /no ID token/],
  ['that gives access (Keycloak)', { typ: 'Bearer' }, /no ID token/],
  ['that gets others (Keycloak)', { typ: 'Refresh' }, /no ID token/],
  ['that gives access (Cognito)', { token_use: 'access' }, /no ID token/],
  ['that has expired', { exp: seconds - 61 }, /expired/],
  ['from the future', { iat: seconds + 61 }, /future/],
  ['that is not valid yet', { nbf: seconds + 61 }, /not valid yet/],
  ['without a subject', { sub: undefined }, /`sub`/],
])('An ID token %s is refused.', async (_, more, reason) => {
  const { trust, idp } = await signedIn()
  expect(await trust.person(await idp.sign(claims(more)))).toEqual({ ok: false, reason: expect.stringMatching(reason) as string })
})

test('One for several audiences that was given to this client is taken.', async () => {
  const { trust, idp } = await signedIn()
  expect(await trust.person(await idp.sign(claims({ aud: ['bailiwick', 'other'], azp: 'bailiwick' })))).toMatchObject({ ok: true })
})

test('An ID token may be shown again while it lives; with `once`, neither again nor without an id.', async () => {
  const { trust, idp } = await signedIn()
  const token = await idp.sign(claims({ jti: 'one' }))
  expect([await trust.person(token), await trust.person(token)]).toMatchObject([{ ok: true }, { ok: true }])
  const strict = await signedIn({ once: true })
  const other = await strict.idp.sign(claims({ jti: 'one' }))
  expect([await strict.trust.person(other), await strict.another().person(other)]).toMatchObject([
    { ok: true },
    { ok: false, reason: 'the token was used before' },
  ])
  expect(await strict.trust.person(await strict.idp.sign(claims()))).toMatchObject({ ok: false })
})

test('A provider cannot name a person who has a key.', async () => {
  const keys = { ann: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
  const { trust, idp } = await signedIn({ claim: 'preferred_username', keys })
  for (const name of ['ann', 'Ann', 'ANN'])
    expect(await trust.person(await idp.sign(claims({ preferred_username: name })))).toMatchObject({
      ok: false,
      reason: expect.stringContaining('another, who has a key') as string,
    })
  expect(await trust.person(await idp.sign(claims({ preferred_username: 'bob' })))).toMatchObject({ ok: true })
})

test('Where the manifest has no people, nobody is proved.', async () => {
  const idp = await issuer()
  const { trust } = scratchTrust({ workloads: [{ issuer: idp.url, audience: 'bailiwick', claims: { sub: 'job' }, agent: 'clerk' }] })
  expect(await trust.person(await idp.sign(claims()))).toEqual({ ok: false, reason: 'the manifest trusts nobody to say who a person is' })
})
