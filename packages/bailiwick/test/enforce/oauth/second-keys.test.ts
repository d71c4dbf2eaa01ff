import { beforeEach, describe, expect, it } from 'vitest'
import { askFor, attenuated, callTool, delegatingGateway, handedOn } from './delegating-gateway.ts'
import type { DelegatingGateway } from './delegating-gateway.ts'
import { keyPair } from './agent-client.ts'
import type { KeyPair } from './agent-client.ts'

let desk: DelegatingGateway
/** A second registered key of the agent whose session it is, and one for the tokens that are got with it. */
let [second, holder]: [KeyPair, KeyPair] = await Promise.all([keyPair(), keyPair()])

beforeEach(async () => {
  ;[desk, second, holder] = await Promise.all([delegatingGateway(), keyPair(), keyPair()])
  await desk.gateway.installation.agentKeys.register('agent', second.x, 'tests', null)
})

const got = async (type: string): Promise<string> =>
  (await askFor(desk.gateway, second, holder, { type, session: desk.session.id }, 'agent')).body.access_token
const revoke = (id: string): Promise<boolean> =>
  desk.gateway.installation.revocations.revoke({ kind: 'key', id }, { by: 'tests', reason: 'it leaked' })

describe('a key that leaked, of an agent that has another', () => {
  it('takes with it the tokens that were got with it, for a session of the other, and no more', async () => {
    const token = await got('urn:bailiwick:goal')
    expect(await callTool(desk, token, holder)).toMatchObject({ rule: 'done' })
    await revoke(second.thumbprint)
    expect(await callTool(desk, token, holder)).toMatchObject({ rule: 'T0.revoked' })
    expect(await callTool(desk, desk.token, desk.holder)).toMatchObject({ rule: 'done' })
  })

  it('takes with it what was handed on by such a token, with whatever key that was asked for', async () => {
    const from = { agent: 'agent', token: await got('urn:bailiwick:goal'), holder } as const
    const sub = await keyPair()
    const token = await handedOn(desk, sub, { from })
    expect(await callTool(desk, token, sub)).toMatchObject({ rule: 'done' })
    await revoke(second.thumbprint)
    expect(await callTool(desk, token, sub)).toMatchObject({ rule: 'T0.revoked' })
  })

  it('takes with it the chains that begin with a token that was got with it', async () => {
    const { chain } = await attenuated(await got('attenuating_agent_token'), holder, desk.keys.helper)
    expect(await callTool(desk, chain, desk.keys.helper)).toMatchObject({ rule: 'done' })
    await revoke(second.thumbprint)
    expect(await callTool(desk, chain, desk.keys.helper)).toMatchObject({ rule: 'T0.revoked' })
  })
})
