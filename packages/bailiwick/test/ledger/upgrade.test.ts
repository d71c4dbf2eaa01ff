import { renameSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { commit } from '../../src/ledger/commitment.ts'
import { eraseSession } from '../../src/ledger/vault/erasure.ts'
import { migrations } from '../../src/storage/sqlite/migrations.ts'
import { keptValue } from './kept-payload.ts'
import { decision, note, outcome, ScratchLedger } from './scratch-ledger.ts'

let scratch: ScratchLedger
beforeEach(() => {
  scratch = new ScratchLedger()
})
afterEach(() => scratch.remove())

const waiting = commit({ to: 'ann@corp.example' })
const done = commit({ text: 'sent' })

/** How many migrations there were when payloads were found by their hash, and entries were settled with their append. */
const earlier = 5

/** A closed ledger as an earlier build left it: arguments that were decided on twice are there once. */
async function earlierStore(): Promise<void> {
  const { ledger } = scratch.open('earlier')
  await ledger.append({ ...decision('call_1', waiting), response: 'ask', aarm: 'STEP_UP', approval: null, waitedFor: 'apr_1' } as never, [
    waiting.payload,
  ])
  await ledger.append(decision('call_1', waiting), [waiting.payload])
  await ledger.append(outcome('call_1', done), [done.payload])
  await ledger.append(note('last'))
  await scratch.close()
  const path = `${scratch.path}.earlier`
  const database = new DatabaseSync(path)
  for (const migration of migrations.slice(0, earlier)) database.exec(migration)
  database.prepare('ATTACH ? AS now').run(scratch.path)
  for (const table of ['entries', 'nodes', 'heads', 'calls', 'entry_index', 'session_heads', 'vault_keys'])
    database.exec(`INSERT INTO main.${table} SELECT * FROM now.${table}`)
  database.exec('INSERT OR IGNORE INTO main.vault (hash, key, nonce, body) SELECT hash, key, nonce, body FROM now.vault ORDER BY place')
  expect(database.prepare('SELECT count(*) AS n FROM main.vault').get()).toEqual({ n: 2 })
  database.exec(`DETACH now; PRAGMA user_version = ${earlier}`)
  database.close()
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${scratch.path}${suffix}`, { force: true })
  renameSync(path, scratch.path)
}

test('A store of an earlier build is taken over whole: each entry has its payloads, and nothing is settled again.', async () => {
  await earlierStore()
  expect(await scratch.verify()).toMatchObject({ ok: true, problems: [], entries: 4, payloads: 3 })
  await scratch.tamper((file) => expect(file.prepare('SELECT upto FROM settled').get()).toEqual({ upto: 4 }))
  const { ledger, store } = scratch.open('now')
  for (const index of [0, 1]) expect(await store.payload(index, waiting.commitment.hash)).toMatchObject({ body: waiting.payload.body })
  expect(await eraseSession(ledger, store, { session: 'ses_1', by: 'ann', reason: 'asked for' })).toBe(3)
  await scratch.close()
  expect(await scratch.verify()).toMatchObject({ ok: true, problems: [], erased: 1 })
})

test('An entry that was damaged before does not keep the store from being taken over, nor from being found damaged.', async () => {
  await earlierStore()
  await scratch.tamper((file) => file.prepare('UPDATE entries SET body = ? WHERE seq = 2').run(Buffer.from('{"result":')))
  expect((await scratch.verify()).problems.join()).toMatch(/entry 2 is not JSON/)
  expect(await keptValue(scratch.open('now').store, waiting.commitment.hash)).toEqual({ to: 'ann@corp.example' })
})
