import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HonestGateway } from './honest-gateway.ts'
import { eventually } from './installation.ts'
import type { AttackInstallation, InstallationPlan } from './installation.ts'
import { decisionOf, StdioGateway, textOf } from './stdio-gateway-process.ts'

let harness: HonestGateway
let installation: AttackInstallation
let gateway: StdioGateway

beforeAll(() => begin({ goal: { allow: ['logging'], limits: { resultBytes: '1MB' } } }))
afterAll(end)

async function begin(plan: InstallationPlan): Promise<void> {
  harness = await HonestGateway.begin(plan)
  ;({ installation, gateway } = harness)
}

async function end(): Promise<void> {
  await harness?.end()
}

function expectHonest(): Promise<void> {
  return harness.expectHonest()
}

describe('a toolbox that floods', () => {
  it('does not drown the gateway or its client with 100,000 log messages', async () => {
    const before = gateway.unasked.length
    expect(textOf(await gateway.call('act', { kind: 'flood', n: 100_000 }, 40_000))).toBe('flooded')
    await expectHonest()
    expect(gateway.unasked.slice(before).filter(({ method }) => method === 'notifications/message').length).toBeLessThan(2000)
  })

  it('does not drown them with 20,000 reports of progress', async () => {
    const params = { name: 'act', arguments: { kind: 'flood-progress', n: 20_000 }, _meta: { progressToken: 'p' } }
    const before = gateway.unasked.length
    expect(textOf(await gateway.request('tools/call', params, 40_000))).toBe('flooded')
    await expectHonest()
    expect(gateway.unasked.slice(before).filter(({ method }) => method === 'notifications/progress').length).toBeLessThan(2000)
  })

  it('does not drown the gateway or its client with 100,000 changes of its tools', async () => {
    const before = gateway.unasked.length
    expect(textOf(await gateway.call('act', { kind: 'flood-changed', n: 100_000 }, 40_000))).toBe('flooded')
    await expectHonest()
    expect(gateway.unasked.slice(before).filter(({ method }) => method === 'notifications/tools/list_changed').length).toBeLessThan(1000)
  })

  it('does not fill the ledger with requests that are refused', async () => {
    const before = installation.entries().length
    expect(textOf(await gateway.call('act', { kind: 'flood-requests', n: 5000 }, 30_000))).toBe('flooded')
    await expectHonest()
    expect(installation.entries().length - before).toBeLessThan(200)
  })

  it('is refused a result over what the goal allows, and the agent is told how much that is', async () => {
    const answer = await gateway.call('act', { kind: 'big', n: 2_000_000 })
    expect(answer.result?.isError).toBe(true)
    expect(textOf(answer)).toMatch(
      /^Refused by Bailiwick \(T4, T4\.resultBytes\): the result has 2000\d+ bytes, and the goal allows \d+ more/,
    )
    const call = decisionOf(answer)?.call
    const outcome = await eventually(() => installation.entriesOf('outcome').find((entry) => entry.call === call), 'the outcome')
    expect(outcome.status).toBe('refused')
    await expectHonest()
  })
})
