import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openSuite } from '../../src/testing/evaluate.ts'
import { inbox, opening } from './inbox.ts'

const folder = fileURLToPath(new URL('under-vitest', import.meta.url))
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')

interface Assertion {
  readonly ancestorTitles: readonly string[]
  readonly title: string
  readonly status: string
  readonly failureMessages: readonly string[]
}

test('Under Vitest, each case is a test: a blocking one that fails says all that was otherwise, an advisory one does not fail.', () => {
  const out = join(inbox().folder, 'results.json')
  const args = [vitest, 'run', '--reporter=json', `--outputFile=${out}`, '--config', 'vitest.config.ts']
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env: { ...process.env, VITEST: '' } })
  expect(existsSync(out), `${stdout}${stderr}`).toBe(true)
  const report = JSON.parse(readFileSync(out, 'utf8')) as { testResults: { assertionResults: Assertion[] }[] }
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults)
  const outcomes = results.map(({ ancestorTitles, title, status }) => [...ancestorTitles, title, status].join(' | '))
  expect(outcomes).toContain('a suite in TypeScript | reads the report | passed')
  expect(outcomes).toContain('a suite in TypeScript | reads the customers | failed')
  expect(outcomes).toContain('a suite in TypeScript | is brief | passed')
  expect(outcomes).toContain('weekly-report | nothing goes out while nobody agrees | passed')
  expect(outcomes).toContain('a trace for assertions of one’s own | passed')
  expect(results.find(({ title }) => title === 'reads the customers')?.failureMessages.join()).toMatch(
    /`sales\.query_table` was let through 0 times, where at least 1 is expected; it was answered `deny` by T1\.contract[\s\S]*the calls were[\s\S]*deny +T1 sales\.query_table/,
  )
})

test('A suite in TypeScript that does not fit the rules is refused as a file is.', () => {
  const { manifest } = inbox()
  const suite = { ...opening, name: 'wrong', underTest: async () => {} }
  expect(() => openSuite(manifest, { ...suite, cases: [{ name: 'one', expect: { calls: [{ used: 'mail.sent' }] } }] })).toThrow(
    /the suite `wrong`: the inventory has no tool `mail\.sent`/,
  )
  expect(() => openSuite(manifest, { ...suite, goal: 'nothing', cases: [{ name: 'one' }] })).toThrow(/there is no goal `nothing`/)
  expect(() => openSuite(manifest, { ...opening, name: 'wrong', cases: [{ name: 'one' }] })).toThrow(
    /nothing says which agent `one` lets run/,
  )
})
