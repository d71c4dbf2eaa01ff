import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { realPath, realPathsOf } from '../../src/enforce/real-paths.ts'
import { compileFrame } from '../../src/model/frame.ts'
import { accepts, problemWith } from './frame-for.ts'

const top = realpathSync(mkdtempSync(join(tmpdir(), 'bailiwick-paths-')))
const root = join(top, 'root')
for (const folder of ['root/sub/deep', 'outside/deep', 'rootless', 'root/\uff0e\uff0e']) mkdirSync(join(top, folder), { recursive: true })
for (const file of ['root/file', 'root/sub/file', 'outside/file', 'outside/deep/file', 'rootless/file'])
  writeFileSync(join(top, file), file)
const links: Readonly<Record<string, string>> = {
  'root/out': '../outside',
  'root/outfile': join(top, 'outside/file'),
  'root/in': 'sub/deep',
  'root/self': '.',
  'root/chain': 'chain2',
  'root/chain2': 'out',
  'root/good1': 'good2',
  'root/good2': `${root}/sub`,
  'root/loop': 'loop',
  'root/loop1': 'loop2',
  'root/loop2': 'loop1',
  'root/dangling-out': join(top, 'outside/new'),
  'root/dangling-in': 'sub/new',
  'root/top': '/',
  'root/sub/up': '..',
  'root/sub/upup': '../..',
  'root/deep': '../outside/deep',
  'root/evil': '../outside/file',
  'linked-root': 'root',
  'outside/back': '../root',
}
for (const [link, target] of Object.entries(links)) symlinkSync(target, join(top, link))
afterAll(() => rmSync(top, { recursive: true, force: true }))

const frame = { path: root }
const fits = (path: string): boolean => accepts(frame, path)

test.each([
  '',
  '/',
  '/file',
  '/new',
  '/sub/new',
  '/sub/../file',
  '/./file',
  '//file',
  '/in/x',
  '/good1/file',
  '/self/self/file',
  '/dangling-in',
  '/sub/up/file',
  '/missing/dir/x',
  '/caf\u00e9',
  '/a b',
  '/100%',
])('The path root%s is inside.', (path) => {
  expect(problemWith(frame, `${root}${path}`)).toBeNull()
})

test.each([
  ['another folder', '../outside/file'],
  ['a folder whose name begins like the root', '../rootless/file'],
  ['the parent', '..'],
  ['above the file system', '../../../../../../../../../../etc/passwd'],
  ['`..` after a folder that is not there', 'missing/../../outside/file'],
  ['`..` in the middle', 'sub/../../outside/file'],
  ['doubled slashes and `..`', 'sub//..//..//outside/file'],
  ['a link to the outside', 'out/file'],
  ['a link to a file outside', 'outfile'],
  ['a chain of links to the outside', 'chain/file'],
  ['a link to the top of the file system', 'top/etc/passwd'],
  ['a dangling link to the outside', 'dangling-out'],
  ['a link that leads up twice', 'sub/upup/outside/file'],
  ['`..` after a link to the outside', 'deep/../file'],
  ['`..` after a link, struck out by a tool that normalises first', 'in/../../evil'],
  ['the same where the link leads deeper inside', 'good1/../evil'],
  ['a loop of one', 'loop'],
  ['a loop of two', 'loop1/file'],
  ['a percent-encoded `..`', '%2e%2e/outside/file'],
  ['a percent-encoded slash', '..%2Foutside/file'],
  ['a doubly encoded `..`', '%252e%252e/outside/file'],
  ['an encoded NUL', 'file%00.txt'],
  ['backslashes', '..\\outside\\file'],
  ['one backslash', 'sub\\file'],
  ['a NUL', 'file\0.txt'],
  ['a line break', 'file\n'],
  ['a zero-width space', 'fi\u200ble'],
  ['a byte order mark', '\ufefffile'],
  ['a right-to-left override', '\u202eelif'],
  ['full-width dots', '\uff0e\uff0e/outside/file'],
  ['a full-width slash', '..\uff0foutside\uff0ffile'],
  ['a two-dot leader', '\u2025/outside/file'],
  ['a division slash', 'sub\u2215file'],
  ['a full-width backslash', '..\uff3coutside'],
  ['decomposed letters', 'cafe\u0301'],
  ['half of a surrogate pair', 'x\ud800'],
  ['a private-use character', 'x\ue000'],
  ['through a file as if it were a folder', 'file/x'],
  ['a name too long to exist', 'x'.repeat(5000)],
])('Refused: %s.', (_, path) => {
  expect(fits(`${root}/${path}`)).toBe(false)
})

test('A relative path, an empty one, a home folder, a URL, a Windows path and what is no text are refused.', () => {
  for (const value of [
    'file',
    './file',
    '',
    '~/file',
    `file://${root}/file`,
    'C:\\root\\file',
    `\\\\?\\${root}`,
    ` ${root}/file`,
    7,
    null,
    { path: `${root}/file` },
  ])
    expect(accepts(frame, value)).toBe(false)
})

test('Paths in a list and in fields are each followed.', () => {
  expect(accepts(frame, [`${root}/file`, `${root}/sub/file`])).toBe(true)
  expect(accepts(frame, [`${root}/file`, `${root}/out/file`])).toBe(false)
  const nested = { fields: { edits: { fields: { path: { path: root } } } } }
  expect(accepts(nested, { edits: [{ path: `${root}/file` }] })).toBe(true)
  expect(accepts(nested, { edits: [{ path: `${root}/file` }, { path: `${root}/out/file` }] })).toBe(false)
})

