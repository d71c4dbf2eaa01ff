import { realpathSync, renameSync, statSync, writeFileSync } from 'node:fs'

/** Writes a file whole or not at all. A file that was there keeps its mode, and a link to it stays a link. */
export function replaceFile(path: string, text: string): void {
  const before = statSync(path, { throwIfNoEntry: false })
  const target = before === undefined ? path : realpathSync(path)
  writeFileSync(`${target}.new`, text, before === undefined ? {} : { mode: before.mode & 0o777 })
  renameSync(`${target}.new`, target)
}
