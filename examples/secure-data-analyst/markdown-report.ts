import type { WeeklyReport } from './sales-report.ts'

/**
 * The week's report as Markdown: totals, then a table by region and one by product. Only numbers and the shop's own
 * names go in; what customers wrote stays out.
 */
export function markdownReport(report: WeeklyReport): string {
  const average = Math.round(report.amountCents / report.sales)
  const table = (heading: string, rows: readonly { name: string; units: number; amountCents: number }[]): string[] => [
    `| ${heading} | Units | Amount | Share |`,
    '| --- | ---: | ---: | ---: |',
    ...rows.map((row) => `| ${row.name} | ${row.units} | ${euros(row.amountCents)} | ${share(row.amountCents, report.amountCents)} |`),
  ]
  return [
    `# Sales in week ${report.week}`,
    '',
    `From ${report.from} to ${report.to}: ${report.sales} sales, ${report.units} units, ${euros(report.amountCents)}.`,
    `An average sale was worth ${euros(average)}.`,
    '',
    '## By region',
    '',
    ...table(
      'Region',
      report.byRegion.map(({ region, ...row }) => ({ name: region, ...row })),
    ),
    '',
    '## By product',
    '',
    ...table(
      'Product',
      report.byProduct.map(({ product, ...row }) => ({ name: product, ...row })),
    ),
    '',
  ].join('\n')
}

/** An amount of euro cents for people to read, such as `EUR 1,234.50`. */
export function euros(cents: number): string {
  const whole = String(Math.trunc(Math.abs(cents) / 100)).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${cents < 0 ? '-' : ''}EUR ${whole}.${String(Math.abs(cents) % 100).padStart(2, '0')}`
}

function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`
}
