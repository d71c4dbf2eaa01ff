import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { breaches, importsOf } from './layer-rules.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const sources = new Map(
  globSync('packages/*/src/**/*.ts', { cwd: root }).map((file) => [file.replaceAll('\\', '/'), readFileSync(join(root, file), 'utf8')]),
)
const manifestOf = (name: string): { dependencies?: object; optionalDependencies?: object; peerDependencies?: object } =>
  JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))

test('The sources keep the rules of the house.', () => {
  expect(sources.size).toBeGreaterThan(80)
  expect(breaches(sources)).toEqual([])
})

test('tlog depends on nothing, cedar on nothing of ours.', () => {
  const { dependencies, optionalDependencies, peerDependencies } = manifestOf('tlog')
  expect([dependencies, optionalDependencies, peerDependencies]).toEqual([undefined, undefined, undefined])
  expect(Object.keys(manifestOf('cedar').dependencies ?? {}).filter((name) => name.includes('bailiwick'))).toEqual([])
})

const src = 'packages/bailiwick/src'

/** The real sources with one file replaced or added. */
function withFile(file: string, text: string): string[] {
  return breaches(new Map([...sources, [file, text]]))
}

test.each<[string, string, string]>([
  ['model imports decide', `${src}/model/new.ts`, "import { decide } from '../decide/decide.ts'"],
  ['model imports a type of the ledger', `${src}/model/new.ts`, "import type { LedgerEntry } from '../ledger/entry.ts'"],
  ['decide imports the ledger', `${src}/decide/new.ts`, "export { Ledger } from '../ledger/ledger.ts'"],
  ['decide imports an enforcement point', `${src}/decide/new.ts`, "await import('../enforce/runtime.ts')"],
  ['the ledger imports a store', `${src}/ledger/new.ts`, "import '../storage/sqlite/sqlite-database.ts'"],
  ['authority imports an enforcement point', `${src}/authority/new.ts`, "import {\n  realPath,\n} from '../enforce/real-paths.ts'"],
  ['oversight imports an enforcement point', `${src}/oversight/new.ts`, "import * as it from '../enforce/real-paths.ts'"],
  [
    'an enforcement point imports a store',
    `${src}/enforce/mcp/new.ts`,
    "import { SqliteDatabase } from '../../storage/sqlite/sqlite-database.ts'",
  ],
  ['an enforcement point imports the command line', `${src}/enforce/new.ts`, "import { main } from '../cli/main.ts'"],
  ['a store imports a decision', `${src}/storage/sqlite/new.ts`, "import { decide } from '../../decide/decide.ts'"],
  ['a store imports an enforcement point', `${src}/storage/sqlite/new.ts`, "import { realPath } from '../../enforce/real-paths.ts'"],
  ['decide imports evals', `${src}/decide/new.ts`, "import { Lab } from '../evals/lab/lab.ts'"],
  ['an enforcement point imports evals', `${src}/enforce/new.ts`, "import type { EvalCase } from '../evals/case/eval-case.ts'"],
  ['evals imports a store', `${src}/evals/new.ts`, "import { SqliteDatabase } from '../storage/sqlite/sqlite-database.ts'"],
  ['model imports what assesses it', `${src}/model/new.ts`, "import { withRisk } from '../assess/risk/assess-agent.ts'"],
  ['decide imports what assesses it', `${src}/decide/new.ts`, "import type { History } from '../assess/history.ts'"],
  ['an enforcement point imports what assesses it', `${src}/enforce/new.ts`, "import { withRisk } from '../assess/risk/assess-agent.ts'"],
  ['what assesses imports an enforcement point', `${src}/assess/new.ts`, "import { realPath } from '../enforce/real-paths.ts'"],
  ['what assesses imports a store', `${src}/assess/new.ts`, "import '../storage/sqlite/sqlite-database.ts'"],
  ['the index imports the command line', `${src}/index.ts`, "export * from './cli/main.ts'"],
  ['a new room imports without being known', `${src}/prove/new.ts`, "import type { Json } from '../model/json.ts'"],
  ['cedar imports bailiwick', 'packages/cedar/src/new.ts', "import 'bailiwick'"],
  ['cedar imports tlog', 'packages/cedar/src/new.ts', "import { sha256 } from '@bailiwick/tlog'"],
  ['cedar imports a file of bailiwick', 'packages/cedar/src/new.ts', "import '../../bailiwick/src/model/json.ts'"],
  ['tlog imports cedar', 'packages/tlog/src/new.ts', "import '@bailiwick/cedar'"],
  ['tlog imports Node', 'packages/tlog/src/new.ts', "import { createHash } from 'node:crypto'"],
  ['tlog requires Node', 'packages/tlog/src/new.ts', "const fs = require('node:fs')"],
  ['the core of tlog imports what is for Node', 'packages/tlog/src/new.ts', "export { DirectoryTiles } from './node/directory-tiles.ts'"],
  ['what tlog has for Node imports a package', 'packages/tlog/src/node/new.ts', "import { sha256 } from '@noble/hashes'"],
  ['tlog imports a package', 'packages/tlog/src/new.ts', "import { sha256 } from '@noble/hashes'"],
  ['bailiwick imports an inner file of tlog', `${src}/ledger/new.ts`, "import '@bailiwick/tlog/src/tree.ts'"],
  ['bailiwick imports itself by name', `${src}/model/new.ts`, "import 'bailiwick'"],
  ['a file imports a test', `${src}/model/new.ts`, "import '../../test/decide/office.ts'"],
  ['a file imports what is not there', `${src}/model/new.ts`, "import './gone.ts'"],
  ['a file has 401 lines', `${src}/model/new.ts`, 'const x = 1\n'.repeat(401)],
])('It is a breach when %s.', (_, file, text) => {
  const found = withFile(file, text)
  expect(found.length).toBeGreaterThan(0)
  expect(found[0]).toContain(file)
})

