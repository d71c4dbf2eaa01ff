import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { DpopProofs } from '../../../src/authority/oauth/dpop-proofs.ts'
import { keyPair, proof } from './agent-client.ts'
import type { KeyPair } from './agent-client.ts'

const holder: KeyPair = await keyPair()

describe('proofs of possession', () => {
  let now: number
  beforeEach(() => {
    now = Date.now()
  })
  const url = 'https://gateway.corp.example/mcp'
  const made = (over: Readonly<Record<string, unknown>> = {}): Promise<string> =>
    proof(holder, 'POST', url, null, { iat: Math.floor(now / 1000), ...over })
  const asked = { method: 'POST', url, token: null }

  it('need a nonce of ours where that is wanted, which is good for a while', async () => {
    const proofs = new DpopProofs(
      () => now,
      () => true,
    )
    expect(await proofs.verify(await made(), asked)).toMatchObject({ ok: false, error: 'use_dpop_nonce' })
    expect(await proofs.verify(await made({ nonce: randomUUID() }), asked)).toMatchObject({ ok: false, error: 'use_dpop_nonce' })
    const nonce = proofs.nonce()
    expect(await proofs.verify(await made({ nonce }), asked)).toMatchObject({ ok: true, thumbprint: holder.thumbprint })
    now += 149_000
    expect(await proofs.verify(await made({ nonce }), asked)).toMatchObject({ ok: true })
    now += 160_000
    expect(await proofs.verify(await made({ nonce }), asked)).toMatchObject({ ok: false, error: 'use_dpop_nonce' })
  })

  it('are taken up to a minute off, once each, also when they come at once, and whatever the clock does', async () => {
    const proofs = new DpopProofs(
      () => now,
      () => false,
    )
    const old = await made()
    now += 59_000
    const answers = await Promise.all(Array.from({ length: 50 }, () => proofs.verify(old, asked)))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    now -= 100_000
    expect(await proofs.verify(old, asked)).toMatchObject({ ok: false })
    now += 40_000
    expect(await proofs.verify(old, asked)).toMatchObject({ ok: false, reason: 'the proof was used before' })
  })

  it('are for one URL, whatever its query, its letters and its port say', async () => {
    const proofs = new DpopProofs(
      () => now,
      () => false,
    )
    const taken = async (htu: string): Promise<boolean> => (await proofs.verify(await made({ htu }), asked)).ok
    for (const same of [`${url}?x=1`, `${url}#x`, 'https://GATEWAY.corp.example:443/mcp'])
      expect([same, await taken(same)]).toEqual([same, true])
    for (const other of [
      `${url}/`,
      'http://gateway.corp.example/mcp',
      'https://gateway.corp.example:8443/mcp',
      'https://gateway.corp.example.evil.example/mcp',
      '/mcp',
      '',
    ])
      expect([other, await taken(other)]).toEqual([other, false])
  })
})
