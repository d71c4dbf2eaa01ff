import { expect, test } from 'vitest'
import { issuer, issuerKey } from './issuer.ts'
import type { Issuer } from './issuer.ts'
import { scratchTrust, seconds, start } from './scratch-trust.ts'
import type { ScratchTrust } from './scratch-trust.ts'

const gateway = 'https://gateway.corp.example'
const subject = 'repo:corp/shop:ref:refs/heads/main'

/** What a workflow of `corp/shop` is given on its main branch. */
function workflow(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const claims = { sub: subject, repository: 'corp/shop', ref: 'refs/heads/main', run_attempt: 1 }
  return { aud: gateway, iat: seconds, nbf: seconds, exp: seconds + 300, ...claims, ...more }
}

function rule({ url }: Issuer, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { issuer: url, audience: gateway, claims: { repository: 'corp/shop', ref: 'refs/heads/main' }, agent: 'ci-assistant', ...more }
}

async function trusted(more: Readonly<Record<string, unknown>> = {}, alg?: string): Promise<ScratchTrust & { ci: Issuer }> {
  const ci = await issuer(alg)
  const scratch = scratchTrust({ workloads: [rule(ci, more)] })
  return Object.assign(scratch, { ci })
}

test.each(['RS256', 'PS384', 'ES256', 'ES512', 'EdDSA'])('The bearer of a token that fits a rule is its agent (%s).', async (alg) => {
  const { trust, ci } = await trusted({}, alg)
  expect(await trust.workload(await ci.sign(workflow({ jti: 'one' })))).toEqual({
    ok: true,
    agent: 'ci-assistant',
    issuer: ci.url,
    subject,
    tokenId: 'one',
    expires: start + 300_000,
  })
})

test('A token with an id is good once, in whichever process; one without is good as long as it lives.', async () => {
  const { trust, another, ci } = await trusted()
  const token = await ci.sign(workflow({ jti: 'one' }))
  const answers = await Promise.all([trust.workload(token), another().workload(token), trust.workload(token), another().workload(token)])
  expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
  expect(await trust.workload(token)).toEqual({ ok: false, reason: 'the token was used before' })
  expect(await trust.workload(await ci.sign(workflow({ jti: 'two' })))).toMatchObject({ ok: true })
  const bare = await ci.sign(workflow())
  expect([await trust.workload(bare), await trust.workload(bare)]).toMatchObject([{ ok: true }, { ok: true }])
})

test('The same id of another issuer is another id, however the two are written.', async () => {
  const [one, other] = [await issuer(), await issuer()]
  const { trust } = scratchTrust({ workloads: [rule(one), rule(other)] })
  expect(await trust.workload(await one.sign(workflow({ jti: 'x' })))).toMatchObject({ ok: true })
  expect(await trust.workload(await other.sign(workflow({ jti: 'x' })))).toMatchObject({ ok: true })
})

test('A refused token uses nothing up.', async () => {
  const { trust, ci } = await trusted()
  expect(await trust.workload(await ci.sign(workflow({ jti: 'one', ref: 'refs/heads/other' })))).toMatchObject({ ok: false })
  expect(await trust.workload(await ci.sign(workflow({ jti: 'one' })))).toMatchObject({ ok: true })
})

test.each<[string, Record<string, unknown>, RegExp]>([
  ['for the client of somebody else', { aud: 'https://other.example' }, /somebody else/],
  ['for somebody else as well', { aud: [gateway, 'https://other.example'] }, /more than one audience/],
  ['with an audience that is no text', { aud: [{ toString: gateway }] }, /more than one audience/],
  ['without an audience', { aud: undefined }, /no claim `aud`/],
  ['of another repository', { repository: 'corp/shop-fork' }, /no rule/],
  ['of a repository in other letters', { repository: 'Corp/shop' }, /no rule/],
  ['of a repository that looks like it (Cyrillic о)', { repository: 'c\u043Erp/shop' }, /no rule/],
  ['of a repository that is the same when composed', { repository: 'corp/shop\u0301' }, /no rule/],
  ['of a repository with a zero-width space', { repository: 'corp/shop\u200B' }, /no rule/],
  ['of a list that holds the repository', { repository: ['corp/shop'] }, /no rule/],
  ['of an object in the place of a text', { repository: { 0: 'corp/shop' } }, /no rule/],
  ['without a claim that the rule names', { ref: undefined }, /no rule/],
  ['that has expired', { exp: seconds - 61 }, /expired/],
  ['that never expires', { exp: undefined }, /no claim `exp`/],
  ['that expires as a text', { exp: `${seconds + 300}` }, /`exp`/],
  ['that is not valid yet', { nbf: seconds + 61 }, /not valid yet/],
  ['from the future', { iat: seconds + 61 }, /from the future/],
  ['that does not say when it was issued', { iat: undefined }, /no claim `iat`/],
  ['of nobody', { sub: undefined }, /no claim `sub`/],
  ['of a number', { sub: 7 }, /no name/],
  ['of a subject that turns text around', { sub: 'repo:\u202Epohs' }, /no name/],
  ['with an id that is no text', { jti: ['one'] }, /no text|not a text/],
  ['issued too long ago', { iat: seconds - 3661, nbf: seconds - 3661 }, /too long ago/],
  ['of an issuer with a slash more', { iss: 'X/' }, /does not trust the issuer/],
])('A token %s is refused.', async (_, changed, reason) => {
  const { trust, ci } = await trusted()
  const more = changed['iss'] === undefined ? changed : { ...changed, iss: `${ci.url}/` }
  const raw = await ci.sign(workflow(more))
  expect(await trust.workload(raw)).toEqual({ ok: false, reason: expect.stringMatching(reason) as string })
})

