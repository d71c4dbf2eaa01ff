import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Sessions } from '../../src/authority/sessions.ts'
import { signingKey } from '../../src/authority/signing-key.ts'
import { paramsHash } from '../../src/decide/t0-identity.ts'
import { GovernedSession } from '../../src/enforce/governed-session.ts'
import type { Performed } from '../../src/enforce/attempt.ts'
import { actionHash } from '../../src/model/approval.ts'
import type { Approval } from '../../src/model/approval.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { Approvals } from '../../src/oversight/approvals.ts'
import { office } from '../decide/office.ts'
import { noon, rulesetFor } from '../decide/ruleset-for.ts'
import { scratchRuntime } from '../enforce/scratch-runtime.ts'
import { ScratchLedger } from '../ledger/scratch-ledger.ts'

const approver = signingKey(new Uint8Array(32).fill(4))
const ann = { name: 'ann', key: approver, rationale: null }
let scratch: ScratchLedger
beforeEach(() => {
  scratch = new ScratchLedger()
})
afterEach(() => scratch.remove())

/** A session of the office as a gateway would hold it, and its way of sending letters. */
async function underWay(goal: string): Promise<{
  approvals: Approvals
  send(args: JsonObject, whileWaiting?: (approval: Approval) => Promise<unknown>): Promise<Performed<string>>
  sent: JsonObject[]
  repin(other: string): void
  sessions: Sessions
  id: string
  end(): Promise<void>
}> {
  const ruleset = rulesetFor(office({ more: goal }))
  const runtime = scratchRuntime(ruleset, scratch, { clock: () => noon, approverKey: approver.x })
  const { approvals, sessions } = runtime
  const session = await sessions.open(ruleset, { agent: 'clerk', goal: 'letters', params: {}, person: null, request: null })
  const governed = await GovernedSession.open(runtime, session)
  const sent: JsonObject[] = []
  let pin = ruleset.tools.get('mail.send')!.pin
  return {
    approvals,
    sessions,
    sent,
    repin: (other) => {
      pin = other
    },
    id: session.id,
    end: () => governed.settled(),
    send: (args, whileWaiting = async () => {}) =>
      governed.perform({
        point: 'test',
        tool: 'mail.send',
        arguments: args,
        livePin: async () => pin,
        local: true,
        credential: async () => ({
          valid: true,
          tokenId: 'jti',
          agent: 'clerk',
          session: session.id,
          goal: 'letters',
          paramsHash: paramsHash({}),
          expires: noon + 1e6,
        }),
        run: async () => {
          sent.push(args)
          return { status: 'ok', error: null, value: 'sent', recorded: 'sent', bytes: 4 }
        },
        signal: new AbortController().signal,
        onWaiting: async (approval) => void (await whileWaiting(approval)),
      }),
  }
}

const letter = { to: 'bob@corp.example', body: 'hello' }

test('A call waits for its approval, runs once under it, and the record names it; the next call needs another.', async () => {
  const { approvals, send, sent, end } = await underWay('confirm: [mail.send]')
  const done = await send(letter, ({ id }) => approvals.answer(id, 'approved', ann))
  expect(done).toMatchObject({ kind: 'done', value: 'sent' })
  expect(await send(letter, ({ id }) => approvals.answer(id, 'denied', ann))).toMatchObject({
    kind: 'denied',
    decision: { rule: 'T3.approval' },
  })
  expect(sent).toEqual([letter])
  await end()
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({ ok: true, open: 0, outcomes: 1 })
})

test('Two calls that race for one approval: one is carried out.', async () => {
  const { approvals, send, sent, end } = await underWay('confirm: [mail.send]')
  const answered = new Set<string>()
  const answerOnce = async ({ id }: Approval): Promise<void> => {
    if (answered.has(id)) return
    answered.add(id)
    await approvals.answer(id, 'approved', ann)
  }
  const results = await Promise.all([send(letter, answerOnce), send(letter, answerOnce)])
  expect(results.map(({ kind }) => kind).sort()).toEqual(['denied', 'done'])
  expect(answered.size).toBe(1)
  expect(sent).toHaveLength(1)
  await end()
})

test('Calls that were each approved cannot slip past a limit together.', async () => {
  const { approvals, send, sent, end } = await underWay('confirm: [mail.send]\n    limits: { calls: 1 }')
  let approving = false
  const approveAll = async (): Promise<void> => {
    const waiting = await approvals.list('pending', 10)
    if (approving || waiting.length < 2) return
    approving = true
    for (const { id } of waiting) await approvals.answer(id, 'approved', ann)
  }
  const results = await Promise.all([send({ ...letter, body: '1' }, approveAll), send({ ...letter, body: '2' }, approveAll)])
  expect(results.map((result) => (result.kind === 'done' ? 'done' : result.decision.rule)).sort()).toEqual(['T4.calls', 'done'])
  expect(sent).toHaveLength(1)
  await end()
})

test('A session that was revoked while a person was waited for carries nothing out.', async () => {
  const { approvals, send, sent, sessions, id: session } = await underWay('confirm: [mail.send]')
  const result = await send(letter, async ({ id }) => {
    await sessions.change(session, 'revoke', 'ann')
    await approvals.answer(id, 'approved', ann)
  })
  expect(result).toMatchObject({ kind: 'denied', decision: { rule: 'T0.state' } })
  expect(sent).toEqual([])
})

test('An approval row that was forged in the database carries nothing out.', async () => {
  const { send, sent } = await underWay('confirm: [mail.send]')
  const result = await send(letter, ({ id }) =>
    scratch.tamper((file) =>
      file.prepare("UPDATE approvals SET state = 'approved', approver = 'ann', signature = 'AAAA' WHERE id = ?").run(id),
    ),
  )
  expect(result).toMatchObject({ kind: 'denied', decision: { rule: 'T3.approval', reason: 'the approval is not signed by the approver' } })
  expect(sent).toEqual([])
})

test('What is shown to the approver is the very action that runs.', async () => {
  const { approvals, send } = await underWay('confirm: [mail.send]')
  let shown: Approval | null = null
  await send(letter, async (approval) => {
    shown = await approvals.answer(approval.id, 'denied', ann)
  })
  expect(shown).toMatchObject({ tool: 'mail.send', arguments: letter, state: 'denied' })
  expect((shown as unknown as Approval).action).not.toBe(
    actionHash({ tool: 'mail.send', pin: null, arguments: {}, agent: '', goal: '', session: '', policyDigest: '' }),
  )
})

test('A tool that changes while a person is asked does not run, whatever the answer, and the approval is not used up.', async () => {
  const { approvals, send, sent, repin, end } = await underWay('confirm: [mail.send]')
  let id = ''
  const done = await send(letter, async (approval) => {
    id = approval.id
    repin(`sha256:${'0'.repeat(64)}`)
    await approvals.answer(id, 'approved', ann)
  })
  expect(done).toMatchObject({ kind: 'denied', decision: { tier: 'T1', rule: 'T1.pin' } })
  expect(sent).toEqual([])
  expect((await approvals.find(id)).state).toBe('approved')
  await end()
})
