import { SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { gatewayAudience, keyIssuer, personToken } from '../../../src/authority/trust/person-token.ts'
import { signingKey } from '../../../src/authority/signing-key.ts'
import type { KeyPair } from '../../../src/authority/signing-key.ts'
import { scratchTrust, seconds, start } from './scratch-trust.ts'

const [ann, bob, thief] = [1, 2, 3].map((byte) => signingKey(new Uint8Array(32).fill(byte))) as [KeyPair, KeyPair, KeyPair]
const people = { people: { keys: { ann: ann.x, bob: bob.x } } }
const about = { person: 'ann', trustDomain: 'corp.example', lifetime: 300_000, now: start }

interface Forged {
  readonly key?: KeyPair
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
}

function forged({ key = ann, claims = {}, header = {} }: Forged): Promise<string> {
  const whole = {
    iss: keyIssuer(ann.x),
    sub: 'ann',
    aud: gatewayAudience('corp.example'),
    iat: seconds,
    exp: seconds + 300,
    jti: 'one',
    ...claims,
  }
  return new SignJWT(whole).setProtectedHeader({ alg: 'EdDSA', typ: 'person+jwt', ...header }).sign(key.privateKey)
}

test('The issuer of a key is its thumbprint (RFC 9278, with the key of RFC 8037 appendix A.3).', () => {
  expect(keyIssuer('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo')).toBe(
    'urn:ietf:params:oauth:jwk-thumbprint:sha-256:kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
  )
})

test("A token by a person's own key names them, once, in whichever process.", async () => {
  const { trust, another } = scratchTrust(people)
  const token = await personToken(ann, about)
  expect(await trust.person(token)).toMatchObject({
    ok: true,
    person: 'ann',
    subject: 'ann',
    issuer: keyIssuer(ann.x),
    expires: start + 300_000,
  })
  expect(await another().person(token)).toEqual({ ok: false, reason: 'the token was used before' })
  expect(await trust.person(await personToken(ann, about))).toMatchObject({ ok: true })
})

test.each<[string, Forged, RegExp]>([
  ['by a key that nobody has', { key: thief, claims: { iss: keyIssuer(thief.x) } }, /no person with the key/],
  ['by another key than it says', { key: thief }, /signature/],
  ['by one person in the name of another', { key: bob, claims: { iss: keyIssuer(bob.x) } }, /another than the key's owner/],
  ['for the gateway of another domain', { claims: { aud: gatewayAudience('other.example') } }, /somebody else/],
  ['for another as well', { claims: { aud: [gatewayAudience('corp.example'), 'x'] } }, /somebody else/],
  ['without an id', { claims: { jti: undefined } }, /no id/],
  ['that lives too long', { claims: { exp: seconds + 601 } }, /lives too long/],
  ['that has expired', { claims: { iat: seconds - 400, exp: seconds - 61 } }, /expired/],
  ['from the future', { claims: { iat: seconds + 61, exp: seconds + 300 } }, /future/],
  ['of no type', { header: { typ: undefined } }, /does not trust the issuer/],
  ['of the type of an ID token', { header: { typ: 'JWT' } }, /does not trust the issuer/],
  ['that brings its key', { key: thief, header: { jwk: { kty: 'OKP', crv: 'Ed25519', x: thief.x } } }, /signature/],
])('A token %s is refused.', async (_, how, reason) => {
  expect(await scratchTrust(people).trust.person(await forged(how))).toEqual({ ok: false, reason: expect.stringMatching(reason) as string })
})

test.each(['RS256', 'PS512', 'ES256', 'ES512', 'HS256', 'none', 'Ed448', 'Ed25519x', ''])(
  'A token that says it is signed otherwise (`alg: %s`) is refused, not a fault.',
  async (alg) => {
    const [, payload, signature] = (await forged({})).split('.')
    for (const end of [signature, 'AAAA', 'A'.repeat(342)]) {
      const token = `${Buffer.from(JSON.stringify({ alg, typ: 'person+jwt' })).toString('base64url')}.${payload}.${end}`
      expect(await scratchTrust(people).trust.person(token)).toMatchObject({ ok: false })
    }
  },
)

test("A person's token is no workload's, and one that outlives ten minutes is not made.", async () => {
  const { trust } = scratchTrust(people)
  expect(await trust.workload(await personToken(ann, about))).toMatchObject({ ok: false })
  await expect(personToken(ann, { ...about, lifetime: 600_001 })).rejects.toThrow(RangeError)
})
