import { generateKeyPairSync, sign } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { JWK } from 'jose'
import { expect, onTestFinished, test, vi } from 'vitest'
import { discoveryPath, issuer, issuerKey, keysPath } from './issuer.ts'
import type { Issuer } from './issuer.ts'
import { scratchTrust, seconds } from './scratch-trust.ts'
import type { ScratchTrust } from './scratch-trust.ts'

const packed = gzipSync(Buffer.alloc(20_000_000, ' '))
/** Before any test puts another in its place: nothing on loopback speaks TLS here. */
const realFetch = fetch
const hasty = { timeout: 1000, cooldown: 0 }

async function trusting(fetching = hasty): Promise<ScratchTrust & { ci: Issuer; token: () => Promise<string> }> {
  const ci = await issuer()
  const workloads = [{ issuer: ci.url, audience: 'gateway', claims: { sub: 'job' }, agent: 'clerk' }]
  const claims = { aud: 'gateway', sub: 'job', iat: seconds, exp: seconds + 300 }
  return Object.assign(scratchTrust({ workloads }, {}, fetching), { ci, token: () => ci.sign(claims) })
}

for (const path of [discoveryPath, keysPath]) {
  test.each<[string, RegExp, (ci: Issuer, other: Issuer) => Parameters<Issuer['answer']>[1]]>([
    [
      'redirects to another origin',
      /sends on/,
      (_, other) => (response) => response.writeHead(302, { location: `${other.url}${path}` }).end(),
    ],
    ['redirects to itself', /sends on/, (ci) => (response) => response.writeHead(307, { location: `${ci.url}/more` }).end()],
    ['hangs', /takes too long/, () => () => {}],
    [
      'drips',
      /takes too long/,
      () => (response) => {
        response.writeHead(200)
        const timer = setInterval(() => response.write(' '), 50)
        response.on('close', () => clearInterval(timer))
      },
    ],
    ['is huge', /over 262144 bytes/, () => (response) => response.end(JSON.stringify({ keys: [], pad: 'x'.repeat(300_000) }))],
    [
      'is huge once it is unpacked',
      /over 262144 bytes/,
      () => (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed),
    ],
    [
      'breaks off',
      /cannot be reached/,
      () => (response) => void response.writeHead(200, { 'content-length': '99' }).write('{', () => response.destroy()),
    ],
    ['answers with a fault', /status 500/, () => (response) => response.writeHead(500).end('{}')],
    ['is no JSON', /not JSON|not a set of keys/, () => (response) => response.end('<html>')],
    ['is null', /another issuer|not a set of keys/, () => (response) => response.end('null')],
    ['is a list', /another issuer|not a set of keys/, () => (response) => response.end('[]')],
    [
      'holds keys that are none',
      /another issuer|not a set of keys|no such key/,
      () => (response) => response.end('{"keys":[7,null,{"kty":"EC","kid":"first"}]}'),
    ],
  ])(`When ${path} %s, nothing is let through.`, async (_, reason, handle) => {
    const { trust, ci, token } = await trusting()
    const other = await issuer()
    ci.answer(path, handle(ci, other))
    expect(await trust.workload(await token())).toEqual({ ok: false, reason: expect.stringMatching(reason) as string })
    expect(other.asked.size).toBe(0)
  })
}

test.each<[string, (url: string) => unknown]>([
  ['about another issuer', (url) => ({ issuer: `${url}/`, jwks_uri: `${url}${keysPath}` })],
  ['without keys', (url) => ({ issuer: url })],
  ['with keys that come in the clear over the network', (url) => ({ issuer: url, jwks_uri: 'http://keys.example/jwks' })],
  ['with keys in a file', (url) => ({ issuer: url, jwks_uri: 'file:///etc/jwks.json' })],
  ['with keys in itself', (url) => ({ issuer: url, jwks_uri: 'data:application/json,{"keys":[]}' })],
])('A discovery document %s is not believed.', async (_, document) => {
  const { trust, ci, token } = await trusting()
  ci.answer(discoveryPath, (response) => response.end(JSON.stringify(document(ci.url))))
  expect(await trust.workload(await token())).toEqual({ ok: false, reason: expect.stringMatching(/discovery document/) as string })
})

