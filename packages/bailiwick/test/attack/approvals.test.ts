import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Approval } from '../../src/model/approval.ts'
import { signingKey, signText } from '../../src/authority/signing-key.ts'
import { AttackInstallation, eventually } from './installation.ts'
import { decisionOf, StdioGateway, textOf } from './stdio-gateway-process.ts'
import type { Answer } from './stdio-gateway-process.ts'

let installation: AttackInstallation
let gateway: StdioGateway
let brief: AttackInstallation
let briefGateway: StdioGateway

beforeAll(async () => {
  installation = new AttackInstallation({ goal: { confirm: ['box.honest'] } })
  brief = new AttackInstallation({ goal: { confirm: ['box.honest'] }, approvals: { expires: '1s' } })
  ;[gateway, briefGateway] = await Promise.all([StdioGateway.start(installation), StdioGateway.start(brief)])
})
afterAll(async () => {
  await Promise.all([gateway?.kill(), briefGateway?.kill()])
  installation?.remove()
  brief?.remove()
})

/** Makes a call that must wait; gives its approval, and the answer when it comes. */
async function ask(text: string): Promise<{ approval: string; answer: Promise<Answer>; request: number }> {
  const before = new Set(installation.entriesOf('approval').map((entry) => entry.approval))
  const request = gateway.nextId
  const answer = gateway.call('honest', { text }, 30_000)
  answer.catch(() => {})
  const asked = await eventually(() => installation.entriesOf('approval').find((entry) => !before.has(entry.approval)), 'the question')
  return { approval: asked.approval, answer, request }
}

const texts = (from: AttackInstallation = installation): unknown[] => from.reached().map((entry) => entry.params?.arguments?.['text'])

/** Writes into the store as someone could who has the file and not the approver's key. */
function tamper(sql: string, ...values: (string | null)[]): void {
  const database = new DatabaseSync(installation.database, { timeout: 5000 })
  try {
    expect(database.prepare(sql).run(...values).changes).toBe(1)
  } finally {
    database.close()
  }
}

describe('a call that a person must approve', () => {
  it('does not run before it is approved, then runs once, and needs another approval the next time', async () => {
    const { approval, answer } = await ask('a')
    await sleep(400)
    expect(texts()).toEqual([])
    const listed = await installation.json<Approval[]>('approvals')
    expect(listed).toMatchObject([{ id: approval, arguments: { text: 'a' }, tool: 'box.honest', state: 'pending' }])
    await installation.json('approve', approval, '--because', 'looks right')
    expect(textOf(await answer)).toBe('said a')
    expect(texts()).toEqual(['a'])
    expect((await installation.cli('approve', approval)).code).toBe(2)
    const again = await ask('a')
    expect(again.approval).not.toBe(approval)
    await installation.json('deny', again.approval)
    expect(decisionOf(await again.answer)).toMatchObject({ response: 'deny', rule: 'T3.approval' })
    expect(texts()).toEqual(['a'])
  })

  it('is not covered by an approval of other arguments, however like they are', async () => {
    const first = await ask('pay 100')
    gateway.write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: first.request } })
    await installation.json('approve', first.approval)
    for (const text of ['pay 1000', 'pay 100 ', 'p\u0430y 100']) {
      const other = await ask(text)
      expect(other.approval).not.toBe(first.approval)
      await installation.json('deny', other.approval)
      expect(decisionOf(await other.answer)).toMatchObject({ response: 'deny' })
    }
    expect(texts()).not.toContain('pay 1000')
    expect(texts()).not.toContain('pay 100')
  })

  it('that the client gave up takes up the answer when it is made again', async () => {
    const before = texts().length
    const answer = await gateway.call('honest', { text: 'pay 100' })
    expect(textOf(answer)).toBe('said pay 100')
    expect(texts()).toHaveLength(before + 1)
  })

  it('is denied when nobody answers in time', async () => {
    const answer = await briefGateway.call('honest', { text: 'late' })
    expect(decisionOf(answer)).toMatchObject({ response: 'deny', rule: 'T3.approval' })
    expect(textOf(answer)).toContain('nobody approved this within 1s')
    expect(texts(brief)).toEqual([])
    const { approval } = brief.entriesOf('approval').find((entry) => entry.event === 'expired') ?? { approval: 'none' }
    expect((await brief.cli('approve', approval)).code).toBe(2)
  })
})

describe('someone who can write to the store, but has no key', () => {
  it('gets no call through with an approval that says it is approved', async () => {
    const { approval, answer } = await ask('unsigned')
    tamper(`UPDATE approvals SET state = 'approved', approver = 'boss' WHERE id = ?`, approval)
    expect(decisionOf(await answer)).toMatchObject({ response: 'deny', rule: 'T3.approval' })
    expect(textOf(await answer)).toContain('not signed by the approver')
  })

  it('gets no call through with a signature by another key, or one that was given for something else', async () => {
    const forger = signingKey(new Uint8Array(32).fill(7))
    const signed = installation.entriesOf('approval').find((entry) => entry.event === 'approved')?.signature ?? ''
    expect(signed).not.toBe('')
    for (const [text, signature] of [
      ['forged', (hash: string) => signText(forger, `approved\n${hash}`)],
      ['copied', () => signed],
      ['empty', () => ''],
    ] as const) {
      const { approval, answer } = await ask(text)
      const hash = installation.entriesOf('approval').find((entry) => entry.approval === approval)?.hash ?? ''
      tamper(`UPDATE approvals SET state = 'approved', approver = 'boss', signature = ? WHERE id = ?`, signature(hash), approval)
      expect(decisionOf(await answer)).toMatchObject({ response: 'deny', rule: 'T3.approval' })
    }
    expect(texts()).not.toContain('forged')
  })

  it('cannot turn a refusal into an approval with its own signature', async () => {
    const { approval, answer, request } = await ask('refused')
    gateway.write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: request } })
    answer.catch(() => {})
    await installation.json('deny', approval)
    tamper(`UPDATE approvals SET state = 'approved' WHERE id = ?`, approval)
    const again = gateway.nextId
    const repeated = gateway.call('honest', { text: 'refused' }, 2000).catch(() => null)
    await sleep(600)
    gateway.write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: again } })
    await repeated
    expect(texts()).not.toContain('refused')
  })

  it('cannot have an approval used a second time without the ledger showing it', async () => {
    const { approval, answer } = await ask('twice')
    await installation.json('approve', approval)
    expect(textOf(await answer)).toBe('said twice')
    tamper(`UPDATE approvals SET state = 'approved' WHERE id = ?`, approval)
    const request = gateway.nextId
    const repeated = gateway.call('honest', { text: 'twice' }, 2000).catch(() => null)
    await sleep(600)
    gateway.write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: request } })
    await repeated
    const ran = texts().filter((text) => text === 'twice').length
    const { code, stdout } = await installation.cli('log', 'verify', '--json')
    // Either it did not run again, or the ledger says that it did.
    expect(ran === 1 ? code === 0 : code === 1 && stdout.includes('once more')).toBe(true)
  })
})
