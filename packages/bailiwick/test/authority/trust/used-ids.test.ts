import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { SqliteDatabase } from '../../../src/storage/sqlite/sqlite-database.ts'
import { SqliteUsedIds } from '../../../src/storage/sqlite/sqlite-used-ids.ts'
import { folderWith } from '../../cli/run-cli.ts'

let now = 1000

function opened(folder: string): { ids: SqliteUsedIds; count: () => unknown } {
  const database = new SqliteDatabase(join(folder, 'bailiwick.db'))
  onTestFinished(() => database.close())
  return {
    ids: new SqliteUsedIds(database, () => now),
    count: () => (database.prepare('SELECT count(*) AS count FROM used_ids').get() as { count: number }).count,
  }
}

test('An id is used once in all processes, and what has expired is forgotten with the next use.', async () => {
  const folder = folderWith()
  const [one, other] = [opened(folder), opened(folder)]
  now = 1000
  expect(await Promise.all([one.ids.use('a', 2000), other.ids.use('a', 2000), one.ids.use('b', 3000)])).toEqual([true, false, true])
  now = 1999
  expect(await other.ids.use('a', 9000)).toBe(false)
  now = 2000
  expect(await one.ids.use('c', 4000)).toBe(true)
  expect(one.count()).toBe(2)
})

test('An id that has expired is not used: it could be again, once it is forgotten.', async () => {
  const { ids, count } = opened(folderWith())
  now = 2000
  for (const until of [1999, 2000, Number.NaN]) expect(await ids.use('a', until)).toBe(false)
  expect(count()).toBe(0)
})
