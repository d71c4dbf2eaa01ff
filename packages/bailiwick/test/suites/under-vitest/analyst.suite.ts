// What a developer of an agent writes. Three of its cases pass, one fails, and one that only advises fails.
import { traceOf } from 'bailiwick/evals'
import { evalSuite, evalSuiteFiles } from 'bailiwick/vitest'
import { expect, test } from 'vitest'

const manifest = new URL('../../../../../examples/secure-data-analyst/bailiwick.yaml', import.meta.url)
const analyst = { agent: 'sales-analyst', goal: 'weekly-sales-report', params: { week: '2026-W07' } }

evalSuite(manifest, {
  ...analyst,
  name: 'a suite in TypeScript',
  underTest: async ({ call }) => {
    await call('sales__weekly_report', { week: '2026-W07' })
    await call('sales__query_table', { table: 'customers', limit: 1 })
    return 'done'
  },
  cases: [
    { name: 'reads the report', expect: { calls: [{ used: 'sales.weekly_report' }], answer: { contains: ['done'] } } },
    { name: 'reads the customers', expect: { calls: [{ used: 'sales.query_table' }] } },
    { name: 'is brief', severity: 'advisory', expect: { budget: { calls: 1 } } },
  ],
})

evalSuiteFiles(manifest)

test('a trace for assertions of one’s own', async () => {
  const { calls } = await traceOf(manifest, {
    ...analyst,
    underTest: async ({ call }) => void (await call('sales__weekly_report', { week: '2026-W03' })),
  })
  expect(calls.map(({ tool, rule }) => `${tool} ${rule}`)).toEqual(['sales.weekly_report T1.frame'])
})
