import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { readCases } from '../../evals/case/read-cases.ts'
import type { PlacedCase } from '../../evals/case/read-cases.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { placeOf } from '../../model/diagnostic.ts'
import type { Diagnostic } from '../../model/diagnostic.ts'
import { sha256Hex } from '../../model/json.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import { replaceFile } from '../replace-file.ts'

const mostFiles = 1000
const mostBytes = 4_000_000

/** The folder of the cases that belong to a manifest. */
export function suitesFolder(manifest: string, given: string | undefined): string {
  return given === undefined ? join(dirname(resolve(manifest)), 'suites', 'redteam') : resolve(given)
}

/**
 * The cases of every `*.yaml` in a folder, in the order of the files' names; none when there is no such folder.
 * @throws BailiwickError `SUITE_INVALID` with every finding
 */
export function readSuites(folder: string, ruleset: Ruleset): PlacedCase[] {
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return []
  const names = readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
  if (names.length > mostFiles) throw new BailiwickError('SUITE_INVALID', `\`${folder}\` holds ${names.length} files, over ${mostFiles}`)
  const read = names.map((name) => readFile(join(folder, name), ruleset))
  const diagnostics = read.flatMap((one) => one.diagnostics)
  const [first] = diagnostics
  if (first !== undefined)
    throw new BailiwickError('SUITE_INVALID', `${placeOf(first)}: ${first.message}`, { diagnostics, mend: first.mend })
  return read.flatMap((one) => one.cases)
}

function readFile(path: string, ruleset: Ruleset): { readonly cases: readonly PlacedCase[]; readonly diagnostics: readonly Diagnostic[] } {
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
  return readCases(file, readFileSync(path, 'utf8'), ruleset)
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
