// Writes the JSON Schema of bailiwick.yaml that the package publishes: node --conditions=@bailiwick/source scripts/write-manifest-schema.ts
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { manifestJsonSchema } from '../packages/bailiwick/src/model/manifest-schema.ts'

const file = fileURLToPath(new URL('../packages/bailiwick/schema/manifest.schema.json', import.meta.url))
mkdirSync(dirname(file), { recursive: true })
writeFileSync(file, `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`)
