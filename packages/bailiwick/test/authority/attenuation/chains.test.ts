import { createHash, createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { CompactSign, decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { attenuate, rootToken } from '../../../src/authority/attenuation/attenuate.ts'
import type { Grant } from '../../../src/authority/attenuation/attenuate.ts'
import { constraintSchema } from '../../../src/authority/attenuation/constraint.ts'
import { verifyChain } from '../../../src/authority/attenuation/verify-chain.ts'
import { signingKey } from '../../../src/authority/signing-key.ts'
import type { KeyPair } from '../../../src/authority/signing-key.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { contractOf } from '../../../src/model/narrowing/contract-part.ts'
import { holds } from '../../../src/model/narrowing/holds.ts'
import { isNarrower } from '../../../src/model/narrowing/is-narrower.ts'
import { partProblem } from '../../../src/model/narrowing/part-problem.ts'
import { valueSet } from '../../../src/model/narrowing/value-set.ts'

const [ours, boss, clerk, temp, thief] = Array.from({ length: 5 }, () => signingKey(randomBytes(32))) as [
  KeyPair,
  KeyPair,
  KeyPair,
  KeyPair,
  KeyPair,
]
const issuer = 'spiffe://corp.example/bailiwick'
const noon = 1_800_000_000
const anchor = { issuer, key: ours.publicKey, now: noon * 1000 }
const exact = (value: unknown): JsonObject => ({ constraint_type: 'exact', value }) as JsonObject
const tools: Grant['tools'] = {
  'mail.send': {
    to: { constraint_type: 'one_of', values: ['ann@corp.example', 'bob@corp.example'] },
    copies: { constraint_type: 'range', min: 1, max: 5 },
  },
  'notes.read': {},
}
const narrow: Grant['tools'] = { 'mail.send': { to: exact('ann@corp.example'), copies: exact(1) } }
const grantTo = (key: KeyPair, change: Partial<Grant> = {}): Grant => ({
  tools,
  holder: key.x,
  issuedAt: noon,
  expires: noon + 600,
  maxDepth: 2,
  ...change,
})

const root = await rootToken({ name: issuer, key: ours }, grantTo(boss))
const second = await attenuate(root, boss, grantTo(clerk, { expires: noon + 300 }))
const third = await attenuate(second, clerk, grantTo(temp, { tools: narrow, expires: noon + 200 }))

/** A token with other claims than it was derived with, signed anew. */
async function altered(
  token: string,
  key: KeyPair,
  claims: JsonObject,
  header: JsonObject = { alg: 'EdDSA', typ: 'JWT' },
): Promise<string> {
  const text = JSON.stringify({ ...decodeJwt(token), ...claims })
  return new CompactSign(Buffer.from(text)).setProtectedHeader(header as { alg: string }).sign(key.privateKey)
}

const reasonOf = async (tokens: readonly string[], at: Partial<typeof anchor> = {}): Promise<string> => {
  const verified = await verifyChain(tokens, { ...anchor, ...at })
  return verified.valid ? 'valid' : verified.reason
}

test('A chain that each holder derived from the one before verifies without asking anybody, and says what may be done and what it descends from.', async () => {
  const verified = await verifyChain([root, second, third], anchor)
  expect(verified).toMatchObject({ valid: true })
  if (!verified.valid) return
  expect(verified.tokens.map(({ claims }) => claims.jti)).toEqual([root, second, third].map((token) => decodeJwt(token).jti))
  expect(verified.tokens.at(-1)?.claims.cnf.jwk.x).toBe(temp.x)
  expect(verified.parts.map(({ expires }) => expires)).toEqual([600, 300, 200].map((after) => (noon + after) * 1000))
  const call = (tool: string, args: JsonObject): (string | null)[] =>
    verified.parts.map((part) =>
      partProblem(part, { id: '', tool, arguments: args, livePin: null, realPaths: {} }, { params: {}, base: '/' }),
    )
  expect(call('mail.send', { to: 'ann@corp.example', copies: 1 })).toEqual([null, null, null])
  expect(call('mail.send', { to: 'bob@corp.example', copies: 1 })).toEqual([null, null, expect.stringContaining('`to`')])
  expect(call('mail.send', { to: 'ann@corp.example', copies: 1, bcc: 'x' })).not.toContain(null)
  expect(call('notes.read', {})).toEqual([null, null, expect.stringContaining('not among the tools')])
})

test('What a token grants is a part like any other: it is narrower than a contract of a goal, or not, by the same decision.', async () => {
  const goal = (to: string): ReturnType<typeof contractOf> =>
    contractOf({ tools: { 'mail.send': { to: { domain: to } } }, allow: [], limits: { rates: {}, repeats: 5 } })
  const verified = await verifyChain([root, second, third], anchor)
  const part = verified.valid ? verified.parts.at(-1)! : null!
  const within = { ...part, limits: { ...part.limits, repeats: 5 } }
  expect(isNarrower(within, goal('corp.example'), { params: {}, base: '/' })).toBeNull()
  expect(isNarrower(within, goal('evil.example'), { params: {}, base: '/' })).toMatch(/^frames/)
})

test.each<[string, () => Promise<readonly string[]> | readonly string[], RegExp]>([
  ['no token', () => [], /1 to 16/],
  ['the beginning cut off', () => [second, third], /token 0: it is issued by/],
  ['a link left out', () => [root, third], /token 1: it is not issued by the key/],
  ['links in another order', () => [root, third, second], /token 1: it is not issued by/],
  ['a link twice', () => [root, second, second], /token 2: it is not issued by/],
  ['the root twice', () => [root, root], /token 1: it is not issued by/],
  ['a link by another key', async () => [root, await altered(second, thief, {})], /token 1: it is not signed by the key/],
  ['a root by another key', async () => [await altered(root, thief, {})], /token 0: it is not signed by its issuer/],
  [
    'a root that calls itself otherwise',
    async () => [await altered(root, ours, { iss: 'spiffe://evil.example/bailiwick' })],
    /a chain begins with one by/,
  ],
  ['a root that is derived', async () => [await altered(root, ours, { par_hash: createHash('sha256').digest('base64url') })], /is missing/],
  ['a root at some depth', async () => [await altered(root, ours, { del_depth: 1 })], /begins at depth 0/],
  [
    'a key that the holder of the one above never had',
    async () => [root, await altered(second, thief, { iss: 'urn:ietf:params:oauth:jwk-thumbprint:sha-256:x' })],
    /not issued by the key/,
  ],
  [
    'the hash of another token',
    async () => [root, await altered(second, boss, { par_hash: createHash('sha256').update('x').digest('base64url') })],
    /derived from another token/,
  ],
  ['no hash', async () => [root, await altered(second, boss, { par_hash: undefined as never })], /derived from another token/],
  ['a depth that stays', async () => [root, await altered(second, boss, { del_depth: 0 })], /its depth is 0/],
  ['a depth that is skipped', async () => [root, await altered(second, boss, { del_depth: 2 })], /its depth is 2/],
  [
    'a depth over the most',
    async () => {
      const shallow = await rootToken({ name: issuer, key: ours }, grantTo(boss, { maxDepth: 0 }))
      const below = await altered(second, boss, { par_hash: hashOf(shallow), del_max_depth: 0 })
      return [shallow, below]
    },
    /0 is the most/,
  ],
  ['more depth than there was', async () => [root, await altered(second, boss, { del_max_depth: 3 })], /allows depth 3/],
  ['a later end', async () => [root, await altered(second, boss, { exp: noon + 601 })], /wider.*expiry/],
  ['the id of the one above', async () => [root, await altered(second, boss, { jti: decodeJwt(root).jti as string })], /has the id/],
  ['an id that could not be read', async () => [root, await altered(second, boss, { jti: 'a\u001B[2Jb' })], /jti/],
  ['a tool more', async () => [root, await granting({ ...tools, 'mail.purge': {} })], /wider.*tools: `mail\.purge`/],
  ['an argument without constraint', async () => [root, await granting({ 'mail.send': {} })], /wider.*without a frame/],
  ['an argument left out', async () => [root, await granting({ 'mail.send': { to: exact('ann@corp.example') } })], /wider/],
  [
    'an argument more',
    async () => [root, await granting({ 'mail.send': { ...tools['mail.send'], bcc: { constraint_type: 'wildcard' } } })],
    /wider.*`bcc`/,
  ],
  [
    'a value more',
    async () => [root, await granting({ 'mail.send': { ...tools['mail.send'], to: exact('spy@evil.example') } })],
    /wider.*`to`/,
  ],
  [
    'a wider range',
    async () => [root, await granting({ 'mail.send': { ...tools['mail.send'], copies: { constraint_type: 'range', min: 0, max: 5 } } })],
    /wider.*`copies`/,
  ],
  [
    'a constraint of a type that is not known',
    async () => [root, await granting({ 'notes.read': { path: { constraint_type: 'regex', pattern: '.*' } } })],
    /constraint_type/,
  ],
  [
    'constraints that hold one another too deep',
    async () => [root, await granting({ 'notes.read': { path: nested(5) } })],
    /4 deep at most/,
  ],
  [
    'very many constraints of one argument',
    async () => [
      root,
      await granting({ 'notes.read': { path: { constraint_type: 'any', constraints: Array.from({ length: 32 }, () => exact('a')) } } }),
    ],
    /32 constraints at most/,
  ],
  [
    'a constraint with a member that is not known',
    async () => [root, await granting({ 'notes.read': { path: { ...exact('a'), unless: 'b' } } })],
    /path/,
  ],
  [
    'two grants',
    async () => {
      const [one] = decodeJwt(second)['authorization_details'] as JsonObject[]
      return [root, await altered(second, boss, { authorization_details: [one!, one!] })]
    },
    /must be one/,
  ],
  ['a token that is not good yet', async () => [root, await altered(second, boss, { nbf: noon + 61 })], /not good yet/],
  ['an access token of ours', async () => [await altered(root, ours, {}, { alg: 'EdDSA', typ: 'at+jwt' })], /type/],
  ['a header that is not understood', async () => [await altered(root, ours, {}, { alg: 'EdDSA', jwk: { kty: 'OKP' } })], /header/],
  [
    'a private key in it',
    async () => [root, await altered(second, boss, { cnf: { jwk: { ...(decodeJwt(second)['cnf'] as { jwk: JsonObject }).jwk, d: 'x' } } })],
    /cnf/,
  ],
  ['a key given twice', async () => [await withText(root, ours, (text) => text.replace('{', '{"del_max_depth":9,'))], /JSON/],
])('A chain with %s is refused.', async (_, tokens, reason) => {
  expect(await reasonOf(await tokens())).toMatch(reason)
})

function nested(depth: number): JsonObject {
  return depth === 0 ? exact('a') : { constraint_type: depth % 2 === 0 ? 'all' : 'any', constraints: [nested(depth - 1)] }
}

function hashOf(token: string): string {
  return createHash('sha256')
    .update(token.slice(0, token.lastIndexOf('.')))
    .digest('base64url')
}

function granting(granted: Grant['tools']): Promise<string> {
  return altered(second, boss, { authorization_details: [{ type: 'attenuating_agent_token', tools: granted }] })
}

function withText(token: string, key: KeyPair, change: (text: string) => string): Promise<string> {
  const text = change(JSON.stringify(decodeJwt(token)))
  return new CompactSign(Buffer.from(text)).setProtectedHeader({ alg: 'EdDSA', typ: 'JWT' }).sign(key.privateKey)
}

test('No other algorithm is taken than the one of the keys: none, an HMAC with the public key, or the name of another.', async () => {
  const [, payload] = root.split('.') as [string, string]
  const head = (alg: string): string => Buffer.from(JSON.stringify({ alg, typ: 'JWT' })).toString('base64url')
  for (const alg of ['none', 'HS256', 'ES256', 'RS256']) {
    const input = `${head(alg)}.${payload}`
    const mac = createHmac('sha512', Buffer.from(ours.x, 'base64url')).update(input).digest('base64url')
    for (const signature of ['', mac, root.split('.')[2]])
      expect(await reasonOf([`${input}.${signature}`])).toMatch(/algorithm|compact form/)
  }
})

test('A link that has expired cuts the chain, and one of a time to come is not taken.', async () => {
  expect(await reasonOf([root, second, third], { now: (noon + 199) * 1000 })).toBe('valid')
  expect(await reasonOf([root, second, third], { now: (noon + 200) * 1000 })).toMatch(/token 2: it has expired/)
  expect(await reasonOf([root, second], { now: (noon + 300) * 1000 })).toMatch(/token 1: it has expired/)
  expect(await reasonOf([root], { now: (noon - 61) * 1000 })).toMatch(/to come/)
})

test('A holder is told when it asks for more than it has, and derives nothing with another key.', async () => {
  const refused = { code: 'DELEGATION_REFUSED' }
  await expect(attenuate(root, thief, grantTo(thief))).rejects.toMatchObject(refused)
  await expect(attenuate(root, boss, grantTo(clerk, { expires: noon + 601 }))).rejects.toMatchObject(refused)
  await expect(attenuate(root, boss, grantTo(clerk, { tools: { 'mail.purge': {} } }))).rejects.toMatchObject(refused)
  await expect(attenuate(root, boss, grantTo(clerk, { maxDepth: 3 }))).rejects.toMatchObject(refused)
  await expect(attenuate(third, temp, grantTo(clerk))).rejects.toMatchObject(refused)
  await expect(attenuate('no token', temp, grantTo(clerk))).rejects.toMatchObject(refused)
})

test('Whatever is sent in the place of a chain is answered, and never taken for one.', async () => {
  const piece = fc.oneof(
    fc.string(),
    fc.json().map((text) => Buffer.from(text).toString('base64url')),
    fc.constantFrom(...root.split('.'), ...second.split('.')),
  )
  const token = fc.oneof(
    fc.string(),
    fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join('.')),
    fc.constantFrom(second, third),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(token, { maxLength: 3 }), async (tokens) => {
      const fits = tokens.length > 0 && [root, second, third].slice(0, tokens.length).every((one, index) => one === tokens[index])
      expect((await verifyChain(tokens, anchor)).valid).toBe(fits)
    }),
    { numRuns: 1000 },
  )
})

