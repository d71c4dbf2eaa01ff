import { expect, test } from 'vitest'
import type { PersonTokens } from '../../../src/authority/credentials/person-tokens.ts'
import { authorisationServer } from './authorisation-server.ts'
import type { AuthorisationServer } from './authorisation-server.ts'
import { crm } from './crm.ts'
import type { Crm } from './crm.ts'
import { LendingGateway } from './lending-gateway.ts'
import type { LendingPlan } from './lending-gateway.ts'

const scopes = { read: ['crm.read'], write: ['crm.write'] }

async function world(
  oauth: Readonly<Record<string, unknown>> = {},
  plan: Partial<LendingPlan> = {},
): Promise<{ server: AuthorisationServer; box: Crm; gateway: LendingGateway }> {
  const server = await authorisationServer()
  const box = await crm(server.url)
  const gateway = await LendingGateway.open({
    mcp: { url: box.url },
    credential: {
      oauth: { issuer: server.url, clientId: 'bailiwick', clientSecret: { env: 'CRM_SECRET' }, ...oauth },
      scopes,
      tools: { drop: ['crm.admin'] },
    },
    environment: { CRM_SECRET: server.clientSecret, CLIENT_KEY: server.clientKey },
    ...plan,
  })
  return { server, box, gateway }
}

const tokensAsked = ({ asked }: AuthorisationServer): (string | null)[] => asked.map((parameters) => parameters.get('scope'))

test('A read is lent a token for reading, a write one for writing, and a tool of its own scopes one with those; each for this resource alone.', async () => {
  const { server, box, gateway } = await world()
  const call = await gateway.session()
  for (const tool of ['look', 'change', 'drop']) expect(await call(tool)).toContain('"text":"hello"')
  expect(box.calls.map(({ tool, claims }) => [tool, claims['scope'], claims.aud, claims.sub ?? claims['client_id']])).toEqual([
    ['look', 'crm.read', box.url, 'bailiwick'],
    ['change', 'crm.write', box.url, 'bailiwick'],
    ['drop', 'crm.admin', box.url, 'bailiwick'],
  ])
  expect(server.asked.map((parameters) => parameters.get('resource'))).toEqual([box.url, box.url, box.url])
  const lent = (await gateway.outcomes(3)).map(({ v, credentials }) => ({ v, credentials }))
  expect(lent).toEqual(
    ['crm.read', 'crm.write', 'crm.admin'].map((scope) => ({
      v: 2,
      credentials: [{ name: 'crm.credential', scopes: [scope], person: null }],
    })),
  )
})

test('The client shows itself with a key as well as with a secret.', async () => {
  const { box, gateway } = await world({ clientId: 'signer', clientSecret: undefined, clientKey: { env: 'CLIENT_KEY' } })
  expect(await (await gateway.session())('look')).toContain('"text":"hello"')
  expect(box.calls[0]?.claims['client_id']).toBe('signer')
})

test('A hundred calls of several sessions share one request for a token.', async () => {
  const { server, box, gateway } = await world()
  const sessions = await Promise.all(Array.from({ length: 10 }, () => gateway.session()))
  const answers = await Promise.all(Array.from({ length: 100 }, async (_, index) => sessions[index % 10]?.('look', `text ${index}`)))
  expect(answers.filter((answer) => answer?.includes('"text":"text '))).toHaveLength(100)
  expect(tokensAsked(server)).toEqual(['crm.read'])
  expect(new Set(box.calls.map(({ token }) => token)).size).toBe(1)
})

test('A token is replaced before it expires, and at once when the toolbox takes it no more; the call is made once.', async () => {
  let now = Date.now()
  const { server, box, gateway } = await world({}, { clock: () => now })
  const call = await gateway.session()
  await call('look')
  now += 200_000
  await call('look')
  expect(server.asked).toHaveLength(1)
  now += 75_000
  await call('look')
  expect(server.asked).toHaveLength(2)
  box.refused.add(box.calls.at(-1)?.token ?? '')
  expect(await call('look', 'again')).toContain('"text":"again"')
  expect(server.asked).toHaveLength(3)
  expect(box.calls).toHaveLength(4)
})

test('A client that the server knows no more gets nothing: the call is refused before the toolbox is asked, and the reason holds nothing of what the server said.', async () => {
  const { server, box, gateway } = await world()
  const call = await gateway.session()
  await call('look')
  server.revoked = true
  const answer = await call('change')
  expect(answer).toContain('no token for the toolbox `crm` can be had: its authorisation server refuses it with status 401')
  expect(answer).toContain('Nothing was done.')
  expect(box.calls).toHaveLength(1)
  const refused = (await gateway.outcomes(2))[1]
  expect(refused).toMatchObject({ v: 1, status: 'refused', error: expect.stringContaining('no token for the toolbox') })
  expect(JSON.stringify([answer, gateway.entries(), gateway.lines])).not.toContain(server.clientSecret)
})

const persons = (tokens: Readonly<Record<string, () => Promise<string>>>): PersonTokens => ({
  of: async ({ person }) => {
    const value = await tokens[person ?? '']?.()
    return value === undefined ? null : { value, type: 'id_token', expires: Number.POSITIVE_INFINITY }
  },
})

test('A token that is exchanged names the person of the session, and nobody else is lent it.', async () => {
  const tokens: Record<string, () => Promise<string>> = {}
  const { server, box, gateway } = await world({ grant: 'token-exchange' }, { persons: persons(tokens) })
  const [alice, bob] = await Promise.all([server.idToken('alice'), server.idToken('bob')])
  Object.assign(tokens, { alice: async () => alice, bob: async () => bob })
  expect(await (await gateway.session('alice'))('look')).toContain('hello')
  expect(await (await gateway.session('bob'))('look')).toContain('hello')
  expect(box.calls.map(({ claims }) => claims.sub)).toEqual(['alice', 'bob'])
  expect((await gateway.outcomes(2)).map(({ credentials }) => credentials?.[0]?.person)).toEqual(['alice', 'bob'])
  const all = JSON.stringify([gateway.entries(), gateway.lines])
  for (const token of [alice, bob]) expect(all).not.toContain(token)
  // Who signed in with something is not in the place of who is merely named, nor once they have signed out.
  delete tokens['alice']
  const before = box.calls.length
  expect(await (await gateway.session('alice'))('look')).toMatch(/"isError":true/)
  expect(box.calls).toHaveLength(before)
})

test.each([
  { person: null, says: 'the session has none' },
  { person: 'alice', says: 'there is nothing that they signed in with' },
])(
  'Without what the person ($person) signed in with nothing is exchanged, the toolbox is not asked, and it is recorded why.',
  async ({ person, says }) => {
    const { server, box, gateway } = await world({ grant: 'token-exchange' })
    expect(await (await gateway.session(person))('look')).toMatch(/"isError":true/)
    expect(box.authorizations.size).toBe(0)
    expect(server.asked).toEqual([])
    const told = gateway.entries().filter((entry) => entry.type === 'event' && entry.event === 'upstream')
    expect(JSON.stringify(told)).toContain(says)
  },
)
