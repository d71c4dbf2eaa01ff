import { createHmac, createSign, generateKeyPairSync, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { LocalAuthority, proofText } from '../../src/authority/authority.ts'
import { ed25519Thumbprint } from '../../src/authority/oauth/thumbprint.ts'
import { singleKey } from '../../src/authority/token-keys.ts'
import { signingKey, signText, verifyText } from '../../src/authority/signing-key.ts'
import { decide } from '../../src/decide/decide.ts'
import { paramsHash } from '../../src/decide/t0-identity.ts'
import type { Session } from '../../src/model/session.ts'
import { office } from '../decide/office.ts'
import { inputFor, noon, rulesetFor } from '../decide/ruleset-for.ts'

const key = signingKey(new Uint8Array(32).fill(1))
const agentKey = signingKey(new Uint8Array(32).fill(2))
const thief = signingKey(new Uint8Array(32).fill(3))
let now = noon
const keys = await singleKey(key)
const authority = new LocalAuthority({ trustDomain: 'corp.example', keys, clock: () => now })
const session: Session = {
  id: 'ses_1',
  agent: 'clerk',
  goal: 'letters',
  params: { week: 'w' },
  person: null,
  request: null,
  opened: noon,
  state: 'active',
}
const agentId = 'spiffe://corp.example/agent/clerk'
const issue = (of: Partial<Session> = {}, lifetime = 600_000): Promise<string> => {
  const issued = { ...session, ...of }
  return authority.issue(issued, agentId, { x: agentKey.x, signature: signText(agentKey, proofText(issued.id)) }, lifetime)
}
const token = await issue()
const [head, payload, signature] = token.split('.') as [string, string, string]
const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const signed = (over: Record<string, unknown>, header: Record<string, unknown> = {}, by = key): Promise<string> =>
  new SignJWT({ ...claims, ...over }).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', ...header }).sign(by.privateKey)

test('A token says what it was issued for.', async () => {
  expect(await authority.verify(token)).toEqual({
    valid: true,
    tokenId: claims['jti'],
    agent: 'clerk',
    session: 'ses_1',
    goal: 'letters',
    paramsHash: paramsHash({ week: 'w' }),
    key: await ed25519Thumbprint(agentKey.x),
    expires: noon + 600_000,
  })
  expect(claims).toMatchObject({
    iss: 'spiffe://corp.example/bailiwick',
    aud: 'spiffe://corp.example/bailiwick',
    sub: agentId,
    cnf: { jwk: { x: agentKey.x } },
  })
  expect(await issue()).not.toBe(token)
})

test('Whichever letter of a token is altered, it is refused, unless the letter carries nothing.', async () => {
  for (let at = 0; at < token.length; at += 1)
    for (const letter of ['A', 'B', '.', '_']) {
      const altered = token.slice(0, at) + letter + token.slice(at + 1)
      if (altered === token) continue
      const credential = await authority.verify(altered)
      if (credential.valid)
        expect(altered.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'))).toEqual(
          [head, payload, signature].map((part) => Buffer.from(part, 'base64url').toString('hex')),
        )
    }
})

const publicPem = key.publicKey.export({ type: 'spki', format: 'pem' }) as string
const hmac = (secret: string | Buffer): string => {
  const text = `${encode({ alg: 'HS256', typ: 'at+jwt' })}.${payload}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

test.each<[string, () => string | Promise<string>]>([
  ['algorithm none', () => `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`],
  ['algorithm None', () => `${encode({ alg: 'None', typ: 'at+jwt' })}.${payload}.`],
  ['algorithm none with the old signature', () => `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.${signature}`],
  ['HS256 with the public key in PEM as the secret', () => hmac(publicPem)],
  ['HS256 with the raw public key as the secret', () => hmac(Buffer.from(key.x, 'base64url'))],
  ['HS256 with the public key in base64url as the secret', () => hmac(key.x)],
  [
    'ES256 by another key',
    () => {
      const text = `${encode({ alg: 'ES256', typ: 'at+jwt' })}.${payload}`
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      return `${text}.${createSign('sha256').update(text).sign({ key: pair.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
    },
  ],
  ['another key', () => signed({}, {}, thief)],
  ["the agent's own key", () => signed({}, {}, agentKey)],
  ['another key that the header brings along', () => signed({}, { jwk: { kty: 'OKP', crv: 'Ed25519', x: thief.x } }, thief)],
  ['another key whose id the header gives', async () => signed({}, { kid: await ed25519Thumbprint(thief.x) }, thief)],
  ['another key under the id of ours', async () => signed({}, { kid: await ed25519Thumbprint(key.x) }, thief)],
  ['an id of a key that leads to a file', () => signed({}, { kid: '../../../../dev/null' })],
  ['an id of a key that is no text', () => signed({}, { kid: { $ne: '' } })],
  [
    'another key that is said to be elsewhere',
    () => signed({}, { jku: 'http://127.0.0.1:1/keys', x5u: 'http://127.0.0.1:1/chain' }, thief),
  ],
  ['another key with a certificate', () => signed({}, { x5c: [Buffer.from('x').toString('base64')] }, thief)],
  [
    'a critical extension',
    () => {
      const text = `${encode({ alg: 'EdDSA', typ: 'at+jwt', crit: ['x'], x: 1 })}.${payload}`
      return `${text}.${signText(key, text)}`
    },
  ],
  ['type JWT', () => signed({}, { typ: 'JWT' })],
  ['no type', () => signed({}, { typ: undefined })],
  ['the type of an identity token', () => signed({}, { typ: 'id+jwt' })],
  ['another issuer', () => signed({ iss: 'spiffe://evil.example/bailiwick' })],
  ['another audience', () => signed({ aud: 'spiffe://corp.example/other' })],
  ['no issuer', () => signed({ iss: undefined })],
  ['no audience', () => signed({ aud: undefined })],
  ['no expiry', () => signed({ exp: undefined })],
  ['no token id', () => signed({ jti: undefined })],
  ['no subject', () => signed({ sub: undefined })],
  ['no session', () => signed({ sid: undefined })],
  ['no agent', () => signed({ agent: undefined })],
  ['no goal', () => signed({ authorization_details: undefined })],
  ['a goal of another kind', () => signed({ authorization_details: [{ type: 'payment', goal: 'letters' }] })],
  ['no goal in an empty list', () => signed({ authorization_details: [] })],
  ['a time before which it is not good', () => signed({ nbf: noon / 1000 + 60 })],
  ['an expiry that is past', () => signed({ exp: noon / 1000 - 1 })],
  ['an expiry that is no number', () => signed({ exp: 'never' })],
  ['a text that is no token', () => 'x'],
  ['nothing', () => ''],
  ['two parts', () => `${head}.${payload}`],
  ['four parts', () => `${token}.x`],
  ['an encrypted token', () => `${head}.a.b.c.d`],
])('A token with %s is refused with a reason.', async (_, make) => {
  const credential = await authority.verify(await make())
  expect(credential).toMatchObject({ valid: false })
  expect(credential.valid ? '' : credential.reason).not.toBe('')
})

test('A token expires although it was found good before.', async () => {
  const brief = await issue({}, 1000)
  expect(await authority.verify(brief)).toMatchObject({ valid: true })
  const rules = rulesetFor(office({ params: 'week: { type: string }' }))
  const of = async (at: number): Promise<string> => {
    const input = inputFor(rules, 'mail.send', { to: 'a@corp.example' }, { session, credential: await authority.verify(brief), now: at })
    return decide(input).rule
  }
  expect(await of(noon + 999)).toBe('contract:letters')
  expect(await of(noon + 1000)).toBe('T0.expired')
  now = noon + 1000
  const afresh = new LocalAuthority({ trustDomain: 'corp.example', keys, clock: () => now })
  expect(await afresh.verify(brief)).toEqual({ valid: false, reason: 'the token has expired' })
  now = noon
})

test('A genuine token of another session, agent, goal or other parameters opens nothing here.', async () => {
  const rules = rulesetFor(office({ params: 'week: { type: string }' }))
  const rule = async (of: Partial<Session>): Promise<string> =>
    decide(inputFor(rules, 'mail.send', { to: 'a@corp.example' }, { session, credential: await authority.verify(await issue(of)) })).rule
  expect(await rule({})).toBe('contract:letters')
  expect(await rule({ id: 'ses_2' })).toBe('T0.session')
  expect(await rule({ agent: 'boss' })).toBe('T0.agent')
  expect(await rule({ goal: 'takeover' })).toBe('T0.goal')
  expect(await rule({ params: { week: 'v' } })).toBe('T0.goal')
  expect(await rule({ params: {} })).toBe('T0.goal')
})

test('Another trust domain with the same key takes no token of this one.', async () => {
  const other = new LocalAuthority({ trustDomain: 'other.example', keys, clock: () => now })
  expect(await other.verify(token)).toMatchObject({ valid: false })
})

test('No token is issued without a proof of the key for just this session.', async () => {
  const attempt = (x: string, proof: string): Promise<string> => authority.issue(session, agentId, { x, signature: proof }, 1000)
  const good = signText(agentKey, proofText('ses_1'))
  await expect(attempt(agentKey.x, good)).resolves.toContain('.')
  for (const [x, proof] of [
    [agentKey.x, signText(agentKey, proofText('ses_2'))],
    [agentKey.x, signText(agentKey, 'ses_1')],
    [agentKey.x, signText(thief, proofText('ses_1'))],
    [thief.x, good],
    [agentKey.x, ''],
    ['', good],
    ['not a key', good],
  ] as const)
    await expect(attempt(x, proof)).rejects.toMatchObject({ name: 'BailiwickError', code: 'KEY_FILE' })
})

test('Whatever is sent as a token, or as a key and signature, is answered and not thrown.', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.tuple(fc.base64String(), fc.base64String(), fc.base64String()).map((parts) => parts.join('.')),
        fc.jsonValue().map((value) => `${encode(value)}.${payload}.${signature}`),
      ),
      async (text) => {
        expect(await authority.verify(text)).toMatchObject({ valid: false })
      },
    ),
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
      ),
      fc.string(),
      fc.oneof(fc.string(), fc.base64String({ minLength: 84, maxLength: 88 })),
      (x, text, proof) => {
        expect(verifyText(x, text, proof)).toBe(false)
      },
    ),
  )
  const seed = signingKey(randomBytes(32))
  expect(verifyText(seed.x, 'text', signText(seed, 'text'))).toBe(true)
  expect(verifyText(`${seed.x}=`, 'text', signText(seed, 'text'))).toBe(false)
})
