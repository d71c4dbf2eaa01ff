import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rootToken } from '../../src/authority/attenuation/attenuate.ts'
import { verifyChain } from '../../src/authority/attenuation/verify-chain.ts'
import { AgentKeys } from '../../src/authority/agent-keys.ts'
import { ClientAssertions } from '../../src/authority/oauth/client-assertions.ts'
import { DpopProofs } from '../../src/authority/oauth/dpop-proofs.ts'
import { ed25519Thumbprint } from '../../src/authority/oauth/thumbprint.ts'
import { signedJwt } from '../../src/authority/signed-jwt.ts'
import { signingKey } from '../../src/authority/signing-key.ts'
import type { Refused, TrustedIssuers } from '../../src/authority/trust/trusted-issuers.ts'
import { SqliteAgentKeyStore } from '../../src/storage/sqlite/sqlite-agent-key-store.ts'
import { SqliteUsedIds } from '../../src/storage/sqlite/sqlite-used-ids.ts'
import { ScratchLedger } from '../ledger/scratch-ledger.ts'

/** Seconds since 1970. */
const noon = 1_770_000_000
const key = signingKey(new Uint8Array(32).fill(7))
const url = 'https://gateway.corp.example/oauth/token'
const clock = (): number => noon * 1000
const thumbprint = await ed25519Thumbprint(key.x)
const scratch = new ScratchLedger()
const { ledger, database } = scratch.open('gateway-1', clock)
const keys = new AgentKeys(new SqliteAgentKeyStore(database), ledger, clock)
const used = new SqliteUsedIds(database, clock)
const nobody = async (): Promise<Refused> => ({ ok: false, reason: 'nobody is trusted' })
const issuers: TrustedIssuers = { person: nobody, workload: nobody }
const assertions = new ClientAssertions({ keys, issuers, used, clock, audiences: () => [url] })

beforeAll(() => keys.register('clerk', key.x, 'tests', null))
afterAll(() => scratch.remove())

async function asserted(exp: number): Promise<boolean> {
  const claims = { iss: 'clerk', sub: 'clerk', aud: url, jti: randomUUID(), iat: noon, exp }
  return (await assertions.client(await signedJwt(key, { typ: 'JWT', kid: thumbprint }, claims))).ok
}

async function proved(iat: number): Promise<boolean> {
  const header = { typ: 'dpop+jwt', jwk: { kty: 'OKP', crv: 'Ed25519', x: key.x } }
  const proof = await signedJwt(key, header, { jti: randomUUID(), htm: 'POST', htu: url, iat })
  return (await new DpopProofs(clock, () => false).verify(proof, { method: 'POST', url, token: null })).ok
}

async function chained(over: { readonly issuedAt?: number; readonly expires?: number; readonly nbf?: number }): Promise<boolean> {
  const { issuedAt = noon, expires = noon + 600, nbf = noon } = over
  const grant = { tools: { 'mail.send': {} }, holder: key.x, issuedAt, expires, maxDepth: 1 }
  const root = await rootToken({ name: url, key }, grant, { nbf })
  return (await verifyChain([root], { issuer: url, key: key.publicKey, now: clock() })).valid
}

test.each<[string, () => Promise<boolean>, boolean]>([
  ['a proof of a minute ago', () => proved(noon - 60), true],
  ['a proof a second older', () => proved(noon - 61), false],
  ['a proof a minute ahead', () => proved(noon + 60), true],
  ['a proof a second further ahead', () => proved(noon + 61), false],
  ['an assertion that expired less than half a minute ago', () => asserted(noon - 29), true],
  ['an assertion that expired half a minute ago', () => asserted(noon - 30), false],
  ['an assertion that is good for as long as it may be, by a clock half a minute ahead', () => asserted(noon + 330), true],
  ['an assertion that is good for a second more', () => asserted(noon + 331), false],
  ['a link made a minute ahead', () => chained({ issuedAt: noon + 60 }), true],
  ['a link made a second further ahead', () => chained({ issuedAt: noon + 61 }), false],
  ['a link that is good from a minute ahead', () => chained({ nbf: noon + 60 }), true],
  ['a link that is good from a second later', () => chained({ nbf: noon + 61 }), false],
  ['a link with a second to live', () => chained({ expires: noon + 1 }), true],
  ['a link that expires now, for which no clock is forgiven', () => chained({ expires: noon }), false],
])('At the bound of what clocks may differ by, %s is taken or not: no second more is given.', async (_, isTaken, expected) => {
  expect(await isTaken()).toBe(expected)
})
