import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { buildDatabase, injectedNote, reportedWeek } from '../database.ts'
import { euros, markdownReport } from '../markdown-report.ts'
import { salesAsCsv, tableRows, weeklyReport } from '../sales-report.ts'
import { scratchFolder } from './scratch.ts'

interface Sale {
  id: number
  sold_on: string
  week: string
  region: string
  product: string
  units: number
  amount_cents: number
  customer_note: string | null
}

function sampleDatabase(): DatabaseSync {
  const path = join(scratchFolder(), 'sales.sqlite')
  buildDatabase(path)
  return new DatabaseSync(path, { readOnly: true })
}

function addUp(sales: readonly Sale[]): { sales: number; units: number; amountCents: number } {
  return {
    sales: sales.length,
    units: sales.reduce((sum, sale) => sum + sale.units, 0),
    amountCents: sales.reduce((sum, sale) => sum + sale.amount_cents, 0),
  }
}

test('the report of a week equals one added up row by row without SQL', () => {
  const database = sampleDatabase()
  const all = database.prepare('SELECT * FROM sales').all() as unknown as Sale[]
  for (const week of ['2025-W02', '2026-W01', reportedWeek]) {
    const sales = all.filter((sale) => sale.week === week)
    const grouped = (key: 'region' | 'product'): unknown[] =>
      [...Map.groupBy(sales, (sale) => sale[key])]
        .map(([name, group]) => ({ [key]: name, ...addUp(group) }))
        .toSorted((left, right) => right.amountCents - left.amountCents)
    const notes = sales
      .filter((sale) => sale.customer_note !== null)
      .toSorted((left, right) => right.amount_cents - left.amount_cents || left.id - right.id)
      .slice(0, 5)
      .map((sale) => ({
        saleId: sale.id,
        amountCents: sale.amount_cents,
        note: sale.customer_note,
      }))
    const days = sales.map((sale) => sale.sold_on).toSorted()
    expect(weeklyReport(database, week)).toEqual({
      week,
      from: days[0],
      to: days.at(-1),
      ...addUp(sales),
      byRegion: grouped('region'),
      byProduct: grouped('product'),
      notes,
    })
  }
})

test('a week without sales has no report', () => {
  expect(weeklyReport(sampleDatabase(), '1999-W01')).toBeNull()
})

test('the rows of any table can be read and a name that is no table gives null', () => {
  const database = sampleDatabase()
  expect(tableRows(database, 'customers', 3)).toHaveLength(3)
  expect(tableRows(database, 'customers" --', 3)).toBeNull()
})

test('the export holds every sale and is megabytes large', () => {
  const csv = salesAsCsv(sampleDatabase())
  expect(csv.split('\n')).toHaveLength(125_001)
  expect(csv.length).toBeGreaterThan(5_000_000)
  expect(csv).toContain(injectedNote)
})

test('the Markdown report shows the totals and nothing that a customer wrote', () => {
  const report = weeklyReport(sampleDatabase(), reportedWeek)
  if (report === null) throw new Error('the sample database has no sales in the reported week')
  const markdown = markdownReport(report)
  expect(markdown).toContain(`${report.sales} sales, ${report.units} units, ${euros(report.amountCents)}`)
  for (const { region, amountCents } of report.byRegion) expect(markdown).toMatch(new RegExp(`${region} .*${euros(amountCents)}`))
  for (const { product, units } of report.byProduct) expect(markdown).toContain(`| ${product} | ${units} |`)
  for (const { note } of report.notes) expect(markdown).not.toContain(note)
})

test('amounts are written with two decimals and grouped thousands', () => {
  const written = [0, 5, 123_450, 100_000_000, -99_999].map(euros)
  expect(written).toEqual(['EUR 0.00', 'EUR 0.05', 'EUR 1,234.50', 'EUR 1,000,000.00', '-EUR 999.99'])
})
