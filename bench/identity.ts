import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto'
import { AgentIdentity } from '@microsoft/agent-governance-sdk'
import { jwtVerify, SignJWT } from 'jose'
import { attenuate, rootToken } from '../packages/bailiwick/src/authority/attenuation/attenuate.ts'
import type { Grant } from '../packages/bailiwick/src/authority/attenuation/attenuate.ts'
import { verifyChain } from '../packages/bailiwick/src/authority/attenuation/verify-chain.ts'
import { LocalAuthority } from '../packages/bailiwick/src/authority/authority.ts'
import { DpopProofs } from '../packages/bailiwick/src/authority/oauth/dpop-proofs.ts'
import { ed25519Thumbprint } from '../packages/bailiwick/src/authority/oauth/thumbprint.ts'
import { Revocations } from '../packages/bailiwick/src/authority/revocations.ts'
import { signingKey } from '../packages/bailiwick/src/authority/signing-key.ts'
import type { KeyPair } from '../packages/bailiwick/src/authority/signing-key.ts'
import { singleKey } from '../packages/bailiwick/src/authority/token-keys.ts'
import { identityVerdict } from '../packages/bailiwick/src/decide/t0-identity.ts'
import { lineageOf } from '../packages/bailiwick/src/model/lineage-of.ts'
import { loadRuleset } from '../packages/bailiwick/src/model/load-ruleset.ts'
import type { Session } from '../packages/bailiwick/src/model/session.ts'
import { durableRuntime } from './durable-runtime.ts'
import { quantile, sample, time } from './measurement.ts'
import type { Bench } from './measurement.ts'

const example = new URL('../examples/secure-data-analyst/bailiwick.yaml', import.meta.url).pathname
const issuer = 'https://gateway.corp.example'

