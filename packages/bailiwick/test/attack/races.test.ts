import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AttackInstallation, eventually } from './installation.ts'
import type { InstallationPlan } from './installation.ts'
import { decisionOf, StdioGateway, textOf } from './stdio-gateway-process.ts'
import type { Answer } from './stdio-gateway-process.ts'

const installations: AttackInstallation[] = []
const gateways: StdioGateway[] = []
let limited: [AttackInstallation, StdioGateway]
let rated: [AttackInstallation, StdioGateway]
let confirmed: [AttackInstallation, StdioGateway]
let revocable: [AttackInstallation, StdioGateway]

beforeAll(async () => {
  ;[limited, rated, confirmed, revocable] = await Promise.all([
    start({ goal: { limits: { calls: 10 } } }),
    start({ goal: { limits: { rates: { 'box.honest': '3/1h' } } } }),
    start({ reads: true, goal: { confirm: ['box.honest'], limits: { calls: 2 } } }),
    start({ reads: true, goal: { allow: ['completion', 'subscriptions'] } }),
  ])
})
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.kill()))
  for (const installation of installations) installation.remove()
})

async function start(plan: InstallationPlan): Promise<[AttackInstallation, StdioGateway]> {
  const installation = new AttackInstallation(plan)
  installations.push(installation)
  const gateway = await StdioGateway.start(installation)
  gateways.push(gateway)
  await gateway.request('tools/list')
  return [installation, gateway]
}

/** Sends calls in one write, so that the gateway reads them all at once. */
function burst(gateway: StdioGateway, count: number, args: (index: number) => Record<string, unknown>): Promise<Answer[]> {
  const ids = Array.from({ length: count }, (_, index) => `burst ${crypto.randomUUID()} ${index}`)
  const answers = Promise.all(ids.map((id) => gateway.answerTo(id)))
  const line = (id: string, index: number): string =>
    `${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'honest', arguments: args(index) } })}\n`
  gateway.write(ids.map(line).join(''))
  return answers
}

const allowedOf = (answers: readonly Answer[]): number => answers.filter((answer) => decisionOf(answer)?.response === 'allow').length

describe('calls that race for a limit', () => {
  it('get exactly ten of sixteen through at once when the goal allows ten', async () => {
    const [installation, gateway] = limited
    const answers = await burst(gateway, 16, (index) => ({ text: `call ${index}` }))
    expect(allowedOf(answers)).toBe(10)
    expect(installation.reached()).toHaveLength(10)
    const refused = answers.filter((answer) => decisionOf(answer)?.response === 'deny')
    expect(new Set(refused.map((answer) => decisionOf(answer)?.rule))).toEqual(new Set(['T4.calls']))
    expect(refused).toHaveLength(6)
  })

  it('get exactly three through when the rate allows three an hour', async () => {
    const [installation, gateway] = rated
    const answers = await burst(gateway, 12, (index) => ({ text: `call ${index}` }))
    expect(allowedOf(answers)).toBe(3)
    expect(installation.reached()).toHaveLength(3)
    expect(answers.filter((answer) => decisionOf(answer)?.rule === 'T4.rate')).toHaveLength(9)
  })
})

