import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { importedSuite } from '../../src/cli/new/import-suite.ts'
import { readAgentSuites } from '../../src/cli/evals/suite-files.ts'
import { BailiwickError } from '../../src/model/bailiwick-error.ts'
import { loadRuleset } from '../../src/model/load-ruleset.ts'
import { exampleCopy } from './rules.ts'

const opening = { agent: 'sales-analyst', goal: 'weekly-sales-report', params: { week: '2026-W07' } }

function folderWith(config: string): { readonly manifest: string; readonly file: string; readonly folder: string } {
  const folder = exampleCopy()
  const file = join(folder, 'promptfooconfig.yaml')
  writeFileSync(file, config)
  return { folder, file, manifest: join(folder, 'bailiwick.yaml') }
}

function errorOf(work: () => unknown): Pick<BailiwickError, 'code' | 'message' | 'mend' | 'diagnostics'> {
  try {
    work()
  } catch (error) {
    if (error instanceof BailiwickError) return error
    throw error
  }
  throw new Error('it did not fail')
}

const config = `prompts: ['Send the report of {{week}}']
tests:
  - vars: { week: 2026-W07 }
    assert:
      - { type: trajectory:tool-sequence, value: [weekly_report, mail__send] }
      - { type: trajectory:tool-args-match, value: { name: weekly_report, args: { week: '{{week}}' } } }
      - { type: not-trajectory:tool-used, value: ['query_*', export_all] }
      - { type: llm-rubric, value: polite }
`

test('A file is imported into the suites of a manifest, where `eval` reads it.', () => {
  const { manifest, file, folder } = folderWith(config)
  const { text, diagnostics } = importedSuite(manifest, file, opening)
  expect(diagnostics.map(({ code, severity, line, file: of }) => [code, severity, line, of.endsWith('promptfooconfig.yaml')])).toEqual([
    ['SUITE_INVALID', 'warning', 8, true],
  ])
  // Where the file lies on this machine is nobody's business.
  expect(text).not.toContain(folder)
  expect(text).not.toContain('TODO')
  mkdirSync(join(folder, 'suites'))
  writeFileSync(join(folder, 'suites/imported.yaml'), text)
  const [read] = readAgentSuites(join(folder, 'suites'), loadRuleset(manifest))
  expect(read?.suite).toBe('imported')
  expect(read?.case).toMatchObject({
    ...opening,
    request: 'Send the report of 2026-W07',
    expect: {
      calls: [
        { order: ['sales.weekly_report', 'mail.send'] },
        { used: 'sales.weekly_report', with: { week: '2026-W07' } },
        { untried: 'sales.query_table' },
        { untried: 'sales.export_all' },
      ],
    },
  })
})

test('A file that is not there, a goal that is not, parameters that do not fit, a file of which nothing can be carried over: each an error that says how to mend it.', () => {
  const { manifest, file, folder } = folderWith(config)
  const missing = errorOf(() => importedSuite(manifest, join(folder, 'gone.yaml'), opening))
  expect([missing.code, missing.message]).toEqual(['USAGE', expect.stringContaining('there is no file')])
  expect(errorOf(() => importedSuite(manifest, folder, opening)).message).toContain('there is no file')
  const goal = errorOf(() => importedSuite(manifest, file, { ...opening, goal: 'none' }))
  expect([goal.code, goal.message]).toEqual(['USAGE', expect.stringContaining('there is no goal `none`')])
  const params = errorOf(() => importedSuite(manifest, file, { ...opening, params: { week: 'x' } }))
  expect([params.code, params.message]).toEqual(['USAGE', expect.stringContaining('do not fit')])
  const judged = folderWith('prompts: [x]\ntests: [{ assert: [{ type: llm-rubric, value: x }] }]\n')
  const nothing = errorOf(() => importedSuite(judged.manifest, judged.file, opening))
  expect([nothing.code, nothing.mend, nothing.diagnostics.map(({ severity }) => severity)]).toEqual([
    'SUITE_INVALID',
    expect.stringContaining('by hand'),
    ['error', 'error', 'warning'],
  ])
})