test('A root that is a link stands for where it leads; a root below a link to elsewhere holds nothing of its own.', () => {
  expect(accepts({ path: join(top, 'linked-root') }, join(top, 'linked-root/file'))).toBe(true)
  expect(accepts({ path: join(top, 'linked-root') }, join(top, 'linked-root/out/file'))).toBe(false)
  expect(accepts({ path: join(top, 'linked-root') }, `${root}/file`)).toBe(false)
})

test('A root may be a single file, the whole file system, or relative to the manifest.', () => {
  expect(accepts({ path: `${root}/file` }, `${root}/file`)).toBe(true)
  expect(accepts({ path: `${root}/file` }, `${root}/file2`)).toBe(false)
  expect(accepts({ path: '/' }, '/etc/passwd')).toBe(true)
  expect(accepts({ path: 'root' }, `${root}/file`, {}, top)).toBe(true)
  expect(accepts({ path: 'root/' }, `${root}/file`, {}, top)).toBe(true)
  expect(accepts({ path: 'root' }, `${top}/outside/file`, {}, top)).toBe(false)
})

test('A path whose real place was not found out is refused, and on another machine the text alone decides.', () => {
  const inner = compileFrame(frame, '/')
  const there = `${root}/out/file`
  expect(inner.check(there, 'value', { params: {}, realPaths: {} })).toContain('could not be found out')
  expect(inner.check(there, 'value', { params: {}, realPaths: { [root]: root, [there]: null } })).toContain('could not be found out')
  const frames = new Map([['value', inner]])
  const remote = (value: string): string | null =>
    inner.check(value, 'value', { params: {}, realPaths: realPathsOf(frames, { value }, false) })
  expect(remote(there)).toBeNull()
  expect(remote(`${root}/../outside/file`)).not.toBeNull()
})

test('realPath follows links as the operating system does, wherever the path exists.', () => {
  const segment = fc.constantFrom(
    'root',
    'sub',
    'deep',
    'file',
    'outside',
    'out',
    'in',
    'self',
    'chain',
    'good1',
    'loop',
    'loop1',
    'up',
    'upup',
    'back',
    'linked-root',
    '..',
    '.',
    '',
    'dangling-in',
    'top',
    top.slice(1),
  )
  let followed = 0
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 8 }), (segments) => {
      const path = [top, ...segments].join('/')
      let system: string
      try {
        system = realpathSync.native(path)
      } catch (error) {
        expect(['ENOENT', 'ELOOP', 'ENOTDIR']).toContain((error as NodeJS.ErrnoException).code)
        return
      }
      followed += 1
      expect(realPath(path)).toBe(system)
    }),
    { numRuns: 3000 },
  )
  expect(followed).toBeGreaterThan(100)
})

/** Where a file made at this path comes to lie, links followed by the operating system itself; null when it cannot be made. */
function placeOf(path: string): string | null {
  try {
    return realpathSync.native(path)
  } catch {
    // Not there yet: make it, and see where it went.
  }
  try {
    writeFileSync(path, '', { flag: 'a' })
  } catch {
    return null
  }
  const place = realpathSync.native(path)
  rmSync(place)
  return place
}

test('No path that the frame takes leads out of the root, be it opened as it is or normalised first.', () => {
  const names = [
    ...Object.keys(links).map((link) => posix.basename(link)),
    'sub',
    'deep',
    'file',
    'new',
    'outside',
    '..',
    '..',
    '..',
    '.',
    '',
    '\uff0e\uff0e',
    '%2e%2e',
    'root',
    ' ',
    '...',
    '..x',
  ]
  let taken = 0
  let through = 0
  fc.assert(
    fc.property(
      fc.constantFrom(root, `${root}/`, top, `${root}/in`, `${root}/good1`, `${root}/sub/up`),
      fc.array(fc.constantFrom(...names), { maxLength: 6 }),
      (from, segments) => {
        const path = [from, ...segments].join('/')
        if (!fits(path)) return
        taken += 1
        for (const reading of [path, posix.normalize(path)]) {
          const place = placeOf(reading)
          if (place === null) continue
          if (place !== reading) through += 1
          expect(place === root || place.startsWith(`${root}/`), `${path} leads to ${place}`).toBe(true)
        }
      },
    ),
    { numRuns: 6000 },
  )
  expect(taken).toBeGreaterThan(300)
  expect(through).toBeGreaterThan(100)
})

test('No text at all is taken that leaves the root segment by segment.', () => {
  const piece = fc.oneof(
    fc.constantFrom('..', '/', '//', '/../', '.', '\\', '%2e', '%2f', '\uff0e', '\u2215', 'a', 'sub', '\u0301'),
    fc.string({ unit: 'binary', maxLength: 3 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), fc.boolean(), (pieces, below) => {
      const path = `${below ? `${root}/` : ''}${pieces.join('')}`
      if (!fits(path)) return
      const walked: string[] = []
      for (const segment of path.normalize('NFKC').replaceAll('\\', '/').split('/')) {
        if (segment === '..') expect(walked.pop(), path).toBeDefined()
        else if (segment !== '' && segment !== '.') walked.push(segment)
      }
      expect(`/${walked.join('/')}/`.startsWith(`${root}/`), path).toBe(true)
    }),
    { numRuns: 3000 },
  )
})
