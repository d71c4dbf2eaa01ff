import { readdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { lockFile } from '../model/lock.ts'

/**
 * Tells one state of the files that a ruleset is read from, links followed, from another, without reading them. Two equal states
 * may still be of two contents for as long as a file is being written. Never throws: that a file cannot be looked at is a state too. `beside` are files
 * that are read along with them.
 */
export function rulesFilesState(manifestPath: string, beside: readonly string[] = []): string {
  const manifest = resolve(manifestPath)
  const folder = join(dirname(manifest), 'policies')
  const files = [manifest, join(dirname(manifest), lockFile), ...policiesIn(folder).map((name) => join(folder, name)), ...beside]
  return [looked(folder, (stats) => [stats.dev, stats.ino]), ...files.map((file) => looked(file, identityOf))].join('\n')
}

type Stats = ReturnType<typeof statOf>

function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: Stats): readonly bigint[] {
  return [dev, ino, size, mtimeNs, ctimeNs]
}

function looked(path: string, what: (stats: Stats) => readonly bigint[]): string {
  try {
    return `${path} ${what(statOf(path)).join(' ')}`
  } catch (error) {
    return `${path} ${codeOf(error)}`
  }
}

function policiesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.cedar'))
      .sort()
  } catch (error) {
    return [codeOf(error)]
  }
}

function statOf(path: string): { dev: bigint; ino: bigint; size: bigint; mtimeNs: bigint; ctimeNs: bigint } {
  return statSync(path, { bigint: true })
}

/** The code of a fault of the file system. @throws the error itself when it is none */
function codeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined) throw error
  return code
}
