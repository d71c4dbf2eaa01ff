import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { signedJwt } from '../../../src/authority/signed-jwt.ts'
import { thumbprintUri } from '../../../src/model/principal-uri.ts'
import { askToken, assertion, keyPair, proof } from './agent-client.ts'
import type { KeyPair } from './agent-client.ts'
import { actorToken, attenuated, callTool, delegatingGateway, exchange, seconds } from './delegating-gateway.ts'
import type { DelegatingGateway } from './delegating-gateway.ts'

let desk: DelegatingGateway
let sub: KeyPair = await keyPair()

beforeEach(async () => {
  ;[desk, sub] = await Promise.all([delegatingGateway(), keyPair()])
  const { gateway, keys } = desk
  const { x, thumbprint } = keys.agent
  // The agent's own key is that of everybody, so that nothing but the kind of a token tells them apart.
  await gateway.write('keys.json', JSON.stringify({ keys: [{ kty: 'OKP', crv: 'Ed25519', x, kid: thumbprint }] }))
  const events = [{ issuer: gateway.origin, audience: gateway.origin, jwks: 'keys.json' }]
  gateway.edit((manifest) => void Object.assign(manifest, { trust: { people: { keys: { ann: x } }, events } }))
  await gateway.reload()
})

/** Everything that is signed and goes through these doors, each genuine, and good for one thing. */
async function kinds(): Promise<ReadonlyMap<string, string>> {
  const { gateway, keys, holder, session, root, token } = desk
  const { chain, token: link } = await attenuated(root, holder, keys.helper)
  const person = {
    iss: thumbprintUri(keys.agent.thumbprint),
    sub: 'ann',
    aud: 'spiffe://attack.example/bailiwick',
    iat: seconds(),
    exp: seconds() + 60,
    jti: randomUUID(),
  }
  const event = { iss: gateway.origin, aud: gateway.origin, iat: seconds(), jti: randomUUID(), sid: session.id, agent: 'agent', events: {} }
  return new Map([
    ['access token', token],
    ['token of the command line', await gateway.installation.token(session, 60_000)],
    ['token that can be attenuated', root],
    ['chain', chain],
    ['link by itself', link],
    ['client assertion', await assertion(gateway, keys.agent)],
    ['word of a sub-agent', await actorToken(gateway, 'helper', keys.helper, sub)],
    ['proof of possession', await proof(holder, 'POST', `${gateway.origin}/mcp`, token)],
    ['token of a person', await signedJwt(keys.agent, { typ: 'person+jwt' }, person)],
    ['event', await signedJwt(keys.agent, { typ: 'secevent+jwt', kid: keys.agent.thumbprint }, event)],
  ])
}

const form = (over: Readonly<Record<string, string>>): Promise<boolean> =>
  exchange(desk, sub, { form: over }).then(({ status }) => status === 200)

/** Whether a door lets somebody in by a token: everything else about the request is as it must be. */
const doors: readonly [string, readonly string[], (token: string, kind: string) => Promise<boolean>][] = [
  [
    'the MCP endpoint, with a proof',
    ['access token', 'chain'],
    async (token, kind) => (await callTool(desk, token, kind === 'chain' ? desk.keys.helper : desk.holder)).status === 200,
  ],
  [
    'the MCP endpoint, without',
    ['token of the command line'],
    async (token) => (await callTool(desk, token, desk.holder, undefined, { scheme: 'Bearer', dpop: null })).status === 200,
  ],
  [
    'the token endpoint, as what a client says who it is by',
    ['client assertion'],
    async (token) => (await askToken(desk.gateway, desk.keys.agent, desk.holder, { form: { client_assertion: token } })).status === 200,
  ],
  ['the token endpoint, as what a sub-agent says who it is by', ['word of a sub-agent'], async (token) => form({ actor_token: token })],
  [
    'the token endpoint, as what is handed on from',
    ['access token'],
    async (token) => (await exchange(desk, sub, { from: { agent: 'agent', token, holder: desk.holder } })).status === 200,
  ],
  ...(['id_token', 'jwt'] as const).map(
    (type) =>
      [
        `the token endpoint, as what names a person (${type})`,
        ['token of a person'],
        async (token: string) =>
          (
            await askToken(desk.gateway, desk.keys.agent, desk.holder, {
              form: {
                grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
                subject_token: token,
                subject_token_type: `urn:ietf:params:oauth:token-type:${type}`,
              },
            })
          ).status === 200,
      ] as [string, readonly string[], (token: string) => Promise<boolean>],
  ),
  [
    'the receiver of events',
    ['event'],
    async (token) =>
      (
        await fetch(`${desk.gateway.origin}/oauth/events`, {
          method: 'POST',
          headers: { 'content-type': 'application/secevent+jwt' },
          body: token,
        })
      ).ok,
  ],
]

describe('a token of one kind, genuine and presented by whoever it is for', () => {
  it.each(doors)('is taken by %s only if it is of the kind that is meant for it', async (_, meant, isTaken) => {
    const taken: string[] = []
    for (const [kind, token] of await kinds()) if (await isTaken(token, kind)) taken.push(kind)
    expect(taken).toEqual(meant)
    expect(desk.gateway.lines.filter((line) => !line.startsWith('rules '))).toEqual([])
  })
})
