import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ManifestOnDisk } from '../../attack/installation.ts'
import { issuer } from '../../authority/trust/issuer.ts'
import type { Issuer } from '../../authority/trust/issuer.ts'
import { openGateway } from '../live-gateway.ts'
import type { LiveGateway } from '../live-gateway.ts'
import { askToken, assertion, keyPair } from './agent-client.ts'
import type { KeyPair, TokenAnswer } from './agent-client.ts'

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const idToken = 'urn:ietf:params:oauth:token-type:id_token'

let gateway: LiveGateway
let [ci, login]: [Issuer, Issuer] = [null as never, null as never]
let [own, holder]: [KeyPair, KeyPair] = await Promise.all([keyPair(), keyPair()])
const seconds = (): number => Math.floor(Date.now() / 1000)

beforeEach(async () => {
  ;[gateway, ci, login, own, holder] = await Promise.all([openGateway(), issuer(), issuer(), keyPair(), keyPair()])
  await gateway.installation.agentKeys.register('agent', own.x, 'tests', null)
  gateway.edit((manifest: ManifestOnDisk & { trust?: object }) => {
    manifest.trust = {
      people: { issuer: login.url, clientId: 'bailiwick' },
      workloads: [{ issuer: ci.url, audience: 'https://gateway.corp.example', claims: { repository: 'corp/shop' }, agent: 'agent' }],
    }
  })
  await gateway.reload()
})

const job = (more: Readonly<Record<string, unknown>> = {}): Promise<string> =>
  ci.sign({
    sub: 'repo:corp/shop',
    repository: 'corp/shop',
    aud: 'https://gateway.corp.example',
    iat: seconds(),
    exp: seconds() + 300,
    jti: crypto.randomUUID(),
    ...more,
  })
const person = (more: Readonly<Record<string, unknown>> = {}): Promise<string> =>
  login.sign({ sub: 'ann', aud: 'bailiwick', iat: seconds(), exp: seconds() + 300, ...more })

const form = async (of: Readonly<Record<string, string>>): Promise<TokenAnswer> => askToken(gateway, own, holder, { form: of })

describe('an agent in a pipeline', () => {
  it('gets a token by what its platform says of it, and stores no secret', async () => {
    const answer = await form({ client_assertion: await job({ jti: 'job-1' }) })
    expect(answer.status).toBe(200)
    expect(decodeJwt(answer.body.access_token)).toMatchObject({ client_id: 'agent', cnf: { jkt: holder.thumbprint } })
    expect(gateway.files.entriesOf('session').at(-1)).toMatchObject({
      v: 3,
      proofs: { agent: { iss: ci.url, sub: 'repo:corp/shop', jti: 'job-1' }, person: null },
    })
  })

  it('gets none by what another repository, another platform or nobody says of it, nor twice by the same', async () => {
    const once = await job()
    expect((await form({ client_assertion: once })).status).toBe(200)
    for (const client_assertion of [
      once,
      await job({ repository: 'corp/other' }),
      await job({ aud: 'https://other.example' }),
      await person(),
      await job({ exp: seconds() - 100 }),
    ])
      expect(await form({ client_assertion })).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  })
})

describe('an agent that acts for a person', () => {
  const exchanged = async (subject_token: string, of: Readonly<Record<string, string>> = {}): Promise<TokenAnswer> =>
    form({ client_assertion: await assertion(gateway, own), grant_type: exchange, subject_token, subject_token_type: idToken, ...of })

  it('gets a token in which the person is the subject and the agent acts, and the session is for that person', async () => {
    const answer = await exchanged(await person({ jti: 'sign-in-1' }))
    expect(answer.body).toMatchObject({ token_type: 'DPoP', issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' })
    const claims = decodeJwt(answer.body.access_token)
    expect(claims).toMatchObject({ sub: 'ann', act: { sub: expect.stringMatching(/^spiffe:\/\/.*\/agent\/agent$/) as string } })
    expect(gateway.files.entriesOf('session').at(-1)).toMatchObject({
      event: 'opened',
      agent: 'agent',
      person: 'ann',
      proofs: {
        agent: { iss: `urn:ietf:params:oauth:jwk-thumbprint:sha-256:${own.thumbprint}`, sub: 'agent', jti: expect.any(String) as string },
        person: { iss: login.url, sub: null, jti: 'sign-in-1' },
      },
    })
  })

  it('gets none for a token that is for another client, of another provider, old, or its own', async () => {
    const own_ = (await form({})).body.access_token
    const sessions = (await gateway.installation.sessions.list(100)).length
    for (const token of [
      await person({ aud: 'other' }),
      await job(),
      await person({ exp: seconds() - 100 }),
      own_ ?? 'x',
      'x.y.z',
      'x'.repeat(20_000),
    ])
      expect(await exchanged(token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(await exchanged(await person(), { subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' })).toMatchObject({
      body: { error: 'invalid_request' },
    })
    expect(await exchanged(await person(), { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' })).toMatchObject({
      body: { error: 'invalid_request' },
    })
    expect(await gateway.installation.sessions.list(100)).toHaveLength(sessions)
  })

  it('does not take up a session that is another person’s', async () => {
    const session = decodeJwt((await exchanged(await person())).body.access_token)['sid'] as string
    const authorization_details = JSON.stringify([{ type: 'urn:bailiwick:goal', session }])
    expect((await exchanged(await person(), { authorization_details })).status).toBe(200)
    expect((await exchanged(await person({ sub: 'bob' }), { authorization_details })).body.error).toBe('invalid_grant')
  })
})
