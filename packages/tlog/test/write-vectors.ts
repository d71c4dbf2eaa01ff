import { writeFileSync } from 'node:fs'
import { tileVectors } from './tile-vectors.ts'
import { trustVectors } from './trust-vectors.ts'
import { vectors } from './vectors.ts'

/** Writes `conformance/tlog*.json`: `node packages/tlog/test/write-vectors.ts`, then `oxfmt conformance`. */
const files: Readonly<Record<string, object>> = { tlog: vectors(), 'tlog-tiles': tileVectors(), 'tlog-trust': trustVectors() }
for (const [name, content] of Object.entries(files)) {
  writeFileSync(new URL(`../../../conformance/${name}.json`, import.meta.url), `${JSON.stringify(content, null, 2)}\n`)
}
