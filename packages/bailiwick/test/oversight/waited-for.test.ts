import { afterEach, beforeEach, expect, test } from 'vitest'
import { signingKey } from '../../src/authority/signing-key.ts'
import { paramsHash } from '../../src/decide/t0-identity.ts'
import { GovernedSession } from '../../src/enforce/governed-session.ts'
import type { DecisionEntry } from '../../src/ledger/entry.ts'
import { formProblem } from '../../src/ledger/form/form-problem.ts'
import { entryAt } from '../../src/ledger/past-reader.ts'
import type { Approval } from '../../src/model/approval.ts'
import type { Approvals } from '../../src/oversight/approvals.ts'
import { office } from '../decide/office.ts'
import { noon, rulesetFor } from '../decide/ruleset-for.ts'
import { scratchRuntime } from '../enforce/scratch-runtime.ts'
import { ScratchLedger } from '../ledger/scratch-ledger.ts'

const ann = { name: 'ann', key: signingKey(new Uint8Array(32).fill(4)), rationale: null }
const ruleset = rulesetFor(office({ more: 'confirm: [mail.send]' }))
const another = rulesetFor(office({ more: 'confirm: [mail.send]\n    limits: { calls: 100 }' }))

let scratch: ScratchLedger
beforeEach(() => {
  scratch = new ScratchLedger()
})
afterEach(() => scratch.remove())

interface Desk {
  readonly approvals: Approvals
  now: number
  giveUp(): void
  replaceRules(): void
}

/** Makes the same call so many times while `meanwhile` happens to its approval, after what happens `before` each, and reads what the ledger says of each. */
async function calls(
  times: number,
  meanwhile: (desk: Desk, approval: Approval) => unknown,
  before: (desk: Desk) => unknown = () => {},
): Promise<readonly (readonly DecisionEntry[])[]> {
  let desk!: Desk
  const runtime = scratchRuntime(ruleset, scratch, { clock: () => desk.now, approverKey: ann.key.x })
  const { ledgerStore, sessions, approvals, rules } = runtime
  let signal = new AbortController()
  desk = { approvals, now: noon, giveUp: () => signal.abort(), replaceRules: () => rules.replace(another) }
  const session = await sessions.open(ruleset, { agent: 'clerk', goal: 'letters', params: {}, person: null, request: null })
  const governed = await GovernedSession.open(runtime, session)
  const told: DecisionEntry[][] = []
  for (let time = 0; time < times; time += 1) {
    await before(desk)
    signal = new AbortController()
    const { call } = await governed.perform({
      point: 'test',
      tool: 'mail.send',
      arguments: { to: 'bob@corp.example', body: 'hello' },
      livePin: async (inForce) => inForce.tools.get('mail.send')?.pin ?? null,
      local: true,
      credential: async () => ({
        valid: true,
        tokenId: 'jti',
        agent: 'clerk',
        session: session.id,
        goal: 'letters',
        paramsHash: paramsHash({}),
        expires: noon + 1e9,
      }),
      run: async () => ({ status: 'ok', error: null, value: null, recorded: null, bytes: 0 }),
      signal: signal.signal,
      onWaiting: async (approval) => void (await meanwhile(desk, approval)),
    })
    await governed.settled()
    const entries = await Promise.all((await ledgerStore.indicesOf(call)).map((index) => entryAt(ledgerStore, index)))
    for (const entry of entries) expect(formProblem(entry)).toBeNull()
    told.push(entries.filter((entry) => entry?.type === 'decision'))
  }
  return told
}

test.each<[string, 'allow' | 'deny', string, (desk: Desk, approval: Approval) => unknown]>([
  ['approved', 'allow', '', ({ approvals }, { id }) => approvals.answer(id, 'approved', ann)],
  ['refused', 'deny', 'ann has refused this', ({ approvals }, { id }) => approvals.answer(id, 'denied', ann)],
  ['left to expire', 'deny', 'nobody approved this within 10m', (desk) => (desk.now += 600_000)],
  ['given up', 'deny', 'given up while waiting', (desk) => desk.giveUp()],
  ['overtaken by other rules', 'deny', 'the rules changed', (desk) => desk.replaceRules()],
  [
    'forged in the store',
    'deny',
    'the approval is not signed by the approver',
    (_, { id }) =>
      scratch.tamper((file) => file.prepare("UPDATE approvals SET state = 'approved', signature = 'AAAA' WHERE id = ?").run(id)),
  ],
])(
  'Of a call that waited and was %s, both decisions name the approval, and it was asked for before.',
  async (_, response, reason, meanwhile) => {
    let waited = ''
    const [entries] = await calls(1, async (desk, approval) => {
      if (waited === approval.id) return
      waited = approval.id
      await meanwhile(desk, approval)
    })
    expect(waited).toMatch(/^apr_/)
    expect(entries).toMatchObject([
      { response: 'ask', waitedFor: waited, approval: null, agentId: 'spiffe://corp.example/agent/clerk' },
      {
        response,
        reason: expect.stringContaining(reason) as string,
        waitedFor: waited,
        approval: response === 'allow' ? { id: waited } : null,
      },
    ])
    const { store } = scratch.open('reader')
    const [asked] = await store.indicesOf(waited)
    expect(await entryAt(store, asked as number)).toMatchObject({ type: 'approval', event: 'asked', approval: waited })
    await scratch.close()
    expect(await scratch.verify()).toMatchObject({ ok: true, open: 0 })
  },
)

test('A call that finds its answer there waited for nothing, and names the approval that lets it through.', async () => {
  let waited = ''
  const [first, second] = await calls(
    2,
    (desk, { id }) => {
      waited = id
      desk.giveUp()
    },
    async ({ approvals }) => {
      if (waited !== '') await approvals.answer(waited, 'approved', ann)
    },
  )
  expect(first).toMatchObject([
    { response: 'ask', waitedFor: waited },
    { response: 'deny', waitedFor: waited },
  ])
  expect(second).toMatchObject([{ response: 'allow', waitedFor: null, approval: { id: waited } }])
})