test('Two files, or three, that import each other are a breach, also by types alone.', () => {
  const two = breaches(
    new Map([
      [`${src}/model/a.ts`, "import './b.ts'"],
      [`${src}/model/b.ts`, "import type { A } from './a.ts'"],
    ]),
  )
  expect(two).toEqual([`files import each other: ${src}/model/a.ts -> ${src}/model/b.ts -> ${src}/model/a.ts`])
  const three = ['a', 'b', 'c'].map((name, index): [string, string] => [`packages/tlog/src/${name}.ts`, `import './${'bca'[index]}.ts'`])
  expect(breaches(new Map(three))).toHaveLength(1)
  expect(breaches(new Map([['packages/tlog/src/a.ts', "import './a.ts'"]]))).toHaveLength(1)
})

test('Rooms that import each other through different files are a breach.', () => {
  const found = breaches(
    new Map([
      [`${src}/authority/a.ts`, "import '../ledger/b.ts'"],
      [`${src}/ledger/b.ts`, ''],
      [`${src}/ledger/c.ts`, "import '../authority/d.ts'"],
      [`${src}/authority/d.ts`, ''],
    ]),
  )
  expect(found).toEqual(['rooms import each other: authority -> ledger -> authority'])
})

test('A file of 400 lines, an import in a comment and a diamond of imports are none.', () => {
  expect(breaches(new Map([[`${src}/model/a.ts`, 'x\n'.repeat(400)]]))).toEqual([])
  expect(breaches(new Map([[`${src}/model/a.ts`, "// import '../decide/decide.ts'\n/**\n * import '../cli/main.ts'\n */"]]))).toEqual([])
  const diamond: [string, string][] = [
    ['a', "import './b.ts'\nimport './c.ts'"],
    ['b', "import './d.ts'"],
    ['c', "import './d.ts'"],
    ['d', ''],
  ].map(([name, text]) => [`${src}/model/${name}.ts`, text as string])
  expect(breaches(new Map(diamond))).toEqual([])
})

test('What tlog has for Node may import Node.', () => {
  expect(withFile('packages/tlog/src/node/new.ts', "import { open } from 'node:fs/promises'\nimport '../tile.ts'")).toEqual([])
})

test('Every form of import is seen.', () => {
  const text = `import a from 'a'\nimport type { B } from "b"\nimport 'c'\nexport * from 'd'\nexport { e } from 'e'\nexport type { F } from 'f'\nconst g = await import('g')\nimport h, { i } from 'h'\nimport {\n  j,\n} from 'j'\nconst k = require("k")\nimport * as l from 'l'`
  expect(importsOf(text).sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'l'])
})
