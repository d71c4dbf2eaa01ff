import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ValidateFunction } from 'ajv'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { suiteJsonSchema } from '../../src/evals/suite/suite-schema.ts'
import { entryJsonSchema } from '../../src/ledger/form/entry-json-schema.ts'
import { manifestJsonSchema } from '../../src/model/manifest-schema.ts'
import { earlierEntries } from '../ledger/earlier-entries.ts'
import { folderWith, runCli } from './run-cli.ts'

const published = publishedSchema('manifest')

function publishedSchema(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`../../schema/${name}.schema.json`, import.meta.url), 'utf8')) as Record<string, unknown>
}

function example(): Record<string, unknown> {
  return parse(readFileSync(new URL('../../../../examples/secure-data-analyst/bailiwick.yaml', import.meta.url), 'utf8')) as Record<
    string,
    unknown
  >
}

function validator(): ValidateFunction {
  return new Ajv2020({ strict: false, formats: { uri: true } }).compile(published)
}

test('The published JSON Schemas are what the code generates; `scripts/write-schemas.ts` writes them.', () => {
  expect(published).toEqual(JSON.parse(JSON.stringify(manifestJsonSchema())))
  expect(publishedSchema('suite')).toEqual(JSON.parse(JSON.stringify(suiteJsonSchema())))
  expect(publishedSchema('ledger')).toEqual(JSON.parse(JSON.stringify(entryJsonSchema())))
})

test("The published JSON Schema of suites accepts an example's, and rejects an unknown key, kind and expectation.", () => {
  const validate = new Ajv2020({ strict: false, formats: { uri: true, 'date-time': true } }).compile(publishedSchema('suite'))
  const text = readFileSync(new URL('../../../../examples/secure-data-analyst/suites/weekly-report.yaml', import.meta.url), 'utf8')
  const suite = parse(text) as { cases: { kind: string; expect: Record<string, unknown> }[] }
  expect(validate(suite), JSON.stringify(validate.errors)).toBe(true)
  expect(validate({ ...suite, agents: [] })).toBe(false)
  const [first] = suite.cases
  expect(validate({ ...suite, cases: [{ ...first, kind: 'fast' }] })).toBe(false)
  expect(validate({ ...suite, cases: [{ ...first, expect: { call: [] } }] })).toBe(false)
})

test('`log schema` prints the published JSON Schema of entries, or the part of one type, and refuses a type that there is not.', async () => {
  const cwd = folderWith()
  const print = (...type: string[]): ReturnType<typeof runCli> => runCli(['log', 'schema', ...type], { cwd })
  expect(JSON.parse((await print()).stdout)).toEqual(publishedSchema('ledger'))
  const { $defs } = JSON.parse((await print('decision')).stdout) as { $defs: Record<string, unknown> }
  expect(Object.keys($defs)).toEqual(['decision-1', 'decision-2', 'decision-3'])
  const whole = new Ajv2020({ strict: false }).compile(publishedSchema('ledger'))
  for (const entry of earlierEntries) expect(whole(entry)).toBe(true)
  const one = new Ajv2020({ strict: false }).compile(JSON.parse((await print('outcome')).stdout) as object)
  expect(earlierEntries.map((entry) => one(entry))).toEqual(earlierEntries.map(({ type }) => type === 'outcome'))
  expect((await print('lease')).code).toBe(2)
})

test("The published JSON Schema accepts the example's manifest.", () => {
  const validate = validator()
  expect(validate(example()), JSON.stringify(validate.errors)).toBe(true)
})

test('The published JSON Schema rejects an unknown key at every depth, a wrong type and a bad pin.', () => {
  const validate = validator()
  expect(validate({ ...example(), toolbox: {} })).toBe(false)
  const deep = example() as { toolboxes: { mail: { tools: { send: Record<string, unknown> } } } }
  deep.toolboxes.mail.tools.send['sink'] = {}
  expect(validate(deep)).toBe(false)
  expect(validate({ ...example(), trustDomain: 7 })).toBe(false)
  const bad = example() as typeof deep
  bad.toolboxes.mail.tools.send['pin'] = 'sha256:abc'
  expect(validate(bad)).toBe(false)
})