test.each<[JsonObject, readonly unknown[], readonly unknown[]]>([
  [exact('a'), ['a'], ['b', ['a'], null]],
  [exact([1]), [[1]], [1, [1, 1], []]],
  [exact(true), [true], [1, 'true']],
  [{ constraint_type: 'range', min: 1, max: 3, max_inclusive: false }, [1, 2.9], [3, 0, '2', [2]]],
  [{ constraint_type: 'one_of', values: ['a', 1] }, ['a', 1], ['1', ['a']]],
  [{ constraint_type: 'not_one_of', excluded: ['a', 0] }, ['b', 1, null, ['a']], ['a', 0, -0]],
  [{ constraint_type: 'contains', required: ['a'] }, [['a'], ['b', 'a']], ['a', [], ['b']]],
  [{ constraint_type: 'subset', allowed: ['a', 'b'] }, [[], ['a'], ['b', 'a', 'a']], ['a', ['c'], ['a', 'c']]],
  [{ constraint_type: 'wildcard' }, ['a', 1, null, [], {}], []],
  [
    {
      constraint_type: 'all',
      constraints: [
        { constraint_type: 'range', min: 1 },
        { constraint_type: 'not_one_of', excluded: [2] },
      ],
    },
    [1, 3],
    [2, 0],
  ],
  [{ constraint_type: 'any', constraints: [exact('a'), { constraint_type: 'range', max: 1 }] }, ['a', 0], ['b', 2]],
  [{ constraint_type: 'any', constraints: [] }, [], ['a', 1, null]],
])('The constraint %j holds what it says.', (constraint, inside, outside) => {
  const set = valueSet(constraintSchema.parse(constraint), { params: {}, base: '/' })
  for (const one of inside) expect(holds(set, one as never, null), JSON.stringify(one)).toBe(true)
  for (const one of outside) expect(holds(set, one as never, null), JSON.stringify(one)).toBe(false)
})
