import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { readCases } from '../../evals/case/read-cases.ts'
import type { PlacedCase } from '../../evals/case/read-cases.ts'
import { readSuite } from '../../evals/suite/read-suite.ts'
import type { PlacedSuiteCase } from '../../evals/suite/suite.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { placeOf } from '../../model/diagnostic.ts'
import type { Diagnostic } from '../../model/diagnostic.ts'
import { sha256Hex } from '../../model/json.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import { replaceFile } from '../replace-file.ts'

const mostFiles = 1000
const mostBytes = 4_000_000

/** The folder of the suites that belong to a manifest. */
export function agentSuitesFolder(manifest: string, given: string | undefined): string {
  return given === undefined ? join(dirname(resolve(manifest)), 'suites') : resolve(given)
}

/** The folder of the cases of red team and fuzzing that belong to a manifest. */
export function suitesFolder(manifest: string, given: string | undefined): string {
  return given === undefined ? join(agentSuitesFolder(manifest, undefined), 'redteam') : resolve(given)
}

/**
 * The cases of every `*.yaml` in a folder, in the order of the files' names; none when there is no such folder.
 * @throws BailiwickError `SUITE_INVALID` with every finding
 */
export function readSuites(folder: string, ruleset: Ruleset): PlacedCase[] {
  return readAll(folder, (file, _path, text) => readCases(file, text, ruleset)).map(({ read }) => read)
}

/** A case of a suite, and its file. */
export interface FiledSuiteCase extends PlacedSuiteCase {
  readonly path: string
}

/**
 * The cases of the suites `*.yaml` in a folder, in the order of the files' names; none when there is no such folder.
 * @throws BailiwickError `SUITE_INVALID` with every finding
 */
export function readAgentSuites(folder: string, ruleset: Ruleset): FiledSuiteCase[] {
  return readAll(folder, (file, path, text) => readSuite(file, path, text, ruleset)).map(({ read, path }) => ({ ...read, path }))
}

interface Read<T> {
  readonly cases: readonly T[]
  readonly diagnostics: readonly Diagnostic[]
}

function readAll<T>(
  folder: string,
  read: (file: string, path: string, text: string) => Read<T>,
): { readonly read: T; readonly path: string }[] {
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return []
  const names = readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
  if (names.length > mostFiles) throw new BailiwickError('SUITE_INVALID', `\`${folder}\` holds ${names.length} files, over ${mostFiles}`)
  const files = names.map((name) => ({ path: join(folder, name), ...readFile(join(folder, name), read) }))
  const diagnostics = files.flatMap((one) => one.diagnostics)
  const [first] = diagnostics
  if (first !== undefined)
    throw new BailiwickError('SUITE_INVALID', `${placeOf(first)}: ${first.message}`, { diagnostics, mend: first.mend })
  return files.flatMap(({ cases, path }) => cases.map((one) => ({ read: one, path })))
}

function readFile<T>(path: string, read: (file: string, path: string, text: string) => Read<T>): Read<T> {
  const file = relative(process.cwd(), path)
  const stat = statSync(path, { throwIfNoEntry: false })
  // A pipe or a device would be read without end.
  if (stat?.isFile() !== true || stat.size > mostBytes) {
    const message = stat?.isFile() === true ? `the file has ${stat.size} bytes, over ${mostBytes}` : 'it is not a file'
    return {
      cases: [],
      diagnostics: [{ code: 'SUITE_INVALID', severity: 'error', file, line: 1, column: 1, message, mend: 'take it out of the folder' }],
    }
  }
  return read(file, path, readFileSync(path, 'utf8'))
}

/** Writes a file of cases, whole or not at all. Returns its path. */
export function writeSuite(folder: string, name: string, text: string): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, name)
  replaceFile(path, text)
  return path
}

/** A file name made of what a finding is about: letters and hyphens, and a hash, so that nothing in a name leads elsewhere. */
export function fileNameFor(words: string, identity: string): string {
  const plain = words
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60)
  return `${plain === '' ? 'case' : plain}-${sha256Hex(identity).slice(0, 8)}.yaml`
}
