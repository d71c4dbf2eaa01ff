// Writes the JSON Schemas that the package publishes: node --conditions=@bailiwick/source scripts/write-schemas.ts
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { suiteJsonSchema } from '../packages/bailiwick/src/evals/suite/suite-schema.ts'
import { entryJsonSchema } from '../packages/bailiwick/src/ledger/form/entry-json-schema.ts'
import { manifestJsonSchema } from '../packages/bailiwick/src/model/manifest-schema.ts'

const folder = fileURLToPath(new URL('../packages/bailiwick/schema/', import.meta.url))
mkdirSync(folder, { recursive: true })
for (const [name, schema] of [
  ['manifest', manifestJsonSchema()],
  ['suite', suiteJsonSchema()],
  ['ledger', entryJsonSchema()],
] as const)
  writeFileSync(`${folder}${name}.schema.json`, `${JSON.stringify(schema, null, 2)}\n`)
