import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HonestGateway } from './honest-gateway.ts'
import { eventually } from './installation.ts'
import type { AttackInstallation, InstallationPlan } from './installation.ts'
import type { Answer } from './stdio-gateway-process.ts'
import { decisionOf, StdioGateway, textOf } from './stdio-gateway-process.ts'

let harness: HonestGateway
let installation: AttackInstallation
let gateway: StdioGateway

beforeAll(() => begin({ timeout: '1s' }))
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

/** What the ledger says came of the call that an answer is about. */
function outcomeOf(answer: Answer): Promise<{ status: string; error: string | null }> {
  const call = decisionOf(answer)?.call
  return eventually(() => installation.entriesOf('outcome').find((entry) => entry.call === call), 'the outcome')
}

/** Waits until a toolbox that failed is started again. */
async function restarted(): Promise<void> {
  const text = harness.nextText()
  const until = performance.now() + 10_000
  for (let attempt = 0; performance.now() < until; attempt += 1) {
    const answer = await gateway.call('honest', { text: `${text}.${attempt}` })
    if (answer.result?.isError !== true) return
    expect(decisionOf(answer)).toMatchObject({ response: 'deny', rule: 'T1.pin' })
    await sleep(200)
  }
  throw new Error('the toolbox was not started again')
}

describe('a toolbox that hangs', () => {
  it.each(['hang', 'meta-object'])(
    'has its time, no longer, the call is recorded as an error, and a later one works (%s)',
    async (kind) => {
      const started = performance.now()
      const answer = await gateway.call('act', { kind })
      expect(performance.now() - started).toBeLessThan(5000)
      expect(answer.result?.isError).toBe(true)
      expect(textOf(answer)).toContain('did not answer within 1 s')
      expect(await outcomeOf(answer)).toMatchObject({ status: 'error' })
      await expectHonest()
    },
  )

  it('is told when the client gives the call up, which is recorded as cancelled', async () => {
    const id = gateway.nextId
    const before = installation.reached('notifications/cancelled').length
    const known = new Set(installation.entriesOf('decision').map((entry) => entry.call))
    gateway.request('tools/call', { name: 'act', arguments: { kind: 'hang', note: 'cancelled' } }, 60_000).catch(() => {})
    const call = await eventually(() => installation.entriesOf('decision').find((entry) => !known.has(entry.call))?.call, 'the decision')
    await eventually(() => installation.reached().some((entry) => entry.params?.arguments?.['note'] === 'cancelled'), 'the call')
    gateway.write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id, reason: 'enough' } })
    await eventually(() => installation.reached('notifications/cancelled').length > before, 'the cancellation at the tool')
    const outcome = await eventually(() => installation.entriesOf('outcome').find((entry) => entry.call === call), 'the outcome')
    expect(outcome.status).toBe('cancelled')
    await expectHonest()
  })
})

describe('a toolbox that dies', () => {
  it('in a call has the call recorded as an error, is left alone for a while, and then started again', async () => {
    const first = textOf(await gateway.call('act', { kind: 'pid' }))
    const answer = await gateway.call('act', { kind: 'die' })
    expect(answer.result?.isError).toBe(true)
    expect(await outcomeOf(answer)).toMatchObject({ status: 'error' })
    const early = await gateway.call('honest', { text: 'too early' })
    expect(decisionOf(early)).toMatchObject({ response: 'deny', rule: 'T1.pin' })
    await restarted()
    expect(textOf(await gateway.call('act', { kind: 'pid', note: 'again' }))).not.toBe(first)
  })

  it('by a line without end is cut off, and started again', async () => {
    const answer = await gateway.call('act', { kind: 'endless-line' }, 30_000)
    expect(answer.result?.isError).toBe(true)
    expect(await outcomeOf(answer)).toMatchObject({ status: 'error' })
    await eventually(() => gateway.stderr.includes('exceeded maximum size'), 'the report', 50_000)
    await eventually(() => gateway.stderr.split('the server has ended').length > 2, 'its end', 50_000)
    await restarted()
  }, 120_000)
})

describe('a toolbox that answers what it was not asked', () => {
  it('twice has its second answer dropped, and one outcome', async () => {
    const answer = await gateway.call('act', { kind: 'twice' })
    expect(textOf(answer)).toBe('first')
    await expectHonest()
    const outcomes = installation.entriesOf('outcome').filter((entry) => entry.call === decisionOf(answer)?.call)
    expect(outcomes).toHaveLength(1)
    expect(JSON.stringify(gateway.unasked)).not.toContain('second')
  })

  it('in the place of another request has each call closed once, under its own decision', async () => {
    const answers = await Promise.all([
      gateway.call('act', { kind: 'swap', note: 'one' }),
      gateway.call('act', { kind: 'swap', note: 'two' }),
    ])
    expect(answers.map(textOf).sort()).toEqual(['answer to one', 'answer to two'])
    expect(new Set(answers.map((answer) => decisionOf(answer)?.call)).size).toBe(2)
    for (const answer of answers) expect(await outcomeOf(answer)).toMatchObject({ status: 'ok' })
  })

  it('with an id that nobody gave out reaches nobody', async () => {
    const answer = await gateway.call('act', { kind: 'unasked' })
    expect(textOf(answer)).toBe('asked')
    await expectHonest()
    expect(JSON.stringify(gateway.unasked)).not.toMatch(/unasked|for nobody/)
  })
})

describe('a toolbox that asks for what the contract does not allow', () => {
  it('is refused roots, sampling and elicitation, each with a record, and the client never hears of it', async () => {
    const answer = await gateway.call('act', { kind: 'ask-back' })
    expect(textOf(answer)).toBe('asked')
    for (const method of ['roots/list', 'sampling/createMessage', 'elicitation/create']) {
      await eventually(
        () => installation.entriesOf('event').some((entry) => entry.event === 'refused' && entry.subject === `box ${method}`),
        `the record of ${method}`,
      )
      expect(gateway.unasked.some((message) => message.method === method)).toBe(false)
    }
    const answers = installation.reached('answer') as unknown as { id: string; error?: { code: number } }[]
    expect(answers.filter(({ id }) => /^r\d$/.test(id)).map(({ id, error }) => [id, error?.code])).toEqual([
      ['r1', -32_601],
      ['r2', -32_601],
      ['r3', -32_601],
    ])
  })
})

describe('after all of it', () => {
  it('the ledger verifies and no call is open', async () => {
    await eventually(() => {
      const allowed = installation.entriesOf('decision').filter((entry) => entry.response === 'allow')
      return allowed.length === installation.entriesOf('outcome').length
    }, 'an outcome of each call')
    expect(await installation.json('log', 'verify')).toMatchObject({ ok: true, open: 0 })
  })

  it('the gateway ends with its client, and closes the session', async () => {
    await gateway.stop()
    expect(installation.entriesOf('session').at(-1)).toMatchObject({ event: 'closed' })
  })
})
