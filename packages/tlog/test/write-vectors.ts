import { writeFileSync } from 'node:fs'
import { vectors } from './vectors.ts'

/** Writes `conformance/tlog.json`: `node packages/tlog/test/write-vectors.ts`. */
writeFileSync(new URL('../../../conformance/tlog.json', import.meta.url), `${JSON.stringify(vectors(), null, 2)}\n`)
