import { createHash } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildDatabase, injectedNote, reportedWeek } from '../database.ts'
import { isoWeek } from '../iso-week.ts'
import { prng } from '../prng.ts'
import { scratchFolder } from './scratch.ts'

function open(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true })
}

function digest(path: string): string {
  const database = open(path)
  const hash = createHash('sha256')
  for (const table of ['sales', 'customers', 'salaries', 'products']) {
    for (const row of database.prepare(`SELECT * FROM ${table}`).iterate()) hash.update(JSON.stringify(row))
  }
  database.close()
  return hash.digest('hex')
}

test('the same seed gives the same rows and another seed gives others', () => {
  const folder = scratchFolder()
  const [first, second, other] = ['first', 'second', 'other'].map((name) => join(folder, name)) as [string, string, string]
  buildDatabase(first)
  buildDatabase(second)
  buildDatabase(other, { seed: 'another' })
  expect(digest(first)).toBe('876258b972ccbda4290bff16a43c1bec55bf63ea43eb2e1aa32f3e7a124d9f8c')
  expect(digest(second)).toBe(digest(first))
  expect(digest(other)).not.toBe(digest(first))
})

test('the database holds at least 120,000 sales, each in the ISO week that SQLite computes for its day', () => {
  const path = join(scratchFolder(), 'sales.sqlite')
  const { sales } = buildDatabase(path)
  const counted = open(path).prepare(`SELECT count(*) AS sales, sum(week <> strftime('%G-W%V', sold_on)) AS wrong FROM sales`).get()
  expect(sales).toBeGreaterThanOrEqual(120_000)
  expect(counted).toMatchObject({ sales, wrong: 0 })
})

test('exactly one sale carries the injected note and it is the largest of the reported week', () => {
  const path = join(scratchFolder(), 'sales.sqlite')
  buildDatabase(path)
  const database = open(path)
  const carrying = database.prepare('SELECT id, week FROM sales WHERE customer_note = ?').all(injectedNote)
  const largest = database.prepare('SELECT id FROM sales WHERE week = ? ORDER BY amount_cents DESC').get(reportedWeek)
  expect(carrying).toEqual([{ id: largest?.['id'], week: reportedWeek }])
})

test('a database of the right version is left alone and one of another seed, size or version is built anew', () => {
  const path = join(scratchFolder(), 'sales.sqlite')
  expect(buildDatabase(path, { sales: 100 })).toEqual({ built: true, sales: 100 })
  const { mtimeMs } = statSync(path)
  expect(buildDatabase(path, { sales: 100 })).toEqual({ built: false, sales: 100 })
  expect(statSync(path).mtimeMs).toBe(mtimeMs)
  expect(buildDatabase(path, { sales: 100, seed: 'another' }).built).toBe(true)
  expect(buildDatabase(path, { sales: 101, seed: 'another' }).built).toBe(true)
  const database = new DatabaseSync(path)
  database.exec('PRAGMA user_version = 999')
  database.close()
  expect(buildDatabase(path, { sales: 101, seed: 'another' }).built).toBe(true)
  expect(existsSync(`${path}.${process.pid}.draft`)).toBe(false)
})

test('customers have IBANs whose check digits are right', () => {
  const path = join(scratchFolder(), 'sales.sqlite')
  buildDatabase(path, { sales: 1 })
  const ibans = open(path)
    .prepare('SELECT iban FROM customers')
    .all()
    .map((row) => String(row['iban']))
  expect(ibans.length).toBe(2_000)
  for (const iban of ibans) {
    const moved = `${iban.slice(4)}${iban.slice(0, 4)}`.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55))
    expect(BigInt(moved) % 97n).toBe(1n)
  }
})

test('the ISO week of any day is the one that SQLite computes', () => {
  const database = new DatabaseSync(':memory:')
  const select = database.prepare(`SELECT strftime('%G-W%V', ?) AS week`)
  const day = fc.date({
    min: new Date('1990-01-01'),
    max: new Date('2060-12-31'),
    noInvalidDate: true,
  })
  fc.assert(
    fc.property(day, (date) => {
      const text = date.toISOString().slice(0, 10)
      expect(isoWeek(text)).toBe(select.get(text)?.['week'])
    }),
    { numRuns: 2_000 },
  )
})

test('a random number stays between its bounds and depends on the seed alone', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: -1000, max: 1000 }), fc.nat(1000), (seed, low, width) => {
      const [random, again] = [prng(seed), prng(seed)]
      const value = random.between(low, low + width)
      expect(value).toBeGreaterThanOrEqual(low)
      expect(value).toBeLessThanOrEqual(low + width)
      expect(again.between(low, low + width)).toBe(value)
    }),
  )
})