test('An issuer elsewhere does not have the gateway ask addresses of its own machine.', async () => {
  const elsewhere = 'https://login.corp.example'
  const { ci } = await trusting()
  const documents: Record<string, unknown> = { issuer: elsewhere, jwks_uri: `${ci.url}${keysPath}` }
  vi.stubGlobal('fetch', async (url: string) => (url.startsWith(elsewhere) ? Response.json(documents) : realFetch(url)))
  onTestFinished(() => void vi.unstubAllGlobals())
  const { trust } = scratchTrust({ workloads: [{ issuer: elsewhere, audience: 'gateway', claims: { sub: 'job' }, agent: 'clerk' }] })
  const token = await ci.sign({ iss: elsewhere, aud: 'gateway', sub: 'job', iat: seconds, exp: seconds + 300 })
  expect(await trust.workload(token)).toEqual({ ok: false, reason: expect.stringMatching(/no address of keys/) as string })
  expect(ci.asked.size).toBe(0)
})

test('An issuer that does not answer is let alone for a while, whatever tokens come; afterwards it counts again.', async () => {
  const { trust, ci, token } = await trusting({ timeout: 1000, cooldown: 1500 })
  const good = (response: { end: (text: string) => void }): void =>
    response.end(JSON.stringify({ issuer: ci.url, jwks_uri: `${ci.url}${keysPath}` }))
  ci.answer(discoveryPath, (response) => response.writeHead(503).end())
  const answers = [await trust.workload(await token()), await trust.workload(await token()), await trust.workload(await token())]
  expect(answers.map(({ ok }) => ok)).toEqual([false, false, false])
  expect(ci.asked.get(discoveryPath)).toBe(1)
  ci.answer(discoveryPath, good)
  await new Promise((resolve) => setTimeout(resolve, 1550))
  expect(await trust.workload(await token())).toMatchObject({ ok: true })
})

test('Keys are fetched once for many tokens; a new key is found when the issuer changes to it, and the old one is gone then.', async () => {
  const { trust, ci, token } = await trusting()
  const old = await token()
  await Promise.all([trust.workload(old), trust.workload(old), trust.workload(await token())])
  expect([ci.asked.get(discoveryPath), ci.asked.get(keysPath)]).toEqual([1, 1])
  const next = await issuerKey('second')
  ci.publish([next.jwk])
  const claims = { aud: 'gateway', sub: 'job', iat: seconds, exp: seconds + 300 }
  expect(await trust.workload(await ci.sign(claims, {}, next))).toMatchObject({ ok: true })
  expect(await trust.workload(old)).toEqual({ ok: false, reason: expect.stringMatching(/no such key/) as string })
})

test('Tokens with keys that nobody knows do not have the keys fetched over and over.', async () => {
  const { trust, ci, token } = await trusting({ timeout: 5000, cooldown: 30_000 })
  expect(await trust.workload(await token())).toMatchObject({ ok: true })
  const claims = { aud: 'gateway', sub: 'job', iat: seconds, exp: seconds + 300 }
  for (const kid of ['a', 'b', 'c', 'd']) expect(await trust.workload(await ci.sign(claims, { kid }))).toMatchObject({ ok: false })
  expect(ci.asked.get(keysPath)).toBe(1)
})

test('A key that can be broken is not used, whatever it signs.', async () => {
  const { trust, ci } = await trusting()
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  ci.publish([{ ...(publicKey.export({ format: 'jwk' }) as JWK), kid: 'first', alg: 'RS256' }])
  const claims = { iss: ci.url, aud: 'gateway', sub: 'job', iat: seconds, exp: seconds + 300 }
  const body = [{ alg: 'RS256', kid: 'first' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const token = `${body}.${sign('sha256', Buffer.from(body), privateKey).toString('base64url')}`
  expect(await trust.workload(token)).toEqual({ ok: false, reason: expect.stringMatching(/shorter than 2048 bits/) as string })
})

test('A key for encryption, and one of several that a token does not name, are not used.', async () => {
  const { trust, ci } = await trusting()
  const claims = { aud: 'gateway', sub: 'job', iat: seconds, exp: seconds + 300 }
  const second = await issuerKey('second')
  ci.publish([ci.key.jwk, second.jwk])
  expect(await trust.workload(await ci.sign(claims, { kid: undefined }))).toEqual({
    ok: false,
    reason: expect.stringMatching(/which of its issuer's keys/) as string,
  })
  ci.publish([{ ...ci.key.jwk, use: 'enc' }])
  expect(await trust.workload(await ci.sign(claims, {}, await issuerKey('third')))).toMatchObject({ ok: false })
  expect(await trust.workload(await ci.sign(claims))).toEqual({ ok: false, reason: expect.stringMatching(/no such key/) as string })
})
