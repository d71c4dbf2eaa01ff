import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import * as z from 'zod'

const totals = { sales: z.int(), units: z.int(), amountCents: z.int() }

/** A week's sales. Amounts are euro cents, days are `YYYY-MM-DD`, lists are sorted by amount, largest first. */
export const weeklyReportSchema: z.ZodObject<{
  week: z.ZodString
  from: z.ZodString
  to: z.ZodString
  sales: z.ZodInt
  units: z.ZodInt
  amountCents: z.ZodInt
  byRegion: z.ZodArray<z.ZodObject<Totals & { region: z.ZodString }>>
  byProduct: z.ZodArray<z.ZodObject<Totals & { product: z.ZodString }>>
  notes: z.ZodArray<z.ZodObject<{ saleId: z.ZodInt; amountCents: z.ZodInt; note: z.ZodString }>>
}> = z.object({
  week: z.string(),
  from: z.string().describe('first day with a sale, YYYY-MM-DD'),
  to: z.string().describe('last day with a sale, YYYY-MM-DD'),
  ...totals,
  byRegion: z.array(z.object({ region: z.string(), ...totals })),
  byProduct: z.array(z.object({ product: z.string(), ...totals })),
  notes: z
    .array(z.object({ saleId: z.int(), amountCents: z.int(), note: z.string() }))
    .describe('customer notes of the five largest sales that have one, as the customers wrote them'),
})

type Totals = typeof totals

/** See `weeklyReportSchema`. */
export type WeeklyReport = z.infer<typeof weeklyReportSchema>

const sums = 'count(*) AS sales, sum(units) AS units, sum(amount_cents) AS amountCents'

/** The report of `week` (such as `2026-W07`), computed by SQL; null when nothing was sold in that week. */
export function weeklyReport(database: DatabaseSync, week: string): WeeklyReport | null {
  const whole = database
    .prepare(`SELECT week, min(sold_on) AS "from", max(sold_on) AS "to", ${sums} FROM sales WHERE week = ? GROUP BY week`)
    .get(week)
  if (whole === undefined) return null
  const grouped = (column: 'region' | 'product'): Record<string, unknown>[] =>
    database
      .prepare(`SELECT ${column}, ${sums} FROM sales WHERE week = ? GROUP BY ${column} ORDER BY amountCents DESC, ${column}`)
      .all(week)
  const notes = database
    .prepare(
      `SELECT id AS saleId, amount_cents AS amountCents, customer_note AS note FROM sales
       WHERE week = ? AND customer_note IS NOT NULL ORDER BY amount_cents DESC, id LIMIT 5`,
    )
    .all(week)
  return weeklyReportSchema.parse({
    ...whole,
    byRegion: grouped('region'),
    byProduct: grouped('product'),
    notes,
  })
}

/** The first `limit` rows of a table; null when the database has no such table. */
export function tableRows(database: DatabaseSync, table: string, limit: number): Row[] | null {
  const known = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name = ?`).get(table)
  if (known === undefined) return null
  return database.prepare(`SELECT * FROM "${table.replaceAll('"', '""')}" LIMIT ?`).all(limit)
}

/** A row as SQLite gives it, by column name. */
export type Row = Record<string, SQLInputValue>

/** Every sale as CSV (RFC 4180, lines ended by `\n`) with a header line: some megabytes. */
export function salesAsCsv(database: DatabaseSync): string {
  const select = database.prepare('SELECT * FROM sales ORDER BY id')
  const lines = [
    select
      .columns()
      .map((column) => column.name)
      .join(','),
  ]
  for (const row of select.iterate()) lines.push(Object.values(row).map(csvField).join(','))
  return lines.join('\n')
}

function csvField(value: SQLInputValue): string {
  if (ArrayBuffer.isView(value)) throw new TypeError('cannot write a blob as CSV; leave the column out')
  const text = value === null ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
