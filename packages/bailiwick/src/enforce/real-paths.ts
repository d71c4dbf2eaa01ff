import { lstatSync, readlinkSync } from 'node:fs'
import { posix } from 'node:path'
import type { Frame } from '../model/frame.ts'
import type { JsonObject } from '../model/json.ts'
import { ownKey } from '../model/path-frame.ts'
import type { RealPaths } from '../model/path-frame.ts'

const mostLinks = 40

/** Paths besides those that frames speak about. */
export interface MorePaths {
  /** Arguments that name files whether framed or not: the tool's `path` sinks. */
  readonly arguments: readonly string[]
  /** Files of Bailiwick itself, absolute. */
  readonly own: readonly string[]
  /** Where the tool runs, from which relative paths lead. */
  readonly cwd: string
}

/**
 * Where the paths in framed arguments, as they are and normalised, and the roots of the frames, really lead on this machine.
 * @param local false for a toolbox on another machine, whose links cannot be followed from here: paths then stand for themselves
 */
export function realPathsOf(frames: ReadonlyMap<string, Frame>, args: JsonObject, local: boolean, more?: MorePaths): RealPaths {
  const found: Record<string, string | null> = {}
  if (local && more !== undefined) {
    for (const text of more.arguments.flatMap((argument) => (Object.hasOwn(args, argument) ? textsIn(args[argument]) : [])))
      found[text] = realPath(posix.isAbsolute(text) ? text : `${more.cwd}/${text}`)
  }
  for (const [argument, frame] of frames) {
    if (frame.roots.length === 0 || !Object.hasOwn(args, argument)) continue
    for (const text of [...frame.roots, ...textsIn(args[argument])])
      for (const path of [text, posix.normalize(text)])
        if (!Object.hasOwn(found, path)) found[path] = local ? realPath(path) : posix.normalize(path)
  }
  // Last, so that no argument can stand in the place of one; and only where there is something that could touch them.
  if (local && Object.keys(found).length > 0) for (const path of more?.own ?? []) found[ownKey(path)] = realPath(path)
  return found
}

/**
 * Follows a path as the operating system would, link by link and `..` by `..`, also where its end does not exist yet.
 * Null for a relative path, a chain of links without end, or a folder that may not be looked into.
 */
export function realPath(path: string, links = 0): string | null {
  if (!posix.isAbsolute(path) || path.includes('\0')) return null
  let real = '/'
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.')
  for (const [index, segment] of segments.entries()) {
    if (segment === '..') {
      real = posix.dirname(real)
      continue
    }
    const next = posix.join(real, segment)
    const kind = kindOf(next)
    if (kind === 'forbidden') return null
    if (kind !== 'link') {
      real = next
      continue
    }
    if (links >= mostLinks) return null
    // The link's own target may hold links and `..` too: start again with it in the place of the link.
    const target = readlinkSync(next)
    return realPath([posix.isAbsolute(target) ? target : `${real}/${target}`, ...segments.slice(index + 1)].join('/'), links + 1)
  }
  return real
}

function kindOf(path: string): 'link' | 'other' | 'missing' | 'forbidden' {
  try {
    return lstatSync(path).isSymbolicLink() ? 'link' : 'other'
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return 'missing'
    if (code === 'EACCES' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'ELOOP') return 'forbidden'
    throw error
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}
