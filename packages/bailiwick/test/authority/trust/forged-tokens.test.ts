import { createHmac, KeyObject, sign } from 'node:crypto'
import fc from 'fast-check'
import { CompactSign, exportSPKI } from 'jose'
import { expect, test } from 'vitest'
import { issuer, issuerKey } from './issuer.ts'
import type { Issuer, IssuerKey } from './issuer.ts'
import { scratchTrust, seconds } from './scratch-trust.ts'
import type { ScratchTrust } from './scratch-trust.ts'

/** RFC 8725 section 2 and 3, line by line: each is tried as a person and as a workload. */
const audience = 'bailiwick'

function claims(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { aud: audience, sub: 'ann', iat: seconds, exp: seconds + 300, ...more }
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

async function trusting(): Promise<ScratchTrust & { idp: Issuer; thief: IssuerKey }> {
  const idp = await issuer('RS256')
  const workloads = [{ issuer: idp.url, audience, claims: { sub: 'ann' }, agent: 'clerk' }]
  const scratch = scratchTrust({ people: { issuer: idp.url, clientId: audience }, workloads })
  return Object.assign(scratch, { idp, thief: await issuerKey('first', 'RS256') })
}

async function refusals({ trust }: ScratchTrust, token: string): Promise<string[]> {
  const answers = [await trust.person(token), await trust.workload(token)]
  return answers.map((answer) => (answer.ok ? 'taken' : answer.reason))
}

test('What the attacks below forge is taken when it is genuine.', async () => {
  const scratch = await trusting()
  expect(await refusals(scratch, await scratch.idp.sign(claims()))).toEqual(['taken', 'taken'])
})

test.each(['none', 'None', 'nOnE', ''])('A token without a signature (`alg: %s`) is refused.', async (alg) => {
  const scratch = await trusting()
  for (const signature of ['', '.', '.AAAA', `.${'A'.repeat(342)}`])
    for (const reason of await refusals(scratch, `${part({ alg, kid: 'first' })}.${part(claims({ iss: scratch.idp.url }))}${signature}`))
      expect(reason).toMatch(/not taken|not a (signed )?JWT/)
})

test.each(['HS256', 'HS384', 'HS512'])('A public key is no secret to sign with (%s).', async (alg) => {
  const scratch = await trusting()
  const { idp } = scratch
  const body = `${part({ alg, kid: 'first' })}.${part(claims({ iss: idp.url }))}`
  const secrets = [await exportSPKI(idp.key.publicKey), JSON.stringify(idp.key.jwk), idp.key.jwk.n as string, '']
  for (const secret of secrets) {
    const signature = createHmac(alg.replace('HS', 'sha'), secret).update(body).digest('base64url')
    expect(await refusals(scratch, `${body}.${signature}`)).toEqual(Array(2).fill('the token is signed in a way that is not taken'))
  }
})

test('A key that the header brings, or says where to get, is neither used nor fetched.', async () => {
  const scratch = await trusting()
  const { idp, thief } = scratch
  const other = await issuer('RS256')
  other.answer('/thief', (response) => response.end(JSON.stringify({ keys: [thief.jwk] })))
  const headers = [
    { jwk: thief.jwk },
    { jku: `${other.url}/thief` },
    { x5u: `${other.url}/thief` },
    { x5c: ['MIIB'] },
    { kid: `${other.url}/thief` },
    { kid: '../../../../dev/null' },
    { kid: "first' OR 1=1 --" },
    { kid: '__proto__' },
  ]
  for (const header of headers)
    for (const reason of await refusals(scratch, await idp.sign(claims(), header, thief)))
      expect(reason).toMatch(/signature|no such key|not a JWT/)
  expect(other.asked.size).toBe(0)
})

test('A header that must be understood and is not, or that changes what is signed, is refused.', async () => {
  const scratch = await trusting()
  const { idp } = scratch
  const strange = `${part({ alg: 'RS256', kid: 'first', crit: ['strange'], strange: true })}.${part(claims({ iss: idp.url }))}.AAAA`
  const body = `${part({ alg: 'RS256', kid: 'first', crit: ['b64'], b64: false })}.${part(claims({ iss: idp.url }))}`
  const unencoded = `${body}.${sign('sha256', Buffer.from(body), KeyObject.from(idp.key.privateKey)).toString('base64url')}`
  for (const token of [strange, unencoded])
    for (const reason of await refusals(scratch, token)) expect(reason).toMatch(/not a (signed )?JWT/)
})

test('A time that no number holds is refused.', async () => {
  const scratch = await trusting()
  const { idp } = scratch
  const payload = JSON.stringify(claims({ iss: idp.url, exp: 'END' })).replace('"END"', '1e400')
  const token = await new CompactSign(Buffer.from(payload)).setProtectedHeader({ alg: 'RS256', kid: 'first' }).sign(idp.key.privateKey)
  for (const reason of await refusals(scratch, token)) expect(reason).toMatch(/not a number|`exp`|not a JWT/)
})

test('The key of one issuer does not sign for another, nor one kind of signature for another.', async () => {
  const scratch = await trusting()
  const other = await issuer('RS256')
  for (const reason of await refusals(scratch, await other.sign(claims()))) expect(reason).toMatch(/does not trust the issuer/)
  for (const reason of await refusals(scratch, await other.sign(claims({ iss: scratch.idp.url })))) expect(reason).toMatch(/signature/)
  const curve = await issuerKey('first', 'ES256')
  for (const reason of await refusals(scratch, await other.sign(claims({ iss: scratch.idp.url }), {}, curve)))
    expect(reason).toMatch(/no such key/)
})

test('Whatever way to sign a header names, and whatever key it is for, the answer is a refusal and not a fault.', async () => {
  const scratch = await trusting()
  const algorithms = ['RS256', 'PS384', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'ES256K', 'RSA-OAEP', 'dir', 'ML-DSA-44']
  const kinds = ['RS256', 'ES256', 'ES384', 'ES512', 'EdDSA']
  for (const kind of kinds) {
    const { jwk } = await issuerKey('first', kind)
    // A set of keys need not say for what they are.
    const { alg: _, use: __, ...bare } = jwk
    for (const one of [jwk, bare, { ...bare, alg: 'RSA-OAEP' }, { ...bare, x: 'AAAA', n: 'AAAA' }]) {
      const file = { 'keys.json': JSON.stringify({ keys: [one] }) }
      const workloads = [{ issuer: scratch.idp.url, audience, claims: { sub: 'ann' }, agent: 'clerk', jwks: 'keys.json' }]
      const { trust } = scratchTrust({ workloads }, file)
      for (const alg of algorithms)
        for (const end of ['AAAA', 'A'.repeat(86), 'A'.repeat(342)])
          expect(await trust.workload(`${part({ alg, kid: 'first' })}.${part(claims({ iss: scratch.idp.url }))}.${end}`)).toMatchObject({
            ok: false,
          })
    }
  }
})

test('A genuine token is refused with any part of it changed.', async () => {
  const scratch = await trusting()
  const [header, body, signature] = (await scratch.idp.sign(claims())).split('.') as [string, string, string]
  const other = part(claims({ iss: scratch.idp.url, sub: 'bob' }))
  const changed = [
    `${header}.${other}.${signature}`,
    `${part({ alg: 'PS256', kid: 'first' })}.${body}.${signature}`,
    `${header}.${body}.${signature.slice(0, -4)}AAAA`,
    `${header}.${body}.`,
    `${header}.${body}`,
    `${header}.${body}.${signature}.${signature}`,
    `${header}..${signature}`,
    ` ${header}.${body}.${signature}`,
    `${header}.${body}.${signature}\n`,
  ]
  for (const token of changed) expect(await refusals(scratch, token)).not.toContain('taken')
})

test.each<[string, string]>([
  ['nothing', ''],
  ['no JWT', 'token'],
  ['JSON', '{"iss":"x"}'],
  ['five parts', 'a.b.c.d.e'],
  ['parts that are no JSON', 'AAAA.AAAA.AAAA'],
  ['a payload that is a list', `${part({ alg: 'RS256' })}.${part([])}.AAAA`],
  ['a payload that is null', `${part({ alg: 'RS256' })}.${part(null)}.AAAA`],
  ['a header that is null', `${part(null)}.${part({ iss: 'x' })}.AAAA`],
  ['a type that is no text', `${part({ alg: 'RS256', typ: ['JWT'] })}.${part({ iss: 'x' })}.AAAA`],
  ['an issuer that is a list', `${part({ alg: 'RS256' })}.${part({ iss: ['x'] })}.AAAA`],
  ['bytes that are no text', 'ÿþ.ÿþ.ÿþ'],
])('What is %s is refused, not a fault.', async (_, token) => {
  expect(await refusals(await trusting(), token)).not.toContain('taken')
})

test('A token of 8 KB is looked at, and none that is longer, whoever signed it.', async () => {
  const scratch = await trusting()
  const filled = async (length: number): Promise<string> => {
    const bare = (await scratch.idp.sign(claims({ pad: '' }))).length
    return scratch.idp.sign(claims({ pad: 'x'.repeat(Math.floor(((length - bare) * 3) / 4)) }))
  }
  const fits = await filled(8190)
  expect(fits.length).toBeLessThanOrEqual(8192)
  expect(await refusals(scratch, fits)).toEqual(['taken', 'taken'])
  expect(await refusals(scratch, await filled(8200))).toEqual(Array(2).fill('the token is over 8192 characters'))
})

test.each([
  'at+jwt',
  'AT+JWT',
  'application/at+jwt',
  'logout+jwt',
  'secevent+jwt',
  'dpop+jwt',
  'oauth-authz-req+jwt',
  'token-introspection+jwt',
  'wit+jwt',
])('A token of the issuer that is meant for something else (`typ: %s`) is refused.', async (typ) => {
  const scratch = await trusting()
  expect(await refusals(scratch, await scratch.idp.sign(claims(), { typ }))).not.toContain('taken')
})

test('Nothing that can be written into the three parts of a token is a fault.', async () => {
  const scratch = await trusting()
  const { idp } = scratch
  const known = fc.constantFrom<unknown>(
    'RS256',
    'EdDSA',
    'first',
    'person+jwt',
    'JWT',
    idp.url,
    audience,
    'ann',
    seconds,
    seconds + 300,
    null,
    true,
  )
  const anything = fc.oneof(known, fc.jsonValue())
  const header = fc.record({ alg: anything, typ: anything, kid: anything, crit: anything, jwk: anything }, { requiredKeys: [] })
  const payload = fc.record(
    { iss: anything, aud: anything, sub: anything, exp: anything, iat: anything, jti: anything },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(header, payload, async (one, other) => {
      expect(await refusals(scratch, `${part(one)}.${part({ iss: idp.url, ...other })}.AAAA`)).not.toContain('taken')
    }),
    { numRuns: 200 },
  )
  await fc.assert(
    fc.asyncProperty(payload, async (claimed) => {
      const body = `${part({ alg: 'RS256', kid: 'first' })}.${part({ iss: idp.url, ...claimed })}`
      const signature = sign('sha256', Buffer.from(body), KeyObject.from(idp.key.privateKey)).toString('base64url')
      for (const reason of await refusals(scratch, `${body}.${signature}`)) expect(typeof reason).toBe('string')
    }),
    { numRuns: 200 },
  )
})

test('No reason holds what a forger wrote.', async () => {
  const scratch = await trusting()
  const mark = 'FORGED\u001B[2J'
  const signed = async (more: Record<string, unknown>): Promise<string> => scratch.idp.sign(claims(more))
  const tokens = [mark, await signed({ iss: mark }), await signed({ sub: mark }), await signed({ aud: mark }), await signed({ azp: mark })]
  for (const token of tokens) for (const reason of await refusals(scratch, token)) expect(reason).not.toContain('FORGED')
})
