import { appendTiles, sha256 } from '../src/index.ts'
import { DirectoryTiles } from '../src/node/index.ts'
import { countingEntries } from './log.ts'
import { naiveHead } from './naive-tiles.ts'

/** Appends the counting entries to the folder it is given, in batches of sizes that go round, until it is killed. */
const store = new DirectoryTiles(process.argv[2]!)
let head = naiveHead([])
for (let batch = 1; ; batch = (batch * 7) % 401) {
  const entries = countingEntries(head.size + batch).slice(head.size)
  head = await appendTiles(sha256, store, head, entries)
  process.stdout.write(`${head.size}\n`)
}
