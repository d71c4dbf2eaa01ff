import { posix } from 'node:path'
import { deceptionIn } from './text-hygiene.ts'

/** Where the enforcement point found that a path really leads, symbolic links followed; null when it could not be followed. */
export type RealPaths = Readonly<Record<string, string | null>>

/** Why a path does not lie under a root, lexically and with links followed; null when it does. `root` is absolute and normalised. */
export function pathProblem(value: string, root: string, realPaths: RealPaths): string | null {
  const deception = deceptionIn(value)
  if (deception !== null) return `${deception}; write the path plainly`
  if (value.includes('\\')) return 'it holds a backslash; separate folders with `/`'
  if (/%[0-9a-f]{2}/i.test(value)) return 'it holds a percent-encoding; write the characters themselves'
  if (!posix.isAbsolute(value)) return `it is not absolute; begin it with \`${root}/\``
  if (!under(posix.normalize(value), root)) return `it leads outside \`${root}\``
  const realRoot = realPaths[root]
  // A `..` after a link leads elsewhere for the operating system than for a tool that strikes it out first: both must be inside.
  for (const path of [value, posix.normalize(value)]) {
    const real = realPaths[path]
    if (typeof real !== 'string' || typeof realRoot !== 'string') return 'where it really leads could not be found out'
    if (!under(real, realRoot)) return `by a symbolic link it leads outside \`${root}\``
  }
  return null
}

/** Under which key {@link RealPaths} tells where a file of the ruleset's own really is: one that no path can have. */
export function ownKey(file: string): string {
  return `\0own ${file}`
}

/** Which of a ruleset's own files a call would touch, by the paths that were followed for it; null when none. */
export function ownFileIn(realPaths: RealPaths, own: readonly string[]): string | null {
  const keys = new Set(own.map(ownKey))
  for (const [path, real] of Object.entries(realPaths)) {
    if (keys.has(path) || real === null) continue
    const touched = own.find((file) => under(real, realPaths[ownKey(file)] ?? file))
    if (touched !== undefined) return touched
  }
  return null
}

/** Whether a path, absolute and normalised as the root is, is the root or below it. */
export function under(path: string, root: string): boolean {
  const trimmed = root.endsWith('/') ? root : `${root}/`
  return path === root || path.startsWith(trimmed)
}
