import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { beforeEach, expect, it } from 'vitest'
import { DpopProofs } from '../../../src/authority/oauth/dpop-proofs.ts'
import { openGateway } from '../live-gateway.ts'
import type { LiveGateway } from '../live-gateway.ts'
import { askToken, assertion, keyPair, proof } from './agent-client.ts'
import type { KeyPair } from './agent-client.ts'

const url = 'https://gateway.corp.example/mcp'
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const proofOf = (alg: unknown, jwk: unknown): string =>
  `${part({ typ: 'dpop+jwt', alg, jwk })}.${part({ jti: randomUUID(), htm: 'POST', htu: url, iat: 1 })}.${'A'.repeat(86)}`

let gateway: LiveGateway
let [own, holder]: [KeyPair, KeyPair] = await Promise.all([keyPair(), keyPair()])

beforeEach(async () => {
  ;[gateway, own, holder] = await Promise.all([openGateway(), keyPair(), keyPair()])
  await gateway.installation.agentKeys.register('agent', own.x, 'tests', null)
})

it('Whatever a proof of possession brings along as its key is answered and not thrown.', async () => {
  const proofs = new DpopProofs(Date.now, () => false)
  const member = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.constantFrom('OKP', 'EC', 'Ed25519', 'X25519', 'P-256', 'AA', 'A'.repeat(43), 'sig'),
  )
  const key = fc.record({ kty: member, crv: member, x: member, y: member, use: member, key_ops: fc.array(member) }, { requiredKeys: [] })
  const okp = { kty: 'OKP', crv: 'Ed25519' }
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('EdDSA', 'Ed25519', 'ES256', 'none', 5), fc.oneof(key, fc.jsonValue()), async (alg, jwk) => {
      expect(await proofs.verify(proofOf(alg, jwk), { method: 'POST', url, token: null })).toMatchObject({ ok: false })
    }),
    {
      examples: [
        ['EdDSA', okp],
        ['EdDSA', { ...okp, x: 'AA' }],
        ['EdDSA', { ...okp, x: own.x, key_ops: ['sign'] }],
        ['ES256', { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }],
      ],
    },
  )
})

it('Whatever stands in an assertion for the id of its key or for its issuer is answered, and lets nobody in.', async () => {
  for (const over of [{ thumbprint: own.thumbprint }, {}, [own.thumbprint], true, null, 7]) {
    const kid = await assertion(gateway, own, {}, { kid: over })
    const iss = await assertion(gateway, own, { iss: over }, { kid: undefined })
    for (const client_assertion of [kid, iss]) {
      const answer = await askToken(gateway, own, holder, { form: { client_assertion } })
      expect([over, answer.status, answer.body.error]).toEqual([over, 401, 'invalid_client'])
    }
  }
  expect(gateway.lines).toEqual([])
})

it('What an agent has signed for something else, by whatever way of writing its type, lets no client in as it.', async () => {
  const answered = async (typ: unknown): Promise<number> => {
    const client_assertion = await assertion(gateway, own, {}, { typ })
    return (await askToken(gateway, own, holder, { form: { client_assertion } })).status
  }
  for (const typ of [undefined, 'JWT', 'jwt', 'client-authentication+jwt', 'application/client-authentication+jwt'])
    expect([typ, await answered(typ)]).toEqual([typ, 200])
  const actor = 'bailiwick-actor+jwt'
  for (const typ of [
    actor,
    `application/${actor}`,
    actor.toUpperCase(),
    'at+jwt',
    'dpop+jwt',
    'secevent+jwt',
    'person+jwt',
    '',
    null,
    ['JWT'],
  ])
    expect([typ, await answered(typ)]).toEqual([typ, 401])
})

it('Proofs by whoever is no client are not remembered, of which there could be any number: one is used up by a client alone, once.', async () => {
  const dpop = await proof(holder, 'POST', `${gateway.origin}/oauth/token`)
  const stranger = await keyPair()
  const client_assertion = await assertion(gateway, stranger)
  expect((await askToken(gateway, own, holder, { dpop, form: { client_assertion } })).body.error).toBe('invalid_client')
  expect((await askToken(gateway, own, holder, { dpop })).status).toBe(200)
  expect((await askToken(gateway, own, holder, { dpop })).body.error).toBe('invalid_dpop_proof')
})
