import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { SqliteDatabase } from '../../../src/storage/sqlite/sqlite-database.ts'
import { SqliteEndedSignIns } from '../../../src/storage/sqlite/sqlite-ended-sign-ins.ts'
import { folderWith } from '../../cli/run-cli.ts'

const ann = { issuer: 'https://login.example', person: 'ann' }

function opened(folder: string): { ended: SqliteEndedSignIns; count: () => unknown } {
  const database = new SqliteDatabase(join(folder, 'bailiwick.db'))
  onTestFinished(() => database.close())
  return {
    ended: new SqliteEndedSignIns(database),
    count: () => (database.prepare('SELECT count(*) AS count FROM ended_sign_ins').get() as { count: number }).count,
  }
}

test('The mark of a person is seen by every process at once, moves on only, and is one however often it is set.', async () => {
  const folder = folderWith()
  const [one, other] = [opened(folder), opened(folder)]
  expect(await other.ended.endedUntil(ann)).toBeNull()
  for (const [until, seen] of [
    [2000, 2000],
    [1000, 2000],
    [2000, 2000],
    [3000.2, 3001],
  ] as const) {
    await one.ended.end(ann, until)
    expect(await other.ended.endedUntil(ann)).toBe(seen)
  }
  expect(one.count()).toBe(1)
})

test('A mark is of one person of one provider, by the letters of both.', async () => {
  const { ended } = opened(folderWith())
  await ended.end(ann, 2000)
  for (const other of [
    { ...ann, person: 'bob' },
    { ...ann, person: 'Ann' },
    { ...ann, issuer: 'https://other.example' },
  ])
    expect(await ended.endedUntil(other)).toBeNull()
})
