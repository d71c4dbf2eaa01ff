import { afterEach, beforeEach, expect, test } from 'vitest'
import { Sessions } from '../../src/authority/sessions.ts'
import type { SessionChange } from '../../src/authority/sessions.ts'
import { SqliteSessionStore } from '../../src/storage/sqlite/sqlite-session-store.ts'
import { office } from '../decide/office.ts'
import { noon, rulesetFor } from '../decide/ruleset-for.ts'
import { ScratchLedger } from '../ledger/scratch-ledger.ts'

const ruleset = rulesetFor(office({ params: 'week: { type: string }' }))
const opening = { agent: 'clerk', goal: 'letters', params: { week: 'w' }, person: 'ann', request: 'write to Bob' }
let scratch: ScratchLedger
let sessions: Sessions
let store: SqliteSessionStore
beforeEach(() => {
  scratch = new ScratchLedger()
  const { ledger, database } = scratch.open()
  store = new SqliteSessionStore(database)
  sessions = new Sessions(store, ledger, () => noon)
})
afterEach(() => scratch.remove())

const recorded = async (): Promise<object[]> =>
  (await scratch.open('reader').store.entries(0, 100)).map((body) => JSON.parse(Buffer.from(body).toString()))

test('A session is opened for a declared agent and one of its goals, and its opening is in the ledger without the words of the request.', async () => {
  const session = await sessions.open(ruleset, opening)
  expect(await sessions.find(session.id)).toEqual(session)
  expect(session).toMatchObject({ agent: 'clerk', goal: 'letters', params: { week: 'w' }, state: 'active', opened: noon })
  const [entry] = await recorded()
  expect(entry).toMatchObject({ type: 'session', event: 'opened', session: session.id, policyDigest: ruleset.digest })
  expect(JSON.stringify(entry)).not.toContain('Bob')
})

test('No session is opened for an unknown agent, another goal or wrong parameters, and nothing of it is recorded.', async () => {
  await expect(sessions.open(ruleset, { ...opening, agent: 'boss' })).rejects.toMatchObject({ code: 'AGENT_UNKNOWN' })
  await expect(sessions.open(ruleset, { ...opening, agent: 'toString' })).rejects.toMatchObject({ code: 'AGENT_UNKNOWN' })
  await expect(sessions.open(ruleset, { ...opening, goal: 'takeover' })).rejects.toMatchObject({ code: 'GOAL_UNKNOWN' })
  await expect(sessions.open(ruleset, { ...opening, params: {} })).rejects.toMatchObject({ code: 'PARAMETER_INVALID' })
  expect(await recorded()).toEqual([])
  expect(await sessions.list(10)).toEqual([])
})

test('A session changes its state only as it may, each time in the ledger, and what is revoked or closed stays so.', async () => {
  const { id } = await sessions.open(ruleset, opening)
  const change = (what: SessionChange): Promise<void> => sessions.change(id, what, 'ann')
  await change('pause')
  await expect(change('pause')).rejects.toMatchObject({ code: 'SESSION_STATE' })
  await change('resume')
  await change('revoke')
  expect(await store.state(id)).toBe('revoked')
  for (const what of ['pause', 'resume', 'revoke', 'close'] as const)
    await expect(change(what)).rejects.toMatchObject({ code: 'SESSION_STATE' })
  expect((await recorded()).map((entry) => (entry as { event: string }).event)).toEqual(['opened', 'paused', 'resumed', 'revoked'])
  await expect(sessions.change('ses_none', 'pause', 'ann')).rejects.toMatchObject({ code: 'SESSION_UNKNOWN' })
})

test('Of two that revoke one session at once, one does.', async () => {
  const { id } = await sessions.open(ruleset, opening)
  const { ledger, database } = scratch.open('other')
  const others = new Sessions(new SqliteSessionStore(database), ledger, () => noon)
  const results = await Promise.allSettled([sessions.change(id, 'revoke', 'a'), others.change(id, 'revoke', 'b')])
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
})
