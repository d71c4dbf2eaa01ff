import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { appendLeaves, leafHash, MemoryNodes } from '@bailiwick/tlog'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RangeWorkers } from '../../src/cli/log/range-workers.ts'
import { rangeSize } from '../../src/ledger/check-range.ts'
import { nodeSha256 } from '../../src/ledger/node-sha256.ts'
import { verifyLedger } from '../../src/ledger/verify-ledger.ts'
import type { LedgerReport } from '../../src/ledger/verify-ledger.ts'
import { canonicalJson } from '../../src/model/json.ts'
import { decision, note, outcome, ScratchLedger, ledgerKeys } from './scratch-ledger.ts'

const scratch = new ScratchLedger()
const clean = `${scratch.path}.clean`
const entries = 3 * rangeSize + 1000
/** Sizes at which a head was signed: within ranges, at their borders, and at the end. */
const heads = [1, 100, rangeSize - 1, rangeSize, rangeSize + 1, 2 * rangeSize, 2 * rangeSize + 2000, entries - 1, entries]

beforeAll(async () => {
  let now = Date.UTC(2026, 0, 15)
  const { ledger, store } = scratch.open('gateway-1', () => now)
  for (let size = 0; size < entries;) {
    const next = heads.find((head) => head > size) as number
    const batch = Array.from({ length: Math.min(500, next - size) }, (_, offset) => {
      now += 1000
      const index = size + offset
      // A call that is let through in one range and ends in the next, and sessions that go on from range to range.
      if (index === rangeSize - 2) return ledger.append(decision('call_long'))
      if (index === rangeSize + 5) return ledger.append(outcome('call_long'))
      return ledger.append({ ...note(`${index}`), session: index % 3 === 0 ? null : `ses_${index % 7}` } as never)
    })
    await Promise.all(batch)
    size += batch.length
    if (size === next) await ledger.signHead()
  }
  expect(await store.size()).toBe(entries)
  await scratch.close()
  await scratch.tamper((database) => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'))
  copyFileSync(scratch.path, clean)
})
afterAll(() => scratch.remove())

/** What is found by this thread, after the file was changed; the file is whole again afterwards. */
async function after(work: (database: DatabaseSync) => unknown): Promise<LedgerReport> {
  await scratch.tamper(work)
  try {
    return await scratch.verify()
  } finally {
    await scratch.tamper((database) => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'))
    copyFileSync(clean, scratch.path)
  }
}

/** Alters an entry and whatever of the tree can be made to fit it, as one who can write the file would. */
function rewrite(database: DatabaseSync, index: number): void {
  const rows = database.prepare('SELECT body FROM entries ORDER BY seq').all() as { body: Uint8Array }[]
  const bodies = rows.map(({ body }) => body)
  const entry = JSON.parse(Buffer.from(bodies[index] as Uint8Array).toString()) as object
  bodies[index] = Buffer.from(canonicalJson({ ...entry, detail: 'for another purpose' }))
  database.prepare('UPDATE entries SET body = ? WHERE seq = ?').run(bodies[index], index)
  const leaves = bodies.map((body) => leafHash(nodeSha256, body))
  const put = database.prepare('UPDATE nodes SET hash = ? WHERE level = ? AND idx = ?')
  database.exec('BEGIN')
  for (const { hash, level, index: at } of appendLeaves(nodeSha256, 0, leaves, new MemoryNodes()).nodes) put.run(hash, level, at)
  database.exec('COMMIT')
}

test('A ledger of several ranges verifies, by one thread and by many, to the same.', async () => {
  const alone = await scratch.verify()
  expect(alone).toMatchObject({ ok: true, entries, signed: entries, decisions: 1, outcomes: 1, open: 0 })
  const workers = new RangeWorkers(2, { database: scratch.path, keys: join(scratch.folder, 'keys') })
  try {
    const { store } = scratch.open('reader')
    const steps: number[] = []
    const together = await verifyLedger(store, ledgerKeys, {
      width: 2,
      check: (range) => workers.check(range),
      onProgress: (done) => steps.push(done),
    })
    // The threads have a vault of their own, in which the two payloads cannot be opened.
    expect({ ...together, problems: [], ok: true }).toEqual(alone)
    expect(together.problems).toHaveLength(2)
    expect(steps).toEqual([rangeSize, 2 * rangeSize, 3 * rangeSize, entries])
  } finally {
    await workers.close()
  }
})

test('A thread that cannot read the store is a fault, not a sound ledger.', async () => {
  const workers = new RangeWorkers(2, { database: scratch.folder, keys: join(scratch.folder, 'keys') })
  try {
    const { store } = scratch.open('reader')
    await expect(verifyLedger(store, ledgerKeys, { width: 2, check: (range) => workers.check(range) })).rejects.toMatchObject({
      code: 'STORE_FAILED',
    })
  } finally {
    await workers.close()
  }
})

test.each([0, 50, 99, rangeSize - 2, rangeSize - 1, rangeSize, rangeSize + 1, 2 * rangeSize - 1, 2 * rangeSize + 1999, entries - 2])(
  'Who rewrites entry %i and the tree is betrayed, with when it still fitted.',
  async (index) => {
    const last = heads.findLast((head) => head <= index) ?? 0
    const { problems } = await after((database) => rewrite(database, index))
    const time = new Date(Date.UTC(2026, 0, 15) + last * 1000).toISOString()
    const since = last === 0 ? 'no earlier head fits them' : `up to entry ${last - 1} of ${time}, they fit the head of that time`
    expect(problems.join('\n')).toContain(`the entries do not fit the head that was signed over the first ${entries}; ${since}`)
  },
)

test.each<[string, (database: DatabaseSync) => unknown, RegExp]>([
  [
    'an entry at a border is missing',
    (file) => file.prepare('DELETE FROM entries WHERE seq = ?').run(2 * rangeSize),
    new RegExp(`entry ${2 * rangeSize} is missing`),
  ],
  [
    'a node above the ranges is altered',
    (file) => file.exec('UPDATE nodes SET hash = zeroblob(32) WHERE level = 13'),
    /level 13, index 0 is another/,
  ],
  ['a node above the ranges is missing', (file) => file.exec('DELETE FROM nodes WHERE level = 13'), /level 13, index 0 is another/],
  [
    'the call that ends in another range has no decision',
    (file) => file.exec(`UPDATE calls SET id = 'x'; INSERT INTO calls VALUES ('call_long', 'ses_1', 'g', 1)`),
    /`call_long` is in the list of open calls, and is not open/,
  ],
])('It is found when %s.', async (_, work, problem) => {
  expect((await after(work)).problems.join('\n')).toMatch(problem)
})