/** T0: tokens checked for the first time and again, proofs of possession, issuing, and how soon a revocation holds; beside plain `jose` and a peer's signatures. */
export const identityBench: Bench = async (report) => {
  const ruleset = loadRuleset(example)
  const key = signingKey(new Uint8Array(32).fill(1))
  const { privateKey } = generateKeyPairSync('ed25519')
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: privateKey.export({ format: 'jwk' }).x as string } as const
  const thumbprint = await ed25519Thumbprint(jwk.x)
  const server = { issuer: () => issuer, resource: () => `${issuer}/mcp` }
  const { trustDomain } = ruleset.manifest
  const fresh = async (): Promise<LocalAuthority> =>
    new LocalAuthority({ trustDomain, keys: await singleKey(key), clock: Date.now, server })
  const [agent] = ruleset.agents.values()
  if (agent === undefined) throw new Error('the example has no agent')
  const goal = agent.goals[0] as string
  const session: Session = {
    id: 'ses_bench',
    agent: agent.name,
    goal,
    params: { week: '2026-W07' },
    person: 'ann',
    request: null,
    opened: Date.now(),
    state: 'active',
  }
  const grant = { session, agentIds: [agent.id] as const, thumbprint, agentKey: null, lifetime: 600_000, scope: null }
  const authority = await fresh()

  const issued = await time(3000, 1, async () => authority.issueBound(grant))
  report({ case: 'a token issued', subject: 'bailiwick', metric: 'median', unit: 'ms', value: quantile(issued, 0.5) })
  report({ case: 'a token issued', subject: 'bailiwick', metric: 'rate', unit: '/s', value: 1000 / quantile(issued, 0.5) })

  const tokens = await Promise.all(Array.from({ length: 3000 }, () => authority.issueBound(grant)))
  const cold = await time(tokens.length, 1, async (index) => authority.verify(tokens[index] as string))
  report({ case: 'a token checked for the first time', subject: 'bailiwick', metric: 'median', unit: 'ms', value: quantile(cold, 0.5) })
  const josed = await time(tokens.length, 1, async (index) =>
    jwtVerify(tokens[index] as string, key.publicKey, { issuer, audience: `${issuer}/mcp` }),
  )
  report({ case: 'a token checked for the first time', subject: 'jose', metric: 'median', unit: 'ms', value: quantile(josed, 0.5) })

  const credential = await authority.verify(tokens[0] as string)
  const again = await time(20_000, 1, async () => {
    const known = await authority.verify(tokens[0] as string)
    identityVerdict({ call: null, credential: known, session, ruleset, now: Date.now() })
  })
  report({ case: 'T0 of a call, the token known', subject: 'bailiwick', metric: 'median', unit: 'ms', value: quantile(again, 0.5) })

  const proofs = new DpopProofs(Date.now, () => false)
  const token = tokens[0] as string
  const ath = createHash('sha256').update(token).digest('base64url')
  const request = { method: 'POST', url: `${issuer}/mcp`, token }
  const made = await Promise.all(
    Array.from({ length: 3000 }, () =>
      new SignJWT({ jti: randomUUID(), htm: 'POST', htu: request.url, ath })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'dpop+jwt', jwk })
        .setIssuedAt()
        .sign(privateKey),
    ),
  )
  const proved = await time(made.length, 1, async (index) => proofs.verify(made[index] as string, request))
  report({ case: 'a proof of possession', subject: 'bailiwick', metric: 'median', unit: 'ms', value: quantile(proved, 0.5) })

  await chains(report)

  const peer = AgentIdentity.generate('bench')
  const data = Buffer.from(token)
  const signature = peer.sign(data)
  report({
    case: 'a signature checked',
    subject: '@microsoft/agent-governance-sdk',
    metric: 'median',
    unit: 'ms',
    value:
      quantile(
        sample(() => peer.verify(data, signature)),
        0.5,
      ) / 1000,
  })
  report({
    case: 'a signature made',
    subject: '@microsoft/agent-governance-sdk',
    metric: 'median',
    unit: 'ms',
    value:
      quantile(
        sample(() => peer.sign(data)),
        0.5,
      ) / 1000,
  })

  const { runtime, close } = await durableRuntime(ruleset)
  const revocations = runtime.revocations as Revocations
  const links = lineageOf(session, credential)
  const looked = await time(20_000, 1, async () => revocations.first(links))
  report({
    case: 'whether anything above a call is revoked',
    subject: 'bailiwick',
    metric: 'median',
    unit: 'ms',
    value: quantile(looked, 0.5),
  })
  const cut = await time(500, 1, async (index) => {
    await revocations.revoke({ kind: 'session', id: `ses_${index}` }, { by: 'bench', reason: 'bench' })
    if ((await revocations.first([{ kind: 'session', id: `ses_${index}` }])) === null) throw new Error('a revocation does not hold')
  })
  report({
    case: 'a revocation, until it is recorded and holds',
    subject: 'bailiwick',
    metric: 'median',
    unit: 'ms',
    value: quantile(cut, 0.5),
  })
  report({
    case: 'a revocation, until it is recorded and holds',
    subject: 'bailiwick',
    metric: 'p99',
    unit: 'ms',
    value: quantile(cut, 0.99),
  })
  await close()
}

/** Chains of attenuated tokens, of one to eight links behind the first, each narrower than the one before. */
async function chains(report: Parameters<Bench>[0]): Promise<void> {
  const keys = Array.from({ length: 10 }, (_, index) => signingKey(new Uint8Array(32).fill(50 + index)))
  const [root, first, ...others] = keys as [KeyPair, KeyPair, ...KeyPair[]]
  const now = Math.floor(Date.now() / 1000)
  const granted = (index: number, holder: KeyPair): Omit<Grant, 'maxDepth'> => ({
    tools: { 'mail.send': { amount: { constraint_type: 'range', min: 0, max: 100 - index } } },
    holder: holder.x,
    issuedAt: now,
    expires: now + 600 - index,
  })
  const anchor = { issuer, key: root.publicKey, now: Date.now() }
  const tokens = [await rootToken({ name: issuer, key: root }, { ...granted(0, first), maxDepth: 8 })]
  let holder = first
  for (const [index, next] of others.entries()) {
    tokens.push(await attenuate(tokens.at(-1) as string, holder, granted(index + 1, next)))
    holder = next
    if (![1, 2, 4, 8].includes(index + 1)) continue
    const times = await time(400, 1, async () => {
      const { valid } = await verifyChain(tokens, anchor)
      if (!valid) throw new Error('the chain of the benchmark does not hold')
    })
    report({ case: `a chain ${index + 1} deep`, subject: 'bailiwick', metric: 'median', unit: 'ms', value: quantile(times, 0.5) })
  }
}