test('Times count with a minute of difference, and not with a second more.', async () => {
  const scratch = await trusted({ maxAge: '10m' })
  const { trust, ci } = scratch
  const token = await ci.sign(workflow({ exp: seconds + 600 }))
  const at = async (offset: number): Promise<boolean> => {
    scratch.now = start + offset * 1000
    return (await trust.workload(token)).ok
  }
  expect([await at(-61), await at(-60), await at(0), await at(659), await at(660), await at(661)]).toEqual([
    false,
    true,
    true,
    true,
    false,
    false,
  ])
  const long = await ci.sign(workflow({ exp: seconds + 6000 }))
  const aged = async (offset: number): Promise<boolean> => {
    scratch.now = start + offset * 1000
    return (await trust.workload(long)).ok
  }
  expect([await aged(660), await aged(661)]).toEqual([true, false])
})

test('A rule takes a list of values, numbers and truth values, each with its type.', async () => {
  const claims = { repository: ['corp/shop', 'corp/till'], run_attempt: 1, protected: true }
  const { trust, ci } = await trusted({ claims })
  const answer = async (more: Record<string, unknown>): Promise<boolean> => (await trust.workload(await ci.sign(workflow(more)))).ok
  expect(await answer({ protected: true })).toBe(true)
  expect(await answer({ protected: true, repository: 'corp/till' })).toBe(true)
  expect(await answer({ protected: 'true' })).toBe(false)
  expect(await answer({ protected: true, run_attempt: '1' })).toBe(false)
  expect(await answer({ protected: true, repository: ['corp/shop', 'corp/till'] })).toBe(false)
})

test('Names that every object has are no claims.', async () => {
  const { trust, ci } = await trusted({ claims: { constructor: 'corp' } })
  expect(await trust.workload(await ci.sign(workflow()))).toMatchObject({ ok: false })
})

test('A token that rules for different agents fit is refused; where they agree it is taken.', async () => {
  const ci = await issuer()
  const [main, shop] = [rule(ci), rule(ci, { claims: { repository: 'corp/shop' }, agent: 'deployer' })]
  const { trust } = scratchTrust({ workloads: [main, shop] })
  expect(await trust.workload(await ci.sign(workflow()))).toEqual({
    ok: false,
    reason: 'rules of `trust.workloads` for different agents fit the token',
  })
  expect(await trust.workload(await ci.sign(workflow({ ref: 'refs/heads/other' })))).toMatchObject({ ok: true, agent: 'deployer' })
  const { trust: agreed } = scratchTrust({ workloads: [main, { ...shop, agent: 'ci-assistant' }] })
  expect(await agreed.workload(await ci.sign(workflow()))).toMatchObject({ ok: true, agent: 'ci-assistant' })
})

test('A service account of Kubernetes and a SPIFFE workload come in by their subject, with keys from a file.', async () => {
  const key = await issuerKey('k8s', 'RS256')
  const ci = await issuer()
  const cluster = 'https://kubernetes.default.svc.cluster.local'
  const account = 'system:serviceaccount:shop:assistant'
  const spiffe = 'spiffe://corp.example/ns/shop/sa/assistant'
  const rules = [account, spiffe].map((sub) => ({
    issuer: cluster,
    audience: gateway,
    claims: { sub },
    agent: 'ci-assistant',
    jwks: 'cluster.json',
  }))
  const { trust } = scratchTrust({ workloads: rules }, { 'cluster.json': JSON.stringify({ keys: [key.jwk] }) })
  for (const sub of [account, spiffe])
    expect(await trust.workload(await ci.sign(workflow({ iss: cluster, aud: [gateway], sub }), {}, key))).toMatchObject({
      ok: true,
      subject: sub,
    })
  expect(await trust.workload(await ci.sign(workflow({ iss: cluster, sub: `${account}2` }), {}, key))).toMatchObject({ ok: false })
  expect(await trust.workload(await ci.sign(workflow({ iss: cluster, sub: account })))).toMatchObject({ ok: false })
})

test.each<[string, Record<string, string>, RegExp]>([
  ['is not there', {}, /cannot be read: ENOENT/],
  ['is no JSON', { 'keys.json': '{' }, /not JSON/],
  ['holds something else', { 'keys.json': '{"keys":7}' }, /not a set of keys/],
  ['is huge', { 'keys.json': `{"keys":[]}${' '.repeat(300_000)}` }, /over 262144 bytes/],
])('When the file of keys %s, nothing is let through.', async (_, files, reason) => {
  const ci = await issuer()
  const { trust } = scratchTrust({ workloads: [rule(ci, { jwks: 'keys.json' })] }, files)
  expect(await trust.workload(await ci.sign(workflow()))).toEqual({ ok: false, reason: expect.stringMatching(reason) as string })
})

test('Without rules nobody is let in, and whose rules are only for people is no workload.', async () => {
  const ci = await issuer()
  const { trust } = scratchTrust({ people: { issuer: ci.url, clientId: gateway } })
  expect(await trust.workload(await ci.sign(workflow()))).toEqual({
    ok: false,
    reason: 'the manifest does not trust the issuer of the token',
  })
})
