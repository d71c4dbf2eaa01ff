import { spawnSync } from 'node:child_process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeAbandonedCalls, thisInstance } from '../../src/ledger/crash-recovery.ts'
import { formProblem } from '../../src/ledger/form/form-problem.ts'
import { eraseSession } from '../../src/ledger/vault/erasure.ts'
import { agentSubject, personSubject } from '../../src/ledger/subject.ts'
import { answered, asked, decision, entriesOf, outcome, ScratchLedger } from './scratch-ledger.ts'

let scratch: ScratchLedger
beforeEach(() => {
  scratch = new ScratchLedger()
})
afterEach(() => scratch.remove())

test('Both halves of a call of a model are found under its id, its session, its agent and its person.', async () => {
  const { ledger, store } = scratch.open()
  await ledger.append(asked('model_1'))
  await ledger.append(answered('model_1'))
  for (const subject of ['model_1', 'ses_1', agentSubject('clerk'), personSubject('ann')])
    expect(await store.indicesOf(subject), subject).toEqual([0, 1])
  expect(await store.openCalls()).toEqual([])
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({ ok: true, problems: [], entries: 2, payloads: 2, open: 0, decisions: 0, outcomes: 0 })
})

test('A question that was never answered is open, and an answer to what was not asked, or a second one, does not verify.', async () => {
  const { ledger } = scratch.open()
  await ledger.append(asked('model_1'))
  await ledger.flush()
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({ ok: true, open: 1 })
  const { ledger: next } = scratch.open()
  await next.append(answered('model_1'))
  await next.append(answered('model_1'))
  await next.append(answered('model_2'))
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({
    ok: false,
    open: 0,
    problems: [expect.stringContaining('entry 2 is the outcome of the call `model_1`'), expect.stringContaining('`model_2`')],
  })
})

test.each([
  ['the prompt', 0],
  ['the answer', 1],
])('%s that was altered in the vault is reported.', async (_, entry) => {
  const { ledger } = scratch.open()
  await ledger.append(asked('model_1'))
  await ledger.append(answered('model_1'))
  await scratch.close()
  await scratch.tamper((database) => {
    const { body } = database.prepare('SELECT body FROM entries WHERE seq = ?').get(entry) as { body: Uint8Array }
    const { prompt, response } = JSON.parse(Buffer.from(body).toString()) as Record<string, { hash: string }>
    const hash = Buffer.from(((prompt ?? response)?.hash ?? '').slice('sha256:'.length), 'hex')
    const row = database.prepare('SELECT body FROM vault WHERE hash = ?').get(hash) as { body: Uint8Array }
    row.body[3] = (row.body[3] as number) ^ 1
    database.prepare('UPDATE vault SET body = ? WHERE hash = ?').run(row.body, hash)
  })
  expect((await scratch.verify()).problems).toEqual([expect.stringContaining(`the payload of entry ${entry} is not the one`)])
})

test('After a crash, what was asked is known, and is closed as unknown, once, beside a call of a tool.', async () => {
  const { ledger: dead, instances: before } = scratch.open('dead')
  await before.save({ id: 'dead', pid: spawnSync(process.execPath, ['--version']).pid, started: '' })
  await dead.append({ ...asked('model_1'), requestModel: null, person: null })
  await dead.append(decision('call_1'))
  await dead.append(asked('model_2'))
  await dead.append(answered('model_2'))
  const { ledger, store, instances } = scratch.open('next')
  await instances.save(thisInstance('next'))
  expect(await closeAbandonedCalls(ledger, store, instances)).toBe(2)
  expect(await closeAbandonedCalls(ledger, store, instances)).toBe(0)
  const closed = (await entriesOf(store)).slice(4)
  expect(closed.map(formProblem)).toEqual([null, null])
  expect(closed).toContainEqual(
    expect.objectContaining({
      type: 'model',
      event: 'answered',
      modelCall: 'model_1',
      status: 'unknown',
      error: 'the gateway `dead` ended before the call returned',
      session: 'ses_1',
      agent: 'clerk',
      person: null,
      requestModel: null,
      serverAddress: 'api.openai.com',
      inputTokens: null,
      response: null,
      instance: 'next',
    }),
  )
  expect(closed).toContainEqual(expect.objectContaining({ type: 'outcome', call: 'call_1', status: 'unknown' }))
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({ ok: true, problems: [], open: 0 })
})

test('Prompts and answers of a session are erased with the rest of it.', async () => {
  const { ledger, store } = scratch.open()
  await ledger.append(asked('model_1'))
  await ledger.append(answered('model_1'))
  await ledger.append(decision('call_1'))
  await ledger.append(outcome('call_1'))
  expect(await eraseSession(ledger, store, { session: 'ses_1', by: 'ann', reason: 'asked for' })).toBe(4)
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({ ok: true, problems: [], payloads: 0, erased: 1 })
})