describe('calls that race for an approval', () => {
  /** Has each of the given calls approved, with nobody waiting for it any more. */
  async function approveAll(texts: readonly string[]): Promise<void> {
    const [installation, gateway] = confirmed
    for (const text of texts) {
      const id = gateway.nextId
      gateway.call('honest', { text }, 60_000).catch(() => {})
      const asked = await eventually(
        () => installation.entriesOf('approval').findLast((entry) => entry.event === 'asked' && !answered.has(entry.approval)),
        'the question',
      )
      answered.add(asked.approval)
      gateway.write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } })
      await eventually(
        () => denials(asked.session) > 0 && installation.entriesOf('decision').at(-1)?.response === 'deny',
        'the end of the wait',
      )
      await installation.json('approve', asked.approval)
    }
  }
  const answered = new Set<string>()
  const denials = (session: string): number =>
    confirmed[0].entriesOf('decision').filter((entry) => entry.session === session && entry.response === 'deny').length

  it('let exactly one of eight identical ones through', async () => {
    const [installation, gateway] = confirmed
    await approveAll(['one'])
    const before = installation.reached().length
    const known = installation.entriesOf('decision').length
    const ids = Array.from({ length: 8 }, (_, index) => `same ${index}`)
    const answers = ids.map((id) => gateway.answerTo(id, 3000).catch(() => null))
    gateway.write(
      ids
        .map(
          (id) =>
            `${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'honest', arguments: { text: 'one' } } })}\n`,
        )
        .join(''),
    )
    await eventually(() => installation.reached().length > before, 'one of them at the tool')
    await eventually(() => installation.entriesOf('decision').length >= known + 8, 'a decision on each')
    for (const id of ids) gateway.write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } })
    await Promise.all(answers)
    expect(installation.reached()).toHaveLength(before + 1)
    const used = installation.entriesOf('decision').filter((entry) => entry.approval !== null)
    expect(used).toHaveLength(1)
  })

  it('cannot pass a limit of calls together, with an approval each', async () => {
    const [installation, gateway] = confirmed
    await approveAll(['two', 'three', 'four'])
    const before = installation.reached().length
    expect(before).toBe(1)
    const texts = ['two', 'three', 'four']
    const answers = await burst(gateway, 3, (index) => ({ text: texts[index] }))
    expect(installation.reached()).toHaveLength(2)
    expect(allowedOf(answers)).toBe(1)
  })
})

describe('a session that is revoked while calls are in flight', () => {
  it('lets nothing through that starts after the revocation was acknowledged, be it a call, a read or a completion', async () => {
    const [installation, gateway] = revocable
    const stop = new AbortController()
    let sent = 0
    const storm = (async () => {
      while (!stop.signal.aborted) {
        sent += 1
        await gateway.call('honest', { text: `before ${sent}` })
      }
    })()
    const slow = gateway.call('act', { kind: 'slow', n: 3000 })
    await eventually(() => installation.reached().length > 5, 'calls in flight')
    await installation.json('sessions', 'revoke', gateway.session)
    const acknowledged = Date.now()
    const after = await gateway.call('honest', { text: 'after' })
    expect(decisionOf(after)).toMatchObject({ response: 'deny', tier: 'T0', rule: 'T0.revoked' })
    stop.abort()
    await storm
    const others = ['completion/complete', 'resources/subscribe', 'resources/read', 'prompts/get']
    const before = others.map((method) => installation.reached(method).length)
    const answers = [
      await gateway.request('resources/read', { uri: 'mem:after' }),
      await gateway.request('completion/complete', {
        ref: { type: 'ref/resource', uri: 'mem:{x}' },
        argument: { name: 'x', value: 'after' },
      }),
      await gateway.request('resources/subscribe', { uri: 'mem:after' }),
      await gateway.request('prompts/get', { name: 'ask' }),
    ]
    expect(answers.every((answer) => answer.error !== undefined)).toBe(true)
    expect(others.map((method) => installation.reached(method).length)).toEqual(before)
    expect(JSON.stringify(installation.reached())).not.toContain('"after"')
    const late = installation.entriesOf('decision').filter((entry) => Date.parse(entry.time) > acknowledged && entry.response === 'allow')
    expect(late).toEqual([])
    await slow
  })

  it('cannot be made active again', async () => {
    const [installation, gateway] = revocable
    expect((await installation.cli('sessions', 'resume', gateway.session)).code).toBe(2)
    expect(decisionOf(await gateway.call('honest', { text: 'resumed' }))).toMatchObject({ response: 'deny', rule: 'T0.revoked' })
  })
})

describe('after the races', () => {
  it('every ledger verifies, with no call open', async () => {
    for (const installation of installations) {
      expect(await installation.json('log', 'verify')).toMatchObject({ ok: true, open: 0 })
    }
    expect(textOf(await limited[1].call('honest', { text: 'one more' }))).toContain('T4.calls')
  })
})
