import { readdirSync } from 'node:fs'
import type { Dirent } from 'node:fs'
import { join } from 'node:path'

const passedOver = new Set([
  'node_modules',
  'vendor',
  'venv',
  '.venv',
  'env',
  'site-packages',
  'dist',
  'build',
  'target',
  '__pycache__',
  'bower_components',
])
const deepest = 5
const mostFolders = 5000

/** The files of a project that are wanted: five folders deep, not in hidden folders nor among installed packages. Links are not followed. */
export function filesIn(root: string, wanted: (file: string) => boolean): readonly string[] {
  const files: string[] = []
  let folders: readonly string[] = [root]
  let seen = 0
  for (let depth = 0; depth <= deepest && folders.length > 0; depth += 1) {
    const next: string[] = []
    for (const folder of folders) {
      seen += 1
      if (seen > mostFolders) return files
      for (const entry of entriesOf(folder)) {
        const path = join(folder, entry.name)
        if (entry.isDirectory() && !entry.name.startsWith('.') && !passedOver.has(entry.name)) next.push(path)
        else if (entry.isFile() && wanted(path)) files.push(path)
      }
    }
    folders = next
  }
  return files
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    // A folder that may not be looked into is not ours to judge.
    if (['EACCES', 'EPERM', 'ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return []
    throw error
  }
}
